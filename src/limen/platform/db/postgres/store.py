"""The doors to PostgreSQL: every transaction opens with its tenant, in the same message.

Row-level security reads the tenant; it lasts as long as the transaction.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar
from uuid import UUID

from limen.kernel.ids import TenantId
from limen.kernel.uow import NIL, Statement, Tx
from limen.platform.db.effects import do_all
from limen.platform.db.postgres.driver import Connection, connect
from limen.platform.db.postgres.errors import translate
from limen.platform.db.postgres.pool import Pool
from limen.platform.db.postgres.restoring import check_finished
from limen.platform.db.postgres.roles import check_role
from limen.platform.db.postgres.transactions import commit, persist, roll_back, run
from limen.platform.db.postgres.unit import PostgresTx
from limen.platform.db.query import Plan, reading

R = TypeVar("R")
T = TypeVar("T")

_PATIENCE = 5.0  # seconds until the driver gives up on an answer
_SCAN = 60  # seconds for a long read
_SETTINGS = {
    "application_name": "limen",
    "statement_timeout": "3000",  # milliseconds, like the next two
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "5000",
    "default_transaction_isolation": "read committed",
    "timezone": "UTC",
    "jit": "off",
}


class PostgresDatabase:
    """A pool of connections as the role that runs."""

    dialect = "postgresql"

    def __init__(self, pool: Pool, opening: Callable[[], str]) -> None:
        self._pool = pool
        self._opening = opening
        self._tasks: set[asyncio.Future[None]] = set()  # asyncio itself holds them weakly

    def tenant(self, tenant: TenantId) -> "PostgresStore":
        return PostgresStore(self, tenant)

    @property
    def system(self) -> "PostgresStore":
        return PostgresStore(self, NIL)

    async def ping(self) -> None:
        """Raises Unavailable where the store cannot be read."""
        await self.system.read("fetchrow", _PING, ())

    def on_foreign_write(self, listener: Callable[[], None]) -> None:
        """Nothing: what others change is learnt by polling."""

    def notice(self) -> None:
        """Nothing, likewise."""

    async def aclose(self) -> None:
        """Close the pool, once what is under way is done."""
        await self._pool.aclose()

    async def open(self, mode: str, tenant: TenantId) -> Connection:
        """Return a connection inside a new transaction of `tenant`; give it to `end`."""
        connection = await self._pool.take()
        try:
            await connection.execute(f"{mode};SET LOCAL limen.tenant='{tenant}'{self._opening()}")
        except Exception as error:
            connection.terminate()
            self.end(connection)
            raise translate(error, connection) from error
        except BaseException:
            self.abandon(connection)
            raise
        return connection

    def end(self, connection: Connection) -> None:
        """Take the connection back; inside a transaction it is closed, which undoes it."""
        self._pool.give_back(connection)

    def abandon(self, connection: Connection) -> None:
        """Take the connection back from a caller who left in the middle.

        The driver asks the server to stop what it does; it would hold its locks meanwhile.
        """
        self._keep(self.undo(connection))

    async def undo(self, connection: Connection) -> None:
        """Roll back and take the connection back."""
        try:
            await roll_back(connection)
        finally:
            self.end(connection)

    def _keep(self, work: Coroutine[Any, Any, None]) -> "asyncio.Future[None]":
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def finish(self, connection: Connection, tx: PostgresTx) -> None:
        """Commit, then do the effects, even where the caller leaves meanwhile."""
        if tx.effects:
            await asyncio.shield(self._keep(self._finish(connection, tx)))
        else:
            await self._finish(connection, tx)

    async def _finish(self, connection: Connection, tx: PostgresTx) -> None:
        try:
            await commit(connection)
        finally:
            self.end(connection)
        do_all(tx.effects)


class PostgresStore:
    """One tenant's door to the pool."""

    __slots__ = ("_database", "tenant")

    def __init__(self, database: PostgresDatabase, tenant: TenantId) -> None:
        if not isinstance(tenant, UUID):  # pyright: ignore[reportUnnecessaryIsInstance] # it is written into SQL
            raise TypeError("a tenant is a UUID")
        self.tenant = tenant
        self._database = database

    async def one(self, statement: Statement[R], *arguments: object) -> R | None:
        plan = reading(statement).on_postgresql()
        row = await self.read("fetchrow", plan, arguments)
        return None if row is None else plan.make(row)

    async def all(self, statement: Statement[R], *arguments: object) -> list[R]:
        plan = reading(statement).on_postgresql()
        return [plan.make(row) for row in await self.read("fetch", plan, arguments)]

    async def scan(self, statement: Statement[R], *arguments: object) -> list[R]:
        """Read much: exports and reports, which may take a minute."""
        plan = reading(statement).on_postgresql()
        rows = await self.read("fetch", plan, arguments, seconds=_SCAN)
        return [plan.make(row) for row in rows]

    async def transact(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        return await persist(lambda: self._attempt(work))

    async def read(
        self, how: str, plan: Plan, arguments: tuple[object, ...], *, seconds: int | None = None
    ) -> Any:
        """Run one statement in a transaction that only reads."""
        values = plan.bind(self.tenant, arguments)
        mode = "BEGIN READ ONLY"
        if seconds is not None:
            mode += f";SET LOCAL statement_timeout={seconds * 1000}"
        return await persist(lambda: self._read(mode, how, plan.sql, values, seconds))

    async def _read(self, mode: str, how: str, sql: str, values: Any, seconds: int | None) -> Any:
        connection = await self._database.open(mode, self.tenant)
        try:
            found = await getattr(connection, how)(sql, *values, timeout=seconds)
            await connection.execute("COMMIT")
        except Exception as error:
            meaning = translate(error, connection)
            await self._database.undo(connection)
            raise meaning from error
        except BaseException:
            self._database.abandon(connection)
            raise
        self._database.end(connection)
        return found

    async def _attempt(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        connection = await self._database.open("BEGIN", self.tenant)
        tx = PostgresTx(connection, self.tenant)
        try:
            result = await run(work, tx)
        except Exception:
            await self._database.undo(connection)
            raise
        except BaseException:
            self._database.abandon(connection)
            raise
        await self._database.finish(connection, tx)
        return result


_PING = Plan("SELECT 1", lambda _tenant, _arguments: (), lambda row: row[0])


async def open_postgres(
    url: str,
    *,
    pool_size: int = 10,
    patience: float = 1.0,
    opening: Callable[[], str] = str,
    settings: dict[str, str] | None = None,
    unfinished: bool = False,
) -> PostgresDatabase:
    """Connect.  `patience` is how many seconds a caller waits for a free connection.

    `opening` gives SQL that is added to the opening of each transaction, `settings` are the
    server's; tests move the clock with them.  Raises UnsafeRole where the role could step
    around row-level security, UnfinishedRestore (but for who finishes it, with `unfinished`),
    and Unavailable where there is no server.
    """

    async def add() -> Connection:
        return await connect(
            url,
            timeout=_PATIENCE,
            command_timeout=_PATIENCE,
            statement_cache_size=1024,
            max_cached_statement_lifetime=0,
            server_settings=_SETTINGS | (settings or {}),
        )

    pool = Pool(add, pool_size, patience)
    connection = await pool.take()
    try:
        await check_role(connection)
        if not unfinished:
            await check_finished(connection)
    except BaseException:
        pool.give_back(connection)
        await pool.aclose()
        raise
    pool.give_back(connection)
    return PostgresDatabase(pool, opening)
