"""What is SQLite's own: the shared transaction, the file, other processes."""

import asyncio
import contextlib
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.clock import FrozenClock
from tests.support import databases
from tests.support.notes import Notes

from limen.kernel.errors import Unavailable
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.platform.db import OpenDatabase, open_database
from limen.platform.db.errors import Busy, TransactionLost
from limen.platform.db.sqlite import store, writer
from limen.platform.db.sqlite.store import SqliteDatabase


@pytest.fixture
async def file(clock: FrozenClock) -> AsyncIterator[OpenDatabase]:
    async with databases.fresh("sqlite", clock) as opened:
        yield opened


@pytest.fixture
def notes(file: OpenDatabase, tenant: Tenant) -> Store:
    return file.tenant(tenant.id)


@contextlib.contextmanager
def other_process(database: Any) -> Iterator[sqlite3.Connection]:
    """A connection that knows nothing of ours."""
    with contextlib.closing(sqlite3.connect(database.path, isolation_level=None)) as raw:
        yield raw


def add(number: int) -> Any:
    return lambda tx: tx.run(Notes.add, str(number).encode(), str(number))


async def test_a_lost_transaction_fails_every_unit_of_the_turn(
    file: Any, notes: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trigger's RAISE(ROLLBACK) lost rows that the spike acknowledged."""
    with other_process(file) as raw:
        raw.execute(
            "CREATE TRIGGER wipe BEFORE INSERT ON one_time WHEN NEW.payload = '2'"
            " BEGIN SELECT RAISE(ROLLBACK, 'wiped'); END"
        )
    monkeypatch.setattr(writer, "TURN", 1.0)  # all five in one turn
    answers = await asyncio.gather(
        *[notes.transact(add(n)) for n in range(5)], return_exceptions=True
    )
    acknowledged = [str(n) for n, answer in enumerate(answers) if answer == 1]
    assert sorted(await notes.all(Notes.all)) == acknowledged
    assert [isinstance(answer, TransactionLost) for answer in answers[:2]] == [True, True]
    assert isinstance(answers[2], Exception)
    assert await notes.transact(add(9)) == 1


async def test_a_swallowed_loss_is_not_written_outside_the_transaction(
    file: Any, notes: Store
) -> None:
    with other_process(file) as raw:
        raw.execute(
            "CREATE TRIGGER wipe BEFORE INSERT ON one_time WHEN NEW.payload = 'bad'"
            " BEGIN SELECT RAISE(ROLLBACK, 'wiped'); END"
        )

    async def work(tx: Tx) -> None:
        with contextlib.suppress(Exception):
            await tx.run(Notes.add, b"1", "bad")
        await tx.run(Notes.add, b"2", "stray")  # would be in autocommit mode by now

    with pytest.raises(Exception, match="wiped"):
        await notes.transact(work)
    assert await notes.one(Notes.count) == 0


async def test_nothing_is_acknowledged_before_commit_returned(file: Any, notes: Store) -> None:
    held = threading.Event()
    connection = file.writer._connection
    commit = connection.fetch

    def slow(sql: str, values: Any = ()) -> Any:
        if sql == "COMMIT":
            held.wait(2)
        return commit(sql, values)

    file.writer._connection = Wrapped(connection, slow)
    answer = asyncio.ensure_future(notes.transact(add(1)))
    await asyncio.sleep(0.02)
    assert not answer.done()
    assert await notes.one(Notes.count) == 0  # readers go on meanwhile
    held.set()
    assert await answer == 1


class Wrapped:
    """A connection whose `fetch` is another; tests stand in the way of COMMIT with it."""

    def __init__(self, connection: Any, fetch: Any) -> None:
        object.__setattr__(self, "_connection", connection)
        object.__setattr__(self, "fetch", fetch)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._connection, name, value)


async def test_a_commit_that_fails_fails_its_units_and_the_writer_goes_on(
    file: Any, notes: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "TURN", 1.0)  # all three in one turn
    connection = file.writer._connection
    failing = [True]

    def full(sql: str, values: Any = ()) -> Any:
        if sql == "COMMIT" and failing:
            failing.clear()
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        return connection.fetch(sql, values)

    file.writer._connection = Wrapped(connection, full)
    answers = await asyncio.gather(
        *[notes.transact(add(n)) for n in range(3)], return_exceptions=True
    )
    assert all(isinstance(answer, Unavailable) for answer in answers)
    assert await notes.one(Notes.count) == 0
    assert await notes.transact(add(9)) == 1


async def test_units_of_one_tick_share_a_commit(
    file: Any, notes: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "TURN", 1.0)
    commits: list[str] = []
    file.writer._connection.raw.set_trace_callback(
        lambda sql: commits.append(sql) if sql == "COMMIT" else None
    )
    await asyncio.gather(*[notes.transact(add(n)) for n in range(8)])
    file.writer._connection.raw.set_trace_callback(None)
    assert commits == ["COMMIT"]
    assert await notes.one(Notes.count) == 8


async def test_a_turn_is_capped(file: Any, notes: Store) -> None:
    """A flood of units does not hold up the loop: a turn takes 2 ms of them at most."""
    commits: list[str] = []
    file.writer._connection.raw.set_trace_callback(
        lambda sql: commits.append(sql) if sql == "COMMIT" else None
    )

    def slow(number: int) -> Any:
        async def work(tx: Tx) -> int:
            time.sleep(0.001)  # noqa: ASYNC251 - a unit that computes
            return await tx.run(Notes.add, str(number).encode(), "x")

        return work

    await asyncio.gather(*[notes.transact(slow(n)) for n in range(20)])
    file.writer._connection.raw.set_trace_callback(None)
    assert len(commits) >= 10


async def test_a_unit_whose_caller_left_before_it_began_is_skipped(file: Any, notes: Store) -> None:
    with other_process(file) as raw:
        raw.execute("BEGIN IMMEDIATE")
        left, stayed = (asyncio.ensure_future(notes.transact(add(n))) for n in (1, 2))
        await asyncio.sleep(0.01)
        left.cancel()
        await asyncio.sleep(0)
        raw.execute("ROLLBACK")
    assert await stayed == 1
    assert left.cancelled()
    assert await notes.all(Notes.all) == ["2"]


async def test_a_reader_leaves_no_cursor_half_read(file: Any, notes: Store) -> None:
    """A half-read cursor keeps an old snapshot, and the WAL can never be emptied."""
    for n in range(5):
        await notes.transact(add(n))
    assert await notes.one(Notes.all) == "0"
    with other_process(file) as raw:
        busy, *_ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0
    await notes.transact(add(9))
    assert await notes.one(Notes.count) == 6


async def test_a_unit_waits_for_another_process_and_the_loop_goes_on(
    file: Any, notes: Store
) -> None:
    with other_process(file) as raw:
        raw.execute("BEGIN IMMEDIATE")
        answer = asyncio.ensure_future(notes.transact(add(1)))
        ticks = 0
        for _ in range(20):
            await asyncio.sleep(0.001)
            ticks += 1
        assert not answer.done()
        assert await notes.one(Notes.count) == 0
        raw.execute("COMMIT")
    assert await asyncio.wait_for(answer, 2) == 1
    assert ticks == 20


async def test_patience_ends(file: Any, clock: FrozenClock, tenant: Tenant) -> None:
    """With the lock held for longer, units are refused and those behind them still wait."""
    hurried = await open_database(f"sqlite:///{file.path}", clock, patience=0.05)
    try:
        with other_process(file) as raw:
            raw.execute("BEGIN IMMEDIATE")
            with pytest.raises(Busy):
                await asyncio.wait_for(hurried.tenant(tenant.id).transact(add(1)), 2)
            raw.execute("ROLLBACK")
        assert await hurried.tenant(tenant.id).transact(add(2)) == 1
    finally:
        await hurried.aclose()


async def test_writes_of_other_processes_are_noticed_and_our_own_are_not(
    file: Any, notes: Store
) -> None:
    noticed: list[int] = []
    file.on_foreign_write(lambda: noticed.append(1))
    await notes.transact(add(1))
    file.notice()
    assert noticed == []
    with other_process(file) as raw:
        raw.execute("DELETE FROM one_time")
    file.notice()
    assert noticed == [1]
    with other_process(file) as raw:
        raw.execute("UPDATE tenants SET name = 'Another'")
    await notes.transact(add(2))  # a turn notices too
    assert noticed == [1, 1]


async def test_the_timer_notices_too(file: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "NOTICE", 0.01)
    noticed = asyncio.Event()
    file.on_foreign_write(noticed.set)
    with other_process(file) as raw:
        raw.execute("UPDATE tenants SET name = 'Another'")
    await asyncio.wait_for(noticed.wait(), 2)


async def test_a_listener_that_fails_stops_nobody(file: Any, notes: Store) -> None:
    def breaks() -> None:
        raise LookupError

    file.on_foreign_write(breaks)
    with other_process(file) as raw:
        raw.execute("UPDATE tenants SET name = 'Another'")
    assert await notes.transact(add(1)) == 1


async def test_a_reader_waits_while_the_file_is_recovered(file: Any, notes: Store) -> None:
    reader, refusals = file.reader, [1, 2, 3]

    def recovering(sql: str, values: Any = ()) -> Any:
        if refusals:
            refusals.pop()
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY_RECOVERY
            raise error
        return reader.fetch(sql, values)

    file.reader = Wrapped(reader, recovering)
    assert await notes.one(Notes.count) == 0
    assert refusals == []


async def test_the_reader_cannot_write(file: Any) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        file.reader.fetch("DELETE FROM one_time")


async def test_every_connection_is_durable_and_strict(file: Any) -> None:
    for connection in (file.reader, file.writer._connection):
        settings = {
            name: connection.fetch(f"PRAGMA {name}")[0][0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
        assert settings == {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "busy_timeout": 0,
        }


async def test_file_and_folder_are_their_owners_only(tmp_path: Path, clock: FrozenClock) -> None:
    path = tmp_path / "data" / "limen.db"
    database = await open_database(f"sqlite:///{path}", clock)
    await database.aclose()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    database = await open_database(f"sqlite:///{path}", clock)
    assert all(stat.S_IMODE(found.stat().st_mode) == 0o600 for found in path.parent.iterdir())
    await database.aclose()


async def test_a_backup_is_the_whole_store_at_one_moment(
    file: Any, notes: Store, tmp_path: Path, clock: FrozenClock, tenant: Tenant
) -> None:
    await asyncio.gather(*[notes.transact(add(n)) for n in range(10)])
    copy = tmp_path / "copy.db"
    await file.backup(copy)
    await notes.transact(add(10))
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    restored = await open_database(f"sqlite:///{copy}", clock)
    assert await restored.tenant(tenant.id).one(Notes.count) == 10
    await restored.aclose()
    with pytest.raises(FileExistsError):
        await file.backup(copy)


async def test_closing_finishes_what_is_queued(file: SqliteDatabase, notes: Store) -> None:
    answers = [asyncio.ensure_future(notes.transact(add(n))) for n in range(5)]
    await asyncio.sleep(0)
    await file.writer.aclose()
    assert [await answer for answer in answers] == [1] * 5
    with contextlib.closing(sqlite3.connect(file.path)) as raw:
        assert raw.execute("SELECT count(*) FROM one_time").fetchone() == (5,)
    file.writer.aclose = _nothing  # type: ignore[method-assign]


async def _nothing() -> None: ...


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y", "limen.db"])
async def test_other_urls_are_refused(url: str, clock: FrozenClock) -> None:
    with pytest.raises(ValueError, match=r"SQLite URL|database URL"):
        await open_database(url, clock)


async def test_what_was_acknowledged_survives_the_end_of_the_process(
    file: Any, notes: Store, tenant: Tenant
) -> None:
    """F01 in small: a child acknowledges on a pipe and is killed; every such row is there."""
    child = subprocess.Popen(  # noqa: ASYNC220 - its pipe is read at once
        [sys.executable, "-c", _CHILD, str(file.path), str(tenant.id)], stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    with child.stdout as pipe:
        acknowledged = [pipe.readline().decode().strip() for _ in range(50)]
        child.kill()
        acknowledged += pipe.read().decode().split("\n")[:-1]
    child.wait()
    assert set(acknowledged) <= set(await notes.all(Notes.all))


_CHILD = """
import asyncio, os, sys
from uuid import UUID
from limen.kernel.clock import SystemClock
from limen.platform.db import open_database
from tests.support.notes import Notes

async def main():
    database = await open_database(f"sqlite:///{sys.argv[1]}", SystemClock())
    store = database.tenant(UUID(sys.argv[2]))
    async def one(n):
        await store.transact(lambda tx: tx.run(Notes.add, str(n).encode(), str(n)))
        os.write(1, f"{n}\\n".encode())
    for batch in range(100_000):
        await asyncio.gather(*[one(batch * 10 + n) for n in range(10)])

asyncio.run(main())
"""
