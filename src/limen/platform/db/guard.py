"""Seeing to it that a unit of work awaits nothing but its transaction."""

from collections.abc import Awaitable, Callable, Coroutine, Generator
from types import CoroutineType
from typing import Any, Generic, TypeVar, cast

from limen.platform.db.errors import ForeignAwait

T = TypeVar("T")


def begin(work: Callable[[Any], Awaitable[T]], tx: object) -> Coroutine[Any, Any, T]:
    """Call `work` and return the coroutine that runs it."""
    started: Any = work(tx)
    if isinstance(started, CoroutineType):
        return cast("Coroutine[Any, Any, T]", started)
    return _wait_for(started)


async def _wait_for(awaitable: Awaitable[T]) -> T:
    return await awaitable


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never has to wait, and return its result.  Raises ForeignAwait."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise ForeignAwait


class Watched(Generic[T]):
    """A coroutine that may wait only while `is_waiting` says that it waits for its store.

    Awaiting it raises ForeignAwait where the coroutine waits for anything else.
    """

    __slots__ = ("_coroutine", "_is_waiting")

    def __init__(self, coroutine: Coroutine[Any, Any, T], is_waiting: Callable[[], bool]) -> None:
        self._coroutine = coroutine
        self._is_waiting = is_waiting

    def __await__(self) -> Generator[Any, Any, T]:
        thrown: BaseException | None = None
        while True:
            try:
                awaited = self._go_on(thrown)
            except StopIteration as done:
                return done.value
            if not self._is_waiting():
                self._coroutine.close()
                raise ForeignAwait
            thrown = None
            try:
                yield awaited
            except BaseException as error:  # noqa: BLE001 - the event loop's, for the coroutine
                thrown = error

    def _go_on(self, thrown: BaseException | None) -> object:
        if thrown is None:
            return self._coroutine.send(None)
        return self._coroutine.throw(thrown)
