"""A transaction on PostgreSQL, as a unit of work sees it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

from limen.kernel.ids import TenantId
from limen.kernel.uow import Statement
from limen.platform.db.errors import UnitOver
from limen.platform.db.postgres.driver import Connection
from limen.platform.db.postgres.errors import translate
from limen.platform.db.query import Plan, query_of

R = TypeVar("R")

_NOW = Plan("SELECT now()", lambda _tenant, _arguments: (), lambda row: row[0])


class PostgresTx:
    """One transaction.  After its first failure it does nothing more."""

    __slots__ = ("_connection", "_is_waiting", "_now", "effects", "failure", "tenant")

    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self.tenant = tenant
        self.failure: BaseException | None = None
        self.effects: list[Callable[[], None]] = []
        self._connection = connection
        self._is_waiting = False
        self._now: Any = None

    def is_waiting(self) -> bool:
        """Say whether a statement of this unit is on its way."""
        return self._is_waiting

    async def one(self, statement: Statement[R], *arguments: object) -> R | None:
        plan = query_of(statement).on_postgresql()
        row = await self._do(self._connection.fetchrow, plan, arguments)
        return None if row is None else plan.make(row)

    async def all(self, statement: Statement[R], *arguments: object) -> list[R]:
        plan = query_of(statement).on_postgresql()
        rows = await self._do(self._connection.fetch, plan, arguments)
        return [plan.make(row) for row in rows]

    async def run(self, statement: Statement[Any], *arguments: object) -> int:
        plan = query_of(statement).on_postgresql()
        status = await self._do(self._connection.execute, plan, arguments)
        return int(status.rpartition(" ")[2])  # "UPDATE 3", "INSERT 0 1"

    async def now(self) -> datetime:
        now = self._now
        if now is None:
            now = self._now = (await self._do(self._connection.fetchrow, _NOW, ()))[0]
        return now

    def after_commit(self, effect: Callable[[], None]) -> None:
        if self.failure is not None:
            raise self.failure
        self.effects.append(effect)

    def end(self) -> BaseException | None:
        """Refuse all further use; return the first failure, which the unit may have swallowed."""
        failure, self.failure = self.failure, UnitOver()
        return failure

    async def _do(
        self, call: Callable[..., Awaitable[Any]], plan: Plan, arguments: tuple[object, ...]
    ) -> Any:
        if self.failure is not None:
            raise self.failure
        try:
            values = plan.bind(self.tenant, arguments)
            self._is_waiting = True
            return await call(plan.sql, *values)
        except Exception as error:
            self.failure = translate(error, self._connection)
            if self.failure is error:
                raise
            raise self.failure from error
        except BaseException as error:
            self.failure = error
            raise
        finally:
            self._is_waiting = False
