"""A transaction on PostgreSQL, as a unit of work sees it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

from limen.kernel.ids import TenantId
from limen.kernel.uow import Statement
from limen.platform.db.postgres.errors import translate
from limen.platform.db.query import Plan, Query

R = TypeVar("R")
T = TypeVar("T")


def plan_of(statement: Statement[Any]) -> Plan:
    if not isinstance(statement, Query):
        raise TypeError(f"{statement!r} is no Query")
    return statement.on_postgresql()


class PostgresTx:
    """One transaction.  After its first failure it does nothing more."""

    __slots__ = ("_connection", "_now", "_waiting", "effects", "failure", "tenant")

    def __init__(self, connection: Any, tenant: TenantId) -> None:
        self.tenant = tenant
        self.failure: BaseException | None = None
        self.effects: list[Callable[[], None]] | None = None
        self._connection = connection
        self._waiting = False
        self._now: datetime | None = None

    def is_waiting(self) -> bool:
        """Say whether a statement of this unit is on its way."""
        return self._waiting

    async def one(self, statement: Statement[R], *arguments: object) -> R | None:
        plan = plan_of(statement)
        row = await self._do(self._connection.fetchrow, plan, arguments)
        return None if row is None else plan.make(row)

    async def all(self, statement: Statement[R], *arguments: object) -> list[R]:
        plan = plan_of(statement)
        rows = await self._do(self._connection.fetch, plan, arguments)
        return [plan.make(row) for row in rows]

    async def run(self, statement: Statement[Any], *arguments: object) -> int:
        status = await self._do(self._connection.execute, plan_of(statement), arguments)
        return int(status.rpartition(" ")[2])  # "UPDATE 3", "INSERT 0 1"

    async def now(self) -> datetime:
        if self._now is None:
            self._now = await self._do(self._connection.fetchval, _NOW, ())
        return self._now

    def after_commit(self, effect: Callable[[], None]) -> None:
        if self.effects is None:
            self.effects = []
        self.effects.append(effect)

    async def _do(
        self, call: Callable[..., Awaitable[Any]], plan: Plan, arguments: tuple[object, ...]
    ) -> Any:
        if self.failure is not None:
            raise self.failure
        self._waiting = True
        try:
            return await call(plan.sql, *plan.bind(self.tenant, arguments))
        except Exception as error:
            self.failure = translate(error)
            if self.failure is error:
                raise
            raise self.failure from error
        except BaseException as error:
            self.failure = error
            raise
        finally:
            self._waiting = False


_NOW = Plan("SELECT now()", lambda _, __: (), lambda row: row[0])
