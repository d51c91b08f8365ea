"""The doors to PostgreSQL: a pool of connections on which nothing is ever remembered.

Every transaction opens with the tenant in the same message; row-level security reads it.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from logging import getLogger
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from limen.kernel.clock import Clock
from limen.kernel.errors import Unavailable
from limen.kernel.ids import TenantId
from limen.kernel.uow import NIL, Statement, Tx
from limen.platform.db.errors import Busy, OutcomeUnknown, TransactionLost
from limen.platform.db.guard import Watched, begin
from limen.platform.db.postgres.errors import AGAIN, LOST, translate
from limen.platform.db.postgres.roles import check_role
from limen.platform.db.postgres.unit import PostgresTx
from limen.platform.db.query import Plan, Query

R = TypeVar("R")
T = TypeVar("T")

ATTEMPTS = 4
_SETTINGS = {
    "application_name": "limen",
    "statement_timeout": "3000",  # milliseconds, like the next two
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "5000",
    "default_transaction_isolation": "read committed",
    "jit": "off",
}
_log = getLogger(__name__)


class PostgresDatabase:
    """A pool of connections as the role that runs."""

    dialect = "postgresql"

    def __init__(self, pool: "asyncpg.Pool[Any]", wait: float, opening: Callable[[], str]) -> None:
        self._pool = pool
        self._wait = wait
        self._opening = opening

    def tenant(self, tenant: TenantId) -> "PostgresStore":
        return PostgresStore(self, tenant)

    @property
    def system(self) -> "PostgresStore":
        return PostgresStore(self, NIL)

    async def ping(self) -> None:
        """Raises Unavailable where the store cannot be read."""
        async with self.transaction("BEGIN READ ONLY", NIL) as connection:
            await connection.fetchval("SELECT 1")

    async def aclose(self) -> None:
        """Wait for the connections in use, and close them all."""
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self, opening: str, tenant: TenantId) -> AsyncIterator[Any]:
        """Give a connection inside a transaction of this tenant; whoever takes it must end it.

        One that comes back in a transaction is closed for good.
        """
        connection = await self._acquire()
        try:
            await self._open(connection, f"{opening};SET LOCAL limen.tenant='{tenant}'")
            yield connection
        except BaseException:
            connection.terminate()
            raise
        finally:
            if connection.is_in_transaction():
                connection.terminate()
            await self._pool.release(connection)

    async def _acquire(self) -> Any:
        try:
            return await self._pool.acquire(timeout=self._wait)
        except TimeoutError as error:
            raise Busy("no PostgreSQL connection is free") from error
        except (*LOST, asyncpg.PostgresError) as error:
            raise Unavailable(f"PostgreSQL: {error}") from error

    async def _open(self, connection: Any, sql: str) -> None:
        await connection.execute(sql + self._opening())


class PostgresStore:
    """One tenant's door to the pool."""

    __slots__ = ("_database", "tenant")

    def __init__(self, database: PostgresDatabase, tenant: TenantId) -> None:
        if not isinstance(tenant, UUID):  # pyright: ignore[reportUnnecessaryIsInstance] # it is written into SQL
            raise TypeError("a tenant is a UUID")
        self.tenant = tenant
        self._database = database

    async def one(self, statement: Statement[R], *arguments: object) -> R | None:
        plan = _reading(statement)
        row = await self._read("fetchrow", plan, arguments)
        return None if row is None else plan.make(row)

    async def all(self, statement: Statement[R], *arguments: object) -> list[R]:
        plan = _reading(statement)
        return [plan.make(row) for row in await self._read("fetch", plan, arguments)]

    async def scan(self, statement: Statement[R], *arguments: object) -> list[R]:
        """Read much: exports and reports, which may take their time."""
        return await self.all(statement, *arguments)

    async def _read(self, how: str, plan: Plan, arguments: tuple[object, ...]) -> Any:
        values = plan.bind(self.tenant, arguments)
        try:
            async with self._database.transaction("BEGIN READ ONLY", self.tenant) as connection:
                found = await getattr(connection, how)(plan.sql, *values)
                await connection.execute("COMMIT")
                return found
        except Exception as error:
            raise translate(error) from error

    async def transact(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        for attempt in range(1, ATTEMPTS):
            try:
                return await self._attempt(work)
            except AGAIN:
                await asyncio.sleep(secrets.randbelow(20 * attempt) / 1000)
        try:
            return await self._attempt(work)
        except AGAIN as error:
            raise Busy(f"PostgreSQL: {error}") from error

    async def _attempt(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        async with self._database.transaction("BEGIN", self.tenant) as connection:
            tx = PostgresTx(connection, self.tenant)
            try:
                result = await Watched(begin(work, tx), tx.is_waiting)
                if tx.failure is not None:
                    raise tx.failure  # swallowed by the unit, and kept all the same
            except Exception as error:
                await _roll_back(connection)
                return _reraise(error)
            await _commit(connection)
            for effect in tx.effects or ():
                _do(effect)
            return result


async def _commit(connection: Any) -> None:
    try:
        status = await connection.execute("COMMIT")
    except LOST as error:
        raise OutcomeUnknown(f"PostgreSQL: {error}") from error
    if status != "COMMIT":  # the server rolled it back without an error
        raise TransactionLost(f"COMMIT was answered by {status}")


async def _roll_back(connection: Any) -> None:
    try:
        await connection.execute("ROLLBACK")
    except LOST:
        connection.terminate()


def _reraise(error: Exception) -> Any:
    raise error


def _do(effect: Callable[[], None]) -> None:
    """An effect that fails cannot undo what is durable; it is logged."""
    try:
        effect()
    except Exception:
        _log.exception("an effect after a commit failed")


def _reading(statement: Statement[Any]) -> Plan:
    if not isinstance(statement, Query) or statement.writes:
        raise TypeError(f"{statement!r}: what writes needs a unit")
    return statement.on_postgresql()


async def open_postgres(
    url: str,
    _clock: Clock,
    *,
    pool_size: int = 10,
    wait: float = 1.0,
    opening: Callable[[], str] = str,
    settings: dict[str, str] | None = None,
    trusted: bool = False,
) -> PostgresDatabase:
    """Connect.  `wait` is how many seconds a caller waits for a connection.

    `opening` gives SQL that is added to the opening of each transaction.  Raises UnsafeRole
    where the role could step around row-level security, unless it is `trusted` (tests).
    """
    pool = await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=pool_size,
        timeout=wait,
        reset=_nothing,
        statement_cache_size=1024,
        max_cached_statement_lifetime=0,
        server_settings=_SETTINGS | (settings or {}),
    )
    database = PostgresDatabase(pool, wait, opening)
    try:
        if not trusted:
            async with pool.acquire() as connection:
                await check_role(connection)
    except BaseException:
        await database.aclose()
        raise
    return database


async def _nothing(_: Any) -> None:
    """Instead of `RESET ALL` and more at each release: only SET LOCAL is ever used."""
