"""Connections to PostgreSQL, handed from caller to caller as they are.

Nothing is reset between two callers, since nothing is ever set for longer than a transaction;
a connection that comes back inside one is closed.  asyncpg's own pool spends two tasks and a
proxy on each use, which is a third of the CPU time of a read.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from limen.kernel.errors import Unavailable
from limen.platform.db.errors import Busy
from limen.platform.db.postgres.driver import Connection

_CLOSE_WITHIN = 5.0  # seconds


class Pool:
    """At most `size` connections; whoever finds none free waits for `patience` seconds.

    The last one given back is the first one taken: its statements are the freshest.
    """

    def __init__(
        self, connect: Callable[[], Awaitable[Connection]], size: int, patience: float
    ) -> None:
        self._connect = connect
        self._size = size
        self._patience = patience
        self._open = 0  # in use, free or being opened
        self._free: list[Connection] = []
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._closed = False
        self._emptied: asyncio.Future[None] | None = None

    async def take(self) -> Connection:
        """Return a connection of the caller's own until `give_back`.  Raises Unavailable."""
        connection = None
        while connection is None:
            if self._closed:
                raise Unavailable("the store is closed")
            if self._free:
                connection = self._usable(self._free.pop())
            elif self._open < self._size:
                connection = await self._add()
            else:
                connection = self._usable(await self._wait())
        return connection

    def give_back(self, connection: Connection) -> None:
        """Let others have it, unless it is closed or still inside a transaction."""
        if self._closed or connection.is_closed() or connection.is_in_transaction():
            connection.terminate()
            self._lose()
        elif not self._hand_over(connection):
            self._free.append(connection)

    async def aclose(self) -> None:
        """Close all connections; those in use, when they come back, or after 5 s anyhow."""
        self._closed = True
        while self._hand_over(None):
            pass  # each finds the pool closed
        while self._free:
            await self._free.pop().close(timeout=_CLOSE_WITHIN)
            self._open -= 1
        if self._open:
            self._emptied = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._emptied], timeout=_CLOSE_WITHIN)

    def _usable(self, connection: Connection | None) -> Connection | None:
        """Return it, or None where the server closed it meanwhile."""
        if connection is not None and connection.is_closed():
            connection.terminate()
            self._lose()
            return None
        return connection

    async def _add(self) -> Connection:
        self._open += 1
        try:
            return await self._connect()
        except OSError as error:
            self._lose()
            raise Unavailable(f"PostgreSQL: {error or type(error).__name__}") from error
        except BaseException:
            self._lose()
            raise

    async def _wait(self) -> Connection | None:
        """Wait for a connection, or (None) for the room to open one."""
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[Connection | None] = loop.create_future()
        timer = loop.call_later(self._patience, _give_up, turn)
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and (found := turn.result()) is not None:
                self.give_back(found)  # it came while the caller was leaving
            raise
        finally:
            timer.cancel()

    def _lose(self) -> None:
        self._open -= 1
        self._hand_over(None)
        if self._emptied is not None and not self._open and not self._emptied.done():
            self._emptied.set_result(None)

    def _hand_over(self, connection: Connection | None) -> bool:
        """Give it to whoever has waited longest; say whether there is anybody."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return True
        return False


def _give_up(turn: "asyncio.Future[Any]") -> None:
    if not turn.done():
        turn.set_exception(Busy("no PostgreSQL connection is free"))
