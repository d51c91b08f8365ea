"""Stopping a unit after each of its statements (reliability.md, companion a)."""

from collections.abc import Awaitable, Callable
from typing import Any

from limen.kernel.uow import Store, Tx


class Crashed(Exception):  # noqa: N818 - says what happened
    """The process is gone, as far as this unit can tell."""


class _CrashingTx:
    """Passes `budget` statements on, then raises instead."""

    def __init__(self, tx: Tx, budget: int) -> None:
        self._tx, self._budget = tx, budget
        self.tenant = tx.tenant
        self.after_commit = tx.after_commit
        self.now = tx.now

    def _spend(self) -> None:
        if self._budget == 0:
            raise Crashed
        self._budget -= 1

    async def one(self, *arguments: Any) -> Any:
        self._spend()
        return await self._tx.one(*arguments)

    async def all(self, *arguments: Any) -> Any:
        self._spend()
        return await self._tx.all(*arguments)

    async def run(self, *arguments: Any) -> int:
        self._spend()
        return await self._tx.run(*arguments)


async def crash_everywhere(
    store: Store,
    work: Callable[[Tx], Awaitable[Any]],
    look: Callable[[], Awaitable[Any]],
) -> int:
    """Run `work` stopping after 0, 1, 2 … statements until it succeeds; return how many it has.

    Asserts that every stopped run left what `look` sees as it was.
    """
    before = await look()
    budget = 0
    while True:

        async def stopped(tx: Tx, budget: int = budget) -> Any:
            crashing: Any = _CrashingTx(tx, budget)
            return await work(crashing)

        try:
            await store.transact(stopped)
        except Crashed:
            assert await look() == before, f"kept something of a unit stopped after {budget}"
            budget += 1
        else:
            assert await look() != before, "the whole unit changed nothing"
            return budget
