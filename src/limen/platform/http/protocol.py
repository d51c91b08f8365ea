"""HTTP/1.1 for uvicorn, with one write for a whole answer.

uvicorn sends the head when it comes, checks each header by two regular expressions, and then
sends the body.  Our answers are whole and their headers are our own, so that head and body can
go out at once with one check for all of them: a quarter less CPU for a small answer.
"""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Sequence
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

_Headers = Sequence[tuple[bytes, bytes]]
_EMPTY = (204, 304)


class BrokenHeader(RuntimeError):  # noqa: N818 - says what is wrong
    """A header holds a line break; the answer would have been split (RFC 9112 §11.1)."""


HEAD_WITHIN = 10.0  # seconds
_SWEEP_EVERY = 1.0
_swept: "WeakKeyDictionary[Any, TimerHandle]" = WeakKeyDictionary()  # by uvicorn's server state


class Protocol(HttpToolsProtocol):
    """uvicorn's own, but for how answers are written; `uvicorn.Config(http=Protocol)`.

    A head that is not whole within 10 s of its first byte, or of the connection, is not waited
    for (A121): `head_since` says since when we wait, and one timer for all connections looks.
    """

    head_since: float | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.head_since = self.loop.time()
        if self.server_state not in _swept:
            _sweep_later(self.server_state, self.loop)

    def data_received(self, data: bytes) -> None:
        if self.head_since is None and self.cycle.response_complete:
            self.head_since = self.loop.time()
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self.head_since = None
        super().on_headers_complete()

    def give_up(self) -> None:
        """Close what sends no whole head."""
        self.transport.close()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        super()._start_asgi_task(cycle, partial(_serve, app, cycle))


def _sweep_later(state: ServerState, loop: AbstractEventLoop) -> None:
    _swept[state] = loop.call_later(_SWEEP_EVERY, _sweep, state, loop)


def _sweep(state: ServerState, loop: AbstractEventLoop) -> None:
    """Close the connections whose head is late; look again while there are connections."""
    late = loop.time() - HEAD_WITHIN
    connections: list[Any] = list(state.connections)
    for connection in connections:
        since: float | None = connection.head_since
        if since is not None and since <= late:
            connection.give_up()
    if state.connections:
        _sweep_later(state, loop)
    else:
        del _swept[state]


async def _serve(
    app: Any, cycle: RequestResponseCycle, scope: Any, receive: Any, _send: Any
) -> None:
    await app(scope, receive, Sender(cycle))


class Sender:
    """The `send` of one request: keeps the head until the body comes."""

    __slots__ = ("_cycle", "_start")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._start: Any = None

    async def __call__(self, message: Any) -> None:
        """Write an answer; one that comes in pieces goes uvicorn's way.  Raises BrokenHeader."""
        start, self._start = self._start, None
        if message["type"] == "http.response.start":
            self._start = message
        elif start is None or message.get("more_body", False):
            if start is not None:
                await self._cycle.send(start)
            await self._cycle.send(message)
        else:
            await self._write(start["status"], start["headers"], message.get("body", b""))

    async def _write(self, status: int, headers: _Headers, body: bytes) -> None:
        cycle = self._cycle
        every = [*cycle.default_headers, *headers]  # theirs is the date
        head = head_of(status, every, keep_alive=cycle.keep_alive)
        if cycle.flow.write_paused and not cycle.disconnected:
            await cycle.flow.drain()
        if cycle.disconnected:
            return
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        bare = status in _EMPTY or cycle.scope["method"] == "HEAD"
        cycle.transport.write(head if bare else head + body)
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()


def head_of(status: int, headers: _Headers, *, keep_alive: bool) -> bytes:
    """Return the head of an answer.  Raises BrokenHeader for a line break in a header."""
    lines = [STATUS_LINE[status]]
    for name, value in headers:
        lines += (name, b": ", value, b"\r\n")
    if not keep_alive:
        lines.append(b"connection: close\r\n")
    lines.append(b"\r\n")
    head = b"".join(lines)
    breaks = len(headers) + (2 if keep_alive else 3)
    if head.count(b"\n") != breaks or head.count(b"\r") != breaks or b"\0" in head:
        raise BrokenHeader
    return head
