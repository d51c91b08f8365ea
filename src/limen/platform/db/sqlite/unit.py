"""A transaction on SQLite, as a unit of work sees it."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from limen.kernel.ids import TenantId
from limen.kernel.uow import Statement
from limen.platform.db.errors import UnitOver
from limen.platform.db.query import Plan, query_of
from limen.platform.db.sqlite.connection import Connection, Rows, translate
from limen.platform.db.types import instant

R = TypeVar("R")


class SqliteTx:
    """One unit inside the writer's transaction.  After its first failure it does nothing more."""

    __slots__ = ("_connection", "_key", "effects", "failure", "tenant")

    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self.tenant = tenant
        self.failure: BaseException | None = None
        self.effects: list[Callable[[], None]] = []
        self._connection = connection
        self._key = tenant.bytes

    async def one(self, statement: Statement[R], *arguments: object) -> R | None:
        plan = query_of(statement).on_sqlite()
        rows, _ = self._execute(plan, arguments)
        return plan.make(rows[0]) if rows else None

    async def all(self, statement: Statement[R], *arguments: object) -> list[R]:
        plan = query_of(statement).on_sqlite()
        rows, _ = self._execute(plan, arguments)
        return [plan.make(row) for row in rows]

    async def run(self, statement: Statement[Any], *arguments: object) -> int:
        return self._execute(query_of(statement).on_sqlite(), arguments)[1]

    async def now(self) -> datetime:
        return instant(self._connection.moment or 0)

    def after_commit(self, effect: Callable[[], None]) -> None:
        if self.failure is not None:
            raise self.failure
        self.effects.append(effect)

    def end(self) -> BaseException | None:
        """Refuse all further use; return the first failure, which the unit may have swallowed."""
        failure, self.failure = self.failure, UnitOver()
        return failure

    def _execute(self, plan: Plan, arguments: tuple[object, ...]) -> tuple[Rows, int]:
        if self.failure is not None:
            raise self.failure
        try:
            return self._connection.execute(plan.sql, plan.bind(self._key, arguments))
        except sqlite3.Error as error:
            self.failure = translate(error)
            if self.failure is error:
                raise
            raise self.failure from error
        except BaseException as error:
            self.failure = error
            raise
