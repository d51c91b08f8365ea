"""The outgoing client: one request, one connection, no redirect, everything bounded."""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from limen.kernel.clock import Clock
from limen.platform.fetch.documents import Documents
from limen.platform.fetch.errors import FetchFailed
from limen.platform.fetch.settings import FetchSettings
from limen.platform.fetch.targets import Admission, Resolver, Target, parse_target

if TYPE_CHECKING:
    import httpcore

LIMIT: Final = 1024 * 1024
_AGENT: Final = b"Limen"
Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer, whatever its status; names of headers are in lower case, repeated ones joined."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Fetcher:
    """Asks addresses that somebody else chose; raises FetchFailed, and nothing else.

    Not inside a transaction.  A redirect is an answer like any other: nobody follows it.
    """

    def __init__(
        self,
        settings: FetchSettings,
        clock: Clock,
        *,
        dev: bool = False,
        resolve: Resolver | None = None,
    ) -> None:
        self._settings = settings
        self._admission = Admission(settings.allow, loopback=dev, resolve=resolve)
        self._turns = asyncio.Semaphore(settings.max_concurrent)
        self._tls: ssl.SSLContext | None = None
        self._documents = Documents(self._document, clock)

    async def get(
        self,
        url: str,
        *,
        accept: str = "application/json",
        headers: Sequence[Header] = (),
        limit_bytes: int = LIMIT,
        timeout: float | None = None,
    ) -> Fetched:
        """Return the answer; `timeout` is in seconds, for all of it."""
        own = [("accept", accept), *headers]
        return await self._request("GET", url, own, None, limit_bytes, timeout)

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Sequence[Header] = (),
        *,
        limit_bytes: int = 64 * 1024,
        timeout: float | None = None,
    ) -> Fetched:
        """Send `body`, with its content type among `headers`, and return the answer."""
        return await self._request("POST", url, headers, body, limit_bytes, timeout)

    async def get_json_cached(
        self,
        url: str,
        *,
        accept: str = "application/json",
        limit_bytes: int = LIMIT,
        newer_than: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        """Return the JSON object at `url`: the same one as long as it is fresh; change nothing.

        With `newer_than`, one that was given before, another is fetched, unless that one is
        younger than 30 s; then it is given again.
        """
        return await self._documents.get(url, accept, limit_bytes, newer_than)

    async def _document(self, url: str, accept: str, limit_bytes: int) -> Fetched:
        return await self.get(url, accept=accept, limit_bytes=limit_bytes)

    async def _request(
        self,
        method: str,
        url: str,
        headers: Sequence[Header],
        body: bytes | None,
        limit_bytes: int,
        timeout: float | None,
    ) -> Fetched:
        target = parse_target(url)
        sent = _request_headers(target, headers, body)
        within = timeout or self._settings.timeout.total_seconds()
        try:
            async with asyncio.timeout(within), self._turns:
                return await self._exchange(method, target, sent, body, limit_bytes)
        except TimeoutError as error:
            raise FetchFailed("timeout", target.host) from error

    async def _exchange(
        self,
        method: str,
        target: Target,
        headers: list[tuple[bytes, bytes]],
        body: bytes | None,
        limit_bytes: int,
    ) -> Fetched:
        import httpcore  # where first used: many servers never ask anybody

        from limen.platform.fetch.pinned import Pinned

        addresses = await self._admission.admit(target)
        connect = self._settings.connect_timeout.total_seconds()
        scheme = b"https" if target.secure else b"http"
        url = httpcore.URL(
            scheme=scheme, host=target.host.encode(), port=target.port, target=target.path.encode()
        )
        times = {"connect": connect, "pool": connect}
        try:
            async with (
                httpcore.AsyncConnectionPool(
                    ssl_context=self._context() if target.secure else None,
                    network_backend=Pinned(addresses),
                    retries=0,
                ) as pool,
                pool.stream(
                    method, url, headers=headers, content=body, extensions={"timeout": times}
                ) as answer,
            ):
                return await _read(answer, limit_bytes)
        except httpcore.TimeoutException as error:
            raise FetchFailed("timeout", target.host) from error
        except (httpcore.ConnectError, ssl.SSLError) as error:
            raise FetchFailed("connect", f"{target.host}: {error}") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise FetchFailed("broken", f"{target.host}: {error}") from error

    def _context(self) -> ssl.SSLContext:
        """Return what we ask of servers: TLS 1.2 or newer, a valid certificate (R143)."""
        if self._tls is None:
            context = ssl.create_default_context()
            paths = ssl.get_default_verify_paths()
            if not paths.cafile and not paths.capath:  # a system without any
                import certifi

                context.load_verify_locations(certifi.where())
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if self._settings.ca_file is not None:
                context.load_verify_locations(self._settings.ca_file)
            self._tls = context
        return self._tls


def _request_headers(
    target: Target, headers: Sequence[Header], body: bytes | None
) -> list[tuple[bytes, bytes]]:
    sent = [
        (b"host", target.authority.encode()),
        (b"user-agent", _AGENT),
        (b"accept-encoding", b"identity"),
        (b"connection", b"close"),
    ]
    if body is not None:
        sent.append((b"content-length", b"%d" % len(body)))
    for name, value in headers:
        if not value.isascii() or not value.isprintable():
            raise FetchFailed("url", f"header {name}")
        sent.append((name.encode("ascii"), value.encode("ascii")))
    return sent


async def _read(answer: "httpcore.Response", limit: int) -> Fetched:
    """Return the answer, read no further than `limit`; nothing is ever inflated."""
    headers: dict[str, str] = {}
    for raw, value in answer.headers:
        name, text = raw.decode("latin-1").lower(), value.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise FetchFailed("encoding", headers["content-encoding"][:40])
    length = headers.get("content-length", "")
    if length.isdecimal() and (len(length) > 12 or int(length) > limit):
        raise FetchFailed("too_large", length[:40])
    body = bytearray()
    async for chunk in answer.aiter_stream():
        body += chunk
        if len(body) > limit:
            raise FetchFailed("too_large", f"more than {limit}")
    return Fetched(answer.status, headers, bytes(body))
