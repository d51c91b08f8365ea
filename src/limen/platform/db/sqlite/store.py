"""The doors to SQLite: reads at once, on the event loop; units through the writer."""

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from limen.kernel.clock import Clock
from limen.kernel.ids import TenantId
from limen.kernel.uow import NIL, Statement, Tx
from limen.platform.db.query import reading
from limen.platform.db.sqlite.connection import Connection, Rows, is_busy, prepare_file, translate
from limen.platform.db.sqlite.writer import RETRY, Writer

R = TypeVar("R")
T = TypeVar("T")

NOTICE = 0.25  # seconds between looks for writes of other processes


class SqliteDatabase:
    """A file, with one connection that reads, one that writes and one for long reads."""

    dialect = "sqlite"

    def __init__(self, path: Path, clock: Clock, *, patience: float = 5.0) -> None:
        """`patience` is how many seconds a unit waits while another process writes."""
        prepare_file(path)
        self.path = path
        self.clock = clock
        self.patience = patience
        self.writer = Writer(Connection(path, clock), patience)
        self.reader = Connection(path, clock, read_only=True)
        self._scanner: Connection | None = None
        self._thread = ThreadPoolExecutor(1, "limen-sqlite-scan")
        self._timer: asyncio.TimerHandle | None = None

    def tenant(self, tenant: TenantId) -> "SqliteStore":
        return SqliteStore(self, tenant)

    @property
    def system(self) -> "SqliteStore":
        return SqliteStore(self, NIL)

    async def ping(self) -> None:
        """Raises Unavailable where the store cannot be read."""
        await self.read("SELECT 1", ())

    async def aclose(self) -> None:
        """Finish the queued units and close the file."""
        if self._timer is not None:
            self._timer.cancel()
        await self.writer.aclose()
        self._thread.shutdown()
        if self._scanner is not None:
            self._scanner.close()
        self.reader.close()

    def on_foreign_write(self, listener: Callable[[], None]) -> None:
        """Call `listener` soon after another process has written (250 ms at most)."""
        self.writer.listeners.append(listener)
        if self._timer is None:
            self._notice()

    def notice(self) -> None:
        """Look at once whether another process has written, and tell the listeners."""
        self.writer.notice()

    def _notice(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(NOTICE, self._notice)
        self.notice()

    async def read(self, sql: str, values: Sequence[object]) -> Rows:
        """Read at once; where the file is being recovered, wait for it.  Raises Unavailable."""
        if self.writer.in_unit:
            raise RuntimeError("a unit of work reads through its tx")
        deadline = asyncio.get_running_loop().time() + self.patience
        while True:
            try:
                return self.reader.fetch(sql, values)
            except sqlite3.Error as error:
                if not is_busy(error) or asyncio.get_running_loop().time() >= deadline:
                    raise translate(error) from error
            await asyncio.sleep(RETRY)

    async def scan(self, sql: str, values: Sequence[object]) -> Rows:
        """Read in a thread, on a connection of its own: for what would hold up the loop."""
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, self._scan, sql, values
        )

    def _scan(self, sql: str, values: Sequence[object]) -> Rows:
        if self._scanner is None:
            self._scanner = Connection(self.path, self.clock, read_only=True)
        try:
            return self._scanner.fetch(sql, values)
        except sqlite3.Error as error:
            raise translate(error) from error

    async def backup(self, path: Path) -> None:
        """Copy one state of the whole store to a new file while everybody goes on.

        Raises FileExistsError, having changed nothing.
        """
        await asyncio.get_running_loop().run_in_executor(self._thread, self._copy, path)

    def _copy(self, path: Path) -> None:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            with closing(Connection(self.path, self.clock)) as connection:
                connection.fetch("VACUUM INTO ?", (str(path),))
            os.fsync(descriptor)
        except sqlite3.Error as error:
            path.unlink()
            raise translate(error) from error
        finally:
            os.close(descriptor)


class SqliteStore:
    """One tenant's door to the file."""

    __slots__ = ("_database", "_key", "tenant")

    def __init__(self, database: SqliteDatabase, tenant: TenantId) -> None:
        if not isinstance(tenant, UUID):  # pyright: ignore[reportUnnecessaryIsInstance] # a wrong tenant must not become a wrong key
            raise TypeError("a tenant is a UUID")
        self.tenant = tenant
        self._database = database
        self._key = tenant.bytes

    async def one(self, statement: Statement[R], *arguments: object) -> R | None:
        plan = reading(statement).on_sqlite()
        rows = await self._database.read(plan.sql, plan.bind(self._key, arguments))
        return plan.make(rows[0]) if rows else None

    async def all(self, statement: Statement[R], *arguments: object) -> list[R]:
        plan = reading(statement).on_sqlite()
        rows = await self._database.read(plan.sql, plan.bind(self._key, arguments))
        return [plan.make(row) for row in rows]

    async def scan(self, statement: Statement[R], *arguments: object) -> list[R]:
        """Read much: exports and reports, which may take their time."""
        plan = reading(statement).on_sqlite()
        rows = await self._database.scan(plan.sql, plan.bind(self._key, arguments))
        return [plan.make(row) for row in rows]

    async def transact(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        return await self._database.writer.submit(self.tenant, work)
