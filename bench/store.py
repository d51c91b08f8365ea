"""What the store layer costs: CPU microseconds of this process, beside the raw drivers.

    python -m bench.store [sqlite] [postgresql]

Compare within a row only.  A read is by primary key and gives a struct of an id, a text, a time
and a boolean.  A compare-and-set is a transaction of one UPDATE … RETURNING, by 16 writers, with
`synchronous=FULL`; its raw counterpart commits one by one.
"""

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import sqlalchemy as sa
import uvloop
from sqlalchemy import bindparam as b
from tests.support.databases import DEFAULT, create_database
from tests.support.postgres import APP, run_folder, stop_all

from limen.kernel.clock import SystemClock
from limen.kernel.uow import Store, Tx
from limen.platform.db import Query, insert, mine, open_database
from limen.platform.db.migrate import migrate
from limen.platform.db.shared import one_time as t
from limen.platform.db.tables import store_now

ROWS, READS, WRITES, WRITERS, ROUNDS = 1000, 20_000, 4_000, 16, 3


class Row(msgspec.Struct, frozen=True):
    subject: UUID | None
    payload: str
    issued_at: datetime
    used: bool


_this = sa.and_(mine(t), t.c.kind == b("kind"), t.c.digest == b("digest"))
_columns = (t.c.subject, t.c.payload, t.c.issued_at, t.c.consumed_at.is_not(None))


class Queries:
    add = Query(
        insert(t, "kind", "digest", "payload", "subject").values(
            issued_at=store_now(), expires_at=store_now("lifetime")
        ),
        None, "kind", "digest", "payload", "subject", "lifetime",
    )  # fmt: skip
    find = Query(sa.select(*_columns).where(_this), Row, "kind", "digest")
    swap = Query(
        sa.update(t)
        .where(_this, t.c.payload == b("before"))
        .values(payload=b("after"))
        .returning(*_columns),
        Row, "kind", "digest", "before", "after",
    )  # fmt: skip


KEYS = [i.to_bytes(32, "big") for i in range(ROWS)]


async def cpu(times: int, work: Callable[[], Awaitable[None]]) -> float:
    """Return the CPU time of this process for one of `times` things, in microseconds."""
    best = float("inf")
    for _ in range(ROUNDS):
        before = time.process_time()
        await work()
        best = min(best, (time.process_time() - before) / times * 1e6)
    return best


async def fill(store: Store) -> None:
    async def unit(tx: Tx) -> None:
        for key in KEYS:
            await tx.run(Queries.add, "bench", key, "a", DEFAULT.id, timedelta(days=1))

    await store.transact(unit)


def reads(store: Store) -> Callable[[], Awaitable[None]]:
    async def work() -> None:
        for i in range(READS):
            await store.one(Queries.find, "bench", KEYS[i % ROWS])

    return work


def swaps(store: Store, writes: int = WRITES) -> Callable[[], Awaitable[None]]:
    async def writer(number: int) -> None:
        for i in range(number, writes, WRITERS):
            key = KEYS[i % ROWS]
            await store.transact(lambda tx, key=key: tx.one(Queries.swap, "bench", key, "a", "a"))

    async def work() -> None:
        await asyncio.gather(*[writer(number) for number in range(WRITERS)])

    return work


async def measure_sqlite() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.db"
        await migrate(url)
        with sqlite3.connect(f"{folder}/bench.db") as raw:
            raw.execute(
                "INSERT INTO tenants (id, slug, name, status, settings, created_at, updated_at,"
                " version) VALUES (?, 'default', 'Default', 'active', '{}', 0, 0, 1)",
                (DEFAULT.id.bytes,),
            )
        raw.close()
        database = await open_database(url, SystemClock())
        store = database.tenant(DEFAULT.id)
        await fill(store)
        show("SQLite read", await cpu(READS, reads(store)), await raw_sqlite_reads(folder))
        show("SQLite compare-and-set", await cpu(WRITES, swaps(store)), await raw_sqlite(folder))
        await database.aclose()


async def raw_sqlite_reads(folder: str) -> float:
    raw = sqlite3.connect(f"{folder}/bench.db", isolation_level=None)
    sql, tenant = Queries.find.on_sqlite().sql, DEFAULT.id.bytes

    async def work() -> None:
        for i in range(READS):
            found = raw.execute(sql, (tenant, "bench", KEYS[i % ROWS])).fetchone()
            Row(*found)

    result = await cpu(READS, work)
    raw.close()
    return result


async def raw_sqlite(folder: str) -> float:
    raw = sqlite3.connect(f"{folder}/bench.db", isolation_level=None)
    raw.execute("PRAGMA synchronous=FULL")
    sql, tenant = Queries.swap.on_sqlite().sql, DEFAULT.id.bytes

    async def work() -> None:
        for i in range(WRITES // 4):
            raw.execute("BEGIN IMMEDIATE")
            found = raw.execute(sql, ("a", tenant, "bench", KEYS[i % ROWS], "a")).fetchall()
            Row(*found[0])
            raw.execute("COMMIT")

    result = await cpu(WRITES // 4, work)
    raw.close()
    return result


async def measure_postgresql() -> None:
    runtime, owner = create_database()
    await migrate(owner, runtime_role=APP)
    connection = await asyncpg.connect(owner)
    await connection.execute(
        "INSERT INTO tenants (id, slug, name, status, settings, created_at, updated_at, version)"
        " VALUES ($1, 'default', 'Default', 'active', '{}', now(), now(), 1)",
        DEFAULT.id,
    )
    await connection.close()
    database = await open_database(runtime, SystemClock(), pool_size=WRITERS)
    store = database.tenant(DEFAULT.id)
    await fill(store)
    raw = await asyncpg.create_pool(runtime, min_size=WRITERS, max_size=WRITERS)
    show("PostgreSQL read", await cpu(READS // 4, pg_reads(store)), await raw_pg_reads(raw))
    show("PostgreSQL compare-and-set", await cpu(WRITES, swaps(store)), await raw_pg(raw))
    await raw.close()
    await database.aclose()


def pg_reads(store: Store) -> Callable[[], Awaitable[None]]:
    async def reader(number: int) -> None:
        for i in range(number, READS // 4, WRITERS):
            await store.one(Queries.find, "bench", KEYS[i % ROWS])

    async def work() -> None:
        await asyncio.gather(*[reader(number) for number in range(WRITERS)])

    return work


async def raw_pg_reads(pool: Any) -> float:
    sql = Queries.find.on_postgresql().sql

    async def reader(number: int) -> None:
        for i in range(number, READS // 4, WRITERS):
            async with pool.acquire() as connection, connection.transaction(readonly=True):
                await connection.execute(f"SET LOCAL limen.tenant='{DEFAULT.id}'")
                Row(*await connection.fetchrow(sql, DEFAULT.id, "bench", KEYS[i % ROWS]))

    async def work() -> None:
        await asyncio.gather(*[reader(number) for number in range(WRITERS)])

    return await cpu(READS // 4, work)


async def raw_pg(pool: Any) -> float:
    sql = Queries.swap.on_postgresql().sql

    async def writer(number: int) -> None:
        for i in range(number, WRITES, WRITERS):
            key = KEYS[i % ROWS]
            async with pool.acquire() as connection, connection.transaction():
                await connection.execute(f"SET LOCAL limen.tenant='{DEFAULT.id}'")
                Row(*await connection.fetchrow(sql, "a", DEFAULT.id, "bench", key, "a"))

    async def work() -> None:
        await asyncio.gather(*[writer(number) for number in range(WRITERS)])

    return await cpu(WRITES, work)


def show(what: str, ours: float, raw: float) -> None:
    print(f"{what:<28} {ours:8.1f} µs   raw driver {raw:8.1f} µs")


def main() -> None:
    wanted = sys.argv[1:] or ["sqlite", "postgresql"]
    run_folder()
    try:
        if "sqlite" in wanted:
            uvloop.run(measure_sqlite())
        if "postgresql" in wanted:
            uvloop.run(measure_postgresql())
    finally:
        stop_all()


if __name__ == "__main__":
    main()
