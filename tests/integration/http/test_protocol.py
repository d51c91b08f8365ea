"""Answers on the wire, through a real server and a bare socket."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from limen.platform.http import protocol
from limen.platform.http.protocol import BrokenHeader, Protocol, head_of


async def app(scope: Any, receive: Any, send: Any) -> None:
    path = scope["path"]
    body = b"x" * 300_000 if path == "/large" else b"hello"
    status = int(path[1:]) if path[1:].isdigit() else 200
    headers = [(b"x-a", b"1"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    if path == "/split":
        headers.append((b"location", b"/\r\nset-cookie: c=3"))
    if path == "/slow":
        await asyncio.sleep(0.6)
    if path == "/echo":
        body = (await receive())["body"]
    if status not in (204, 304) and path != "/pieces":
        headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if path == "/pieces":
        await send({"type": "http.response.body", "body": b"he", "more_body": True})
        await send({"type": "http.response.body", "body": b"llo"})
        return
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            app, http=Protocol, loop="none", lifespan="off", log_config=None, access_log=False,
            server_header=False, date_header=False,
        )  # fmt: skip
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve([listening]))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
        yield listening.getsockname()[1]
        server.should_exit = True
        await running


async def exchange(port: int, request: str, *, until_closed: bool = True) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.replace("\n", "\r\n").encode())
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(-1 if until_closed else 65536), 5)
    writer.close()
    await writer.wait_closed()
    return answer


async def test_an_answer_is_whole() -> None:
    async with serving() as port:
        answer = await exchange(port, "GET / HTTP/1.1\nhost: a\nconnection: close\n\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert body == b"hello"
    assert head.split(b"\r\n") == [
        b"HTTP/1.1 200 OK", b"x-a: 1", b"set-cookie: a=1", b"set-cookie: b=2",
        b"content-length: 5", b"connection: close",
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["/204", "/304"])
async def test_what_has_no_body_gets_none(path: str) -> None:
    async with serving() as port:
        answer = await exchange(port, f"GET {path} HTTP/1.1\nhost: a\nconnection: close\n\n")
    assert answer.endswith(b"\r\n\r\n")
    assert b"content-length" not in answer


async def test_head_tells_the_length_and_sends_nothing() -> None:
    async with serving() as port:
        answer = await exchange(port, "HEAD / HTTP/1.1\nhost: a\nconnection: close\n\n")
    assert b"content-length: 5" in answer
    assert answer.endswith(b"\r\n\r\n")


async def test_a_connection_is_kept_and_may_be_pipelined() -> None:
    async with serving() as port:
        one = "GET / HTTP/1.1\nhost: a\n\n"
        last = "GET / HTTP/1.1\nhost: a\nconnection: close\n\n"
        answer = await exchange(port, one * 3 + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 4
    assert answer.count(b"hello") == 4


async def test_a_large_answer_arrives_whole() -> None:
    async with serving() as port:
        answer = await exchange(port, "GET /large HTTP/1.1\nhost: a\nconnection: close\n\n")
    assert len(answer.partition(b"\r\n\r\n")[2]) == 300_000


async def test_a_body_is_read_and_answered() -> None:
    async with serving() as port:
        request = "POST /echo HTTP/1.1\nhost: a\ncontent-length: 3\nconnection: close\n\nabc"
        answer = await exchange(port, request)
    assert answer.endswith(b"abc")


async def test_an_answer_in_pieces_is_chunked() -> None:
    async with serving() as port:
        answer = await exchange(port, "GET /pieces HTTP/1.1\nhost: a\nconnection: close\n\n")
    assert b"transfer-encoding: chunked" in answer
    assert answer.endswith(b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")


async def test_http_1_0_is_closed_after_the_answer() -> None:
    async with serving() as port:
        answer = await exchange(port, "GET / HTTP/1.0\nhost: a\n\n")
    assert answer.endswith(b"hello")


async def test_a_split_header_ends_in_500() -> None:
    """A115: no value of ours or of others puts a line into the head."""
    async with serving() as port:
        answer = await exchange(port, "GET /split HTTP/1.1\nhost: a\nconnection: close\n\n")
    assert answer.startswith(b"HTTP/1.1 500")
    assert b"c=3" not in answer


@pytest.mark.parametrize("value", [b"a\nb", b"a\rb", b"a\r\nb", b"a\0b"])
def test_a_line_break_in_a_header_is_refused(value: bytes) -> None:
    """A115."""
    with pytest.raises(BrokenHeader):
        head_of(200, [(b"x", value)], keep_alive=True)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_WITHIN", 0.3)
    monkeypatch.setattr(protocol, "_SWEEP_EVERY", 0.05)


async def closed_after(port: int, *pieces: bytes) -> float:
    """Send the pieces 40 ms apart, the last again and again; return when we were cut off."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = asyncio.get_running_loop().time()

    async def drip() -> None:
        for piece in pieces[:-1]:
            writer.write(piece)
            await asyncio.sleep(0.04)
        while pieces:
            writer.write(pieces[-1])
            await asyncio.sleep(0.04)

    dripping = asyncio.create_task(drip())
    with contextlib.suppress(ConnectionError):
        while await asyncio.wait_for(reader.read(65536), 5):
            pass
    dripping.cancel()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return asyncio.get_running_loop().time() - began


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "pieces",
    [
        (),  # connects and says nothing
        (b"GET /a", b"a"),
        (b"GET / HTTP/1.1\r\nhost: a\r\n", b"x"),  # a name that never ends
        (b"GET / HTTP/1.1\r\nhost: a\r\n", b"a: b\r\n"),  # headers without end
        (b"GET / HTTP/1.1\r\nhost: a\r\n\r\n", b"\r\n"),  # the next request never begins
        (b"GET / HTTP/1.1\r\nhost: a\r\n\r\n", b"GET / HTTP/1.1\r\nhost: a\r\nb: ", b"c"),
        (b"GET /204 HTTP/1.1\r\nhost: a\r\ncontent-length: 99999\r\n\r\n", b"x"),
    ],
    ids=range(7),
)
async def test_a_head_that_drips_is_not_waited_for(pieces: tuple[bytes, ...]) -> None:
    """A121, F32: one byte at a time holds a connection for the deadline and no longer."""
    async with serving() as port:
        waited = await closed_after(port, *pieces)
    assert 0.2 < waited < 2


@pytest.mark.usefixtures("impatient")
async def test_who_is_idle_between_requests_and_whose_answer_takes_long_stay() -> None:
    """A121: the deadline is for heads alone; nothing is left behind by closed connections."""
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for path in ("/", "/slow", "/"):
            writer.write(f"GET {path} HTTP/1.1\r\nhost: a\r\n\r\n".encode())
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            assert head.startswith(b"HTTP/1.1 200")
            await reader.readexactly(5)
            await asyncio.sleep(0.6)
        writer.close()
        await writer.wait_closed()
        await asyncio.sleep(0.15)
        assert not protocol._swept
