"""Seeing to it that a unit of work awaits nothing but its transaction."""

from collections.abc import Awaitable, Callable, Coroutine, Generator
from types import CoroutineType
from typing import Any, Generic, TypeVar

from limen.platform.db.errors import ForeignAwait

T = TypeVar("T")


def begin(work: Callable[[Any], Awaitable[T]], tx: object) -> Coroutine[Any, Any, T]:
    """Call `work` and return the coroutine that runs it."""
    started = work(tx)
    return started if isinstance(started, CoroutineType) else _wait_for(started)


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
        resume: Callable[[], Any] = lambda: self._coroutine.send(None)  # noqa: E731 - replaced below
        while True:
            try:
                awaited = resume()
            except StopIteration as done:
                return done.value
            if not self._is_waiting():
                self._coroutine.close()
                raise ForeignAwait
            resume = yield from self._pass_on(awaited)

    def _pass_on(self, awaited: object) -> Generator[Any, Any, Callable[[], Any]]:
        """Let the event loop wait, and return how the coroutine goes on."""
        try:
            yield awaited
        except BaseException as error:  # noqa: BLE001 - the loop's exception goes to the coroutine
            thrown = error
            return lambda: self._coroutine.throw(thrown)
        return lambda: self._coroutine.send(None)
