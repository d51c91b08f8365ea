"""A web server of somebody else, on this machine: says what a test wants, and counts."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Page = bytes | Callable[["Asked"], "bytes | Awaitable[bytes]"]


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Website:
    """`pages` holds a whole answer (see `page`) for each path, or what makes one."""

    port: int = 0
    scheme: str = "http"
    host: str = "localhost"
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"{self.scheme}://{self.host}:{self.port}{path}"

    def put(self, path: str, value: Any, **headers: str) -> str:
        """Let `path` say `value` as JSON; return its address."""
        self.pages[path] = page(json.dumps(value).encode(), **headers)
        return self.url(path)

    def count(self, path: str) -> int:
        return sum(asked.path == path for asked in self.asked)


def page(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    named = {"content_type": "application/json", "content_length": str(len(body)), **headers}
    lines = [f"HTTP/1.1 {status}", *(f"{k.replace('_', '-')}: {v}" for k, v in named.items() if v)]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {
        k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(method, path, headers, body)


@asynccontextmanager
async def website(tls: ssl.SSLContext | None = None) -> AsyncIterator[Website]:
    site = Website(scheme="https" if tls else "http")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = await _read(reader)
            site.asked.append(asked)
            answer = site.pages.get(asked.path.partition("?")[0], page(b"", "404 Not Found"))
            if callable(answer):
                made = answer(asked)
                answer = made if isinstance(made, bytes) else await made
            writer.write(answer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
