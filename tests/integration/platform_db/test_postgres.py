"""What is PostgreSQL's own: tenants that last a transaction, the pool, lost connections."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import sqlalchemy as sa
from tests.fakes.clock import FrozenClock
from tests.support import databases
from tests.support.notes import Notes
from tests.support.postgres import OWNER, cluster

from limen.kernel.errors import Malformed, Unavailable
from limen.kernel.ids import TenantId
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx, UniqueConflict
from limen.platform.db import OpenDatabase, Query, insert, mine, open_database, store_now
from limen.platform.db.errors import Busy, ForeignAwait, OutcomeUnknown, UnsafeRole
from limen.platform.db.pending import pending
from limen.platform.db.postgres import transactions
from limen.platform.db.postgres.errors import Lost
from limen.platform.db.shared import one_time

pytestmark = pytest.mark.postgres

# Only for these tests: statements whose application filter was forgotten.
UNFILTERED = Query(
    sa.select(sa.func.count()).where(mine(one_time)), int,
    postgresql="SELECT count(*) FROM one_time WHERE :tenant::uuid IS NOT NULL",
)  # fmt: skip
TAKE_OVER = Query(
    sa.update(one_time).where(mine(one_time)).values(payload="taken"),
    postgresql="UPDATE one_time SET payload = 'taken' WHERE :tenant::uuid IS NOT NULL",
)
SLEEP = Query(sa.select(sa.func.pg_sleep(10).cast(sa.Text)), str)


@pytest.fixture
async def server(clock: FrozenClock) -> AsyncIterator[OpenDatabase]:
    async with databases.fresh("postgresql", clock) as opened:
        yield opened


@pytest.fixture
def notes(server: OpenDatabase, tenant: Tenant) -> Store:
    return server.tenant(tenant.id)


@pytest.fixture
async def other(server: OpenDatabase) -> TenantId:
    """A second tenant."""
    tenant = TenantId(uuid4())
    await admin(
        "INSERT INTO tenants SELECT ($1::uuid), 'other', name, status, settings, created_at,"
        " updated_at, version FROM tenants LIMIT 1",
        tenant,
    )
    return tenant


async def admin(sql: str, *values: object) -> Any:
    connection = await asyncpg.connect(cluster().admin(databases.worker_database()))
    try:
        return await connection.fetch(sql, *values)
    finally:
        await connection.close()


async def test_row_level_security_holds_without_the_application_filter(
    server: OpenDatabase, notes: Store, other: TenantId
) -> None:
    """A077, R118: the second layer, with the first taken away."""
    await notes.transact(lambda tx: tx.run(Notes.add, b"1", "mine"))
    stranger = server.tenant(other)
    assert await stranger.one(UNFILTERED) == 0
    assert await stranger.transact(lambda tx: tx.run(TAKE_OVER)) == 0
    assert await notes.one(UNFILTERED) == 1
    assert await notes.all(Notes.all) == ["mine"]


async def test_no_row_can_be_put_into_another_tenant(
    server: OpenDatabase, tenant: Tenant, other: TenantId
) -> None:
    """R118: the policy checks what is written, too."""
    plant = Query(
        insert(one_time, "digest").values(
            kind="note", payload="x", issued_at=store_now(), expires_at=store_now()
        ),
        None, "digest",
        postgresql="INSERT INTO one_time (tenant, kind, digest, payload, issued_at, expires_at)"
        f" VALUES (coalesce('{other}'::uuid, :tenant), 'note', :digest, 'x', now(), now())",
    )  # fmt: skip
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await server.tenant(tenant.id).transact(lambda tx: tx.run(plant, b"1"))


async def test_a_missing_tenant_is_an_error_and_no_empty_answer(server: Any) -> None:
    connection = await server._pool.take()
    try:
        with pytest.raises(asyncpg.PostgresError):
            await connection.fetch("SELECT * FROM one_time")
        await connection.execute(f"BEGIN; SET LOCAL limen.tenant='{uuid4()}'; ROLLBACK")
        with pytest.raises(asyncpg.PostgresError):
            await connection.fetch("SELECT * FROM one_time")
    finally:
        server._pool.give_back(connection)


async def test_a_connection_remembers_no_tenant(server: Any, notes: Store, other: TenantId) -> None:
    """Remembering leaked a tenant after a rollback; nothing outlives a transaction."""
    await notes.transact(lambda tx: tx.run(Notes.add, b"1", "mine"))

    async def fails(tx: Tx) -> None:
        await tx.run(Notes.change, b"1", "x")
        raise LookupError

    with pytest.raises(LookupError):
        await notes.transact(fails)
    connection = await server._pool.take()
    try:
        assert await connection.fetchval("SELECT current_setting('limen.tenant', true)") == ""
    finally:
        server._pool.give_back(connection)
    assert await server.tenant(other).one(UNFILTERED) == 0


async def test_a_read_cannot_write(notes: Store) -> None:
    sly = Query(sa.select(sa.func.set_config("limen.tenant", str(uuid4()), False)), str)
    await notes.one(sly)
    assert await notes.one(Notes.count) == 0  # bound anew by the next transaction
    write = Query(sa.select(sa.literal_column("1")), int, postgresql="DELETE FROM one_time")
    with pytest.raises(Unavailable, match="read-only transaction"):
        await notes.one(write)


async def test_a_connection_that_comes_back_in_a_transaction_is_closed(server: Any) -> None:
    connection = await server._pool.take()
    await connection.execute("BEGIN")
    server._pool.give_back(connection)
    assert connection.is_closed()
    await server.ping()


async def test_a_caller_who_leaves_in_the_middle_leaves_nothing(
    server: OpenDatabase, notes: Store
) -> None:
    async def work(tx: Tx) -> None:
        await tx.run(Notes.add, b"1", "one")
        await tx.one(SLEEP)

    task = asyncio.ensure_future(notes.transact(work))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await notes.one(Notes.count) == 0
    assert await notes.transact(lambda tx: tx.run(Notes.add, b"1", "one")) == 1


async def test_a_unit_that_waits_for_something_else_gives_its_connection_back(
    clock: FrozenClock, notes: Store, tenant: Tenant
) -> None:
    small = await databases.open_server(
        databases.worker_database(), clock, pool_size=1, patience=0.1
    )
    try:
        for _ in range(3):
            with pytest.raises(ForeignAwait):
                await small.tenant(tenant.id).transact(lambda tx: asyncio.sleep(1))
        await small.ping()
    finally:
        await small.aclose()


async def test_a_full_pool_refuses_after_its_patience(
    clock: FrozenClock, server: OpenDatabase, tenant: Tenant
) -> None:
    """F11: a 503 with Retry-After, within the second; then it goes on."""
    small = await databases.open_server(
        databases.worker_database(), clock, pool_size=1, patience=0.05
    )
    try:
        connection = await small._pool.take()  # type: ignore[attr-defined]
        with pytest.raises(Busy) as refused:
            await small.tenant(tenant.id).one(Notes.count)
        assert refused.value.retry_after == 1
        small._pool._patience = 5.0  # type: ignore[attr-defined]
        waiting = asyncio.ensure_future(small.ping())
        leaving = asyncio.ensure_future(small.ping())
        await asyncio.sleep(0.01)
        leaving.cancel()
        small._pool.give_back(connection)  # type: ignore[attr-defined]
        await waiting
        await small.ping()
    finally:
        await small.aclose()


async def test_a_lost_connection_is_replaced(server: Any, notes: Store) -> None:
    """F08: what had not reached COMMIT is tried again on another connection."""
    runs = 0

    async def work(tx: Tx) -> int:
        nonlocal runs
        runs += 1
        pid = Query(sa.select(sa.func.pg_backend_pid()), int)
        backend = await tx.one(pid)
        await tx.run(Notes.add, b"1", "one")
        if runs == 1:
            _terminate(backend)
        return await tx.run(Notes.change, b"1", "two")

    assert await notes.transact(work) == 1
    assert runs == 2
    assert await notes.all(Notes.all) == ["two"]


def _terminate(backend: Any) -> None:
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, admin("SELECT pg_terminate_backend($1, 1000)", backend)).result()


async def test_deadlocks_are_tried_again(notes: Store) -> None:
    """F13: two units lock two rows in opposite order; both come through."""
    await notes.transact(lambda tx: tx.run(Notes.add, b"1", "one"))
    await notes.transact(lambda tx: tx.run(Notes.add, b"2", "two"))
    met = [0]

    def work(first: bytes, second: bytes) -> Any:
        async def unit(tx: Tx) -> None:
            await tx.run(Notes.change, first, "x")
            met[0] += 1
            while met[0] < 2:  # until the other holds its first row
                await tx.one(Notes.count)
            await tx.run(Notes.change, second, "x")

        return unit

    await asyncio.gather(notes.transact(work(b"1", b"2")), notes.transact(work(b"2", b"1")))
    assert met[0] >= 3
    assert await notes.all(Notes.all) == ["x", "x"]


async def test_no_clash_is_tried_again_for_ever(notes: Store) -> None:
    runs = 0

    async def work(tx: Tx) -> None:
        nonlocal runs
        runs += 1
        raise Lost("again")

    with pytest.raises(Unavailable):
        await notes.transact(work)
    assert runs == transactions.RETRIES + 1


async def test_a_slow_statement_is_refused(clock: FrozenClock, server: Any, tenant: Tenant) -> None:
    """F12: statement time-outs everywhere."""
    hurried = await databases.open_server(
        databases.worker_database(), clock,
        settings=databases.SETTINGS | {"statement_timeout": "100"},
    )  # fmt: skip
    try:
        with pytest.raises(Busy):
            await hurried.tenant(tenant.id).one(SLEEP)
        with pytest.raises(Busy):
            await hurried.tenant(tenant.id).transact(lambda tx: tx.one(SLEEP))
        await hurried.ping()
    finally:
        await hurried.aclose()


async def test_a_lost_answer_to_commit_is_never_a_lie(server: Any, notes: Store) -> None:
    """Nobody knows whether it is kept: Unavailable, and no second try."""
    runs = 0

    async def work(tx: Tx) -> None:
        nonlocal runs
        runs += 1
        await tx.run(Notes.add, b"1", "one")

    await _script(_DIE_IN_COMMIT)
    try:
        with pytest.raises(OutcomeUnknown):
            await notes.transact(work)
    finally:
        await _script("DROP FUNCTION die() CASCADE")
    assert runs == 1


_DIE_IN_COMMIT = """
CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
    'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER die AFTER INSERT ON one_time DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION die();
"""


async def test_a_commit_that_the_server_rolled_back_is_a_failure(notes: Store) -> None:
    """PostgreSQL answers COMMIT by ROLLBACK, without an error, in a failed transaction."""

    async def work(tx: Tx) -> None:
        connection = tx._connection  # type: ignore[attr-defined]
        tx._is_waiting = True  # type: ignore[attr-defined]
        with contextlib.suppress(asyncpg.DivisionByZeroError):
            await connection.execute("SELECT 1/0")

    with pytest.raises(Unavailable, match="answered by ROLLBACK"):
        await notes.transact(work)


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [("SUPERUSER", "superuser"), ("BYPASSRLS", "BYPASSRLS"), (f"IN ROLE {OWNER}", "owns tables")],
)
async def test_an_unsafe_role_is_refused(
    server: OpenDatabase, clock: FrozenClock, attributes: str, reason: str
) -> None:
    """A077: as such a role, row-level security would mean nothing."""
    role = f"unsafe_{uuid4().hex[:8]}"
    await admin(f"CREATE ROLE {role} LOGIN {attributes}")
    with pytest.raises(UnsafeRole, match=reason):
        await open_database(cluster().url(databases.worker_database(), role), clock)
    with pytest.raises(UnsafeRole, match="owns tables"):
        await open_database(cluster().url(databases.worker_database(), OWNER), clock)
    await admin(f"DROP ROLE {role}")


async def test_a_server_that_is_not_there_or_says_no_is_unavailable(
    server: OpenDatabase, clock: FrozenClock
) -> None:
    for url in (
        "postgresql://nobody@/x?host=/nonexistent",
        cluster().url("no_such_database"),
        cluster().url(databases.worker_database(), "no_such_role"),
    ):
        with pytest.raises(Unavailable):
            await open_database(url, clock)
        with pytest.raises(OSError):
            await pending(url)


async def test_a_migration_under_a_prepared_statement_is_survived(
    server: OpenDatabase, notes: Store
) -> None:
    """F34: the cached plan is out of date; the unit runs again."""
    every = Query(sa.select(sa.literal_column("1")), int, postgresql="SELECT 1, * FROM probe")
    await _script(
        "CREATE TABLE probe (a int); GRANT SELECT ON probe TO limen_app;"
        "INSERT INTO probe VALUES (1)"
    )
    try:
        assert await notes.one(every) == 1
        await _script("ALTER TABLE probe ADD COLUMN b int")
        assert await notes.one(every) == 1
    finally:
        await _script("DROP TABLE probe")


async def _script(sql: str) -> None:
    connection = await asyncpg.connect(cluster().admin(databases.worker_database()))
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def test_a_text_that_postgresql_cannot_keep_is_malformed(notes: Store) -> None:
    with pytest.raises(Malformed):
        await notes.transact(lambda tx: tx.run(Notes.add, b"1", "a\x00b"))


async def test_conflicts_free_their_connection(
    clock: FrozenClock, notes: Store, tenant: Tenant
) -> None:
    small = await databases.open_server(
        databases.worker_database(), clock, pool_size=1, patience=0.2
    )
    try:
        store = small.tenant(tenant.id)
        await store.transact(lambda tx: tx.run(Notes.add, b"1", "one"))
        for _ in range(3):
            with pytest.raises(UniqueConflict):
                await store.transact(lambda tx: tx.run(Notes.add, b"1", "one"))
        assert await store.one(Notes.count) == 1
    finally:
        await small.aclose()
