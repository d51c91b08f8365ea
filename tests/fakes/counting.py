"""A store that counts what is asked of it, for tests of equal work."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

from limen.kernel.ids import TenantId
from limen.kernel.uow import Statement, Store, Tx

R = TypeVar("R")
T = TypeVar("T")


class CountingStore:
    """`Store` that notes the kind of every call: `one`, `all`, `unit`, and in units `run`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.calls: list[str] = []

    @property
    def tenant(self) -> TenantId:
        return self._store.tenant

    @property
    def reads(self) -> int:
        return sum(call in ("one", "all") for call in self.calls)

    @property
    def units(self) -> int:
        return self.calls.count("unit")

    def reset(self) -> None:
        self.calls.clear()

    async def one(self, statement: Statement[R], *arguments: object) -> R | None:
        self.calls.append("one")
        return await self._store.one(statement, *arguments)

    async def all(self, statement: Statement[R], *arguments: object) -> list[R]:
        self.calls.append("all")
        return await self._store.all(statement, *arguments)

    async def transact(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        self.calls.append("unit")
        return await self._store.transact(lambda tx: work(_CountingTx(tx, self.calls)))


class _CountingTx:
    def __init__(self, tx: Tx, calls: list[str]) -> None:
        self._tx = tx
        self._calls = calls

    @property
    def tenant(self) -> TenantId:
        return self._tx.tenant

    async def one(self, statement: Statement[R], *arguments: object) -> R | None:
        self._calls.append("tx.one")
        return await self._tx.one(statement, *arguments)

    async def all(self, statement: Statement[R], *arguments: object) -> list[R]:
        self._calls.append("tx.all")
        return await self._tx.all(statement, *arguments)

    async def run(self, statement: Statement[Any], *arguments: object) -> int:
        self._calls.append("tx.run")
        return await self._tx.run(statement, *arguments)

    async def now(self) -> datetime:
        return await self._tx.now()

    def after_commit(self, effect: Callable[[], None]) -> None:
        self._tx.after_commit(effect)
