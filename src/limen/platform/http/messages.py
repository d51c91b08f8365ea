"""What a handler gets and gives: a request read once and strictly, and an answer."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from limen.kernel.errors import FieldError, Invalid, Malformed, Refusal
from limen.kernel.request import Cause
from limen.kernel.routes import Caller, Route
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.kernel.vault import Keyring

Headers = list[tuple[bytes, bytes]]
Receive = Callable[[], Awaitable[Any]]
B = TypeVar("B")

MAX_FIELDS = 100
MAX_DEPTH = 32
BODY_WITHIN = 10.0  # seconds


class TooLarge(Refusal):
    code = "too_large"
    status = 413
    hint = "The request is larger than this address accepts."


class TooSlow(Refusal):
    code = "request_timeout"
    status = 408
    hint = "The request did not arrive in time."


class RepeatedParameter(Malformed):
    """A parameter came twice (R007)."""

    code = "repeated_parameter"
    hint = "A parameter was sent more than once."


def parse_form(encoded: bytes, *, keep_empty: bool = False) -> dict[str, str]:
    """Return the parameters of a query or form; empty ones are left out (RFC 6749 §3.1).

    Raises RepeatedParameter, and Malformed for more than 100 fields or bytes that are no UTF-8.
    """
    if not encoded:
        return {}
    try:
        text = encoded.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise Malformed(f"parameters: {error}") from error
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RepeatedParameter("a parameter was repeated")
    return found if keep_empty else {name: value for name, value in pairs if value}


class Request:
    """One request, after the door resolved its tenant, route and caller.

    `store` is bound to the tenant, `keyring` holds its keys.  `caller` and `permissions` are
    set by the guard where the route asks for them.  `browser` is the secret of the session
    cookie where it could be opened.  On pages `binding` is a random secret of this browser,
    `csrf` the token for its forms, and `nonce` that of the page's scripts.  `certificate` is
    the one (DER) that the other side has proved to hold in its TLS handshake, and `chain` what
    came with it; who issued it has not been looked at.
    """

    __slots__ = (
        "_body", "_cookies", "_headers", "_query", "_receive", "binding", "browser", "caller",
        "cause", "certificate", "chain", "client_ip", "csrf", "effects", "keyring", "method",
        "nonce", "params", "path", "permissions", "raw_query", "route", "scheme", "store", "tenant",
    )  # fmt: skip

    def __init__(self, scope: Mapping[str, Any], receive: Receive) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.raw_query: bytes = scope["query_string"]
        self.scheme: str = scope["scheme"]
        self._headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
        self._receive = receive
        self._body: bytes | None = None
        self._query: dict[str, str] | None = None
        self._cookies: dict[str, str] | None = None
        self.params: Mapping[str, str] = {}
        self.browser: str | None = None
        self.binding: str = ""
        self.csrf: str = ""
        self.nonce: str = ""
        self.caller: Caller | None = None
        self.permissions: frozenset[str] = frozenset()
        self.client_ip: str = ""
        self.certificate: bytes | None = None
        self.chain: tuple[bytes, ...] = ()
        self.effects: Headers = []  # headers that the guard wants on the answer
        self.tenant: Tenant
        self.keyring: Keyring
        self.store: Store
        self.route: Route
        self.cause: Cause

    def header(self, name: bytes) -> str | None:
        """Return a header's value, or None; `name` is lower case.  Raises Malformed if repeated."""
        found: bytes | None = None
        for key, value in self._headers:
            if key == name:
                if found is not None:
                    raise Malformed(f"header {name!r} repeated")
                found = value
        return None if found is None else found.decode("latin-1")

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters, empty ones left out.  Raises RepeatedParameter, Malformed."""
        if self._query is None:
            self._query = parse_form(self.raw_query)
        return self._query

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies; of repeated names none is believed."""
        if self._cookies is None:
            self._cookies = _cookies(self._headers)
        return self._cookies

    async def body(self) -> bytes:
        """Return the whole body.  Raises TooLarge beyond the route's limit."""
        if self._body is None:
            self._body = await _read(self._receive, self.route.body_limit)
        return self._body

    async def form(self) -> dict[str, str]:
        """Return an `application/x-www-form-urlencoded` body, strictly read."""
        kind = self.header(b"content-type") or ""
        body = await self.body()
        if body and kind.split(";", 1)[0].strip().lower() != "application/x-www-form-urlencoded":
            raise Malformed(f"content type {kind!r}", hint="Send a form (x-www-form-urlencoded).")
        return parse_form(body)

    async def json(self, kind: type[B]) -> B:
        """Return the JSON body as `kind`.  Raises Malformed (no JSON), Invalid (wrong fields)."""
        return decode_json(await self.body(), kind, self.header(b"content-type") or "")


def decode_json(body: bytes, kind: type[B], content_type: str) -> B:
    if content_type.split(";", 1)[0].strip().lower() != "application/json":
        raise Malformed(f"content type {content_type!r}", hint="Send application/json.")
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _depth(body) > MAX_DEPTH:
        raise Malformed("nested too deeply")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `")
        name = place.rstrip("`").removeprefix("$").lstrip(".") or _named(message)
        raise Invalid(FieldError(name or "body", "invalid", message)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(str(error)) from error


def _named(message: str) -> str:
    parts = message.split("`")
    return parts[1] if len(parts) > 2 and "field" in message else ""


def _depth(body: bytes) -> int:
    depth = deepest = 0
    in_string = escaped = False
    for byte in body:
        if in_string:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_string = False
        elif byte == 0x22:
            in_string = True
        elif byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


def _cookies(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[str, str] = {}
    repeated: set[str] = set()
    for key, value in headers:
        if key != b"cookie":
            continue
        for pair in value[:8192].decode("latin-1").split(";"):
            name, equals, content = pair.strip().partition("=")
            if not equals:
                continue
            if name in found:
                repeated.add(name)
            found[name] = content
    for name in repeated:
        del found[name]
    return found


async def _read(receive: Receive, limit: int) -> bytes:
    """Return the whole body; what has not come within 10 s is not waited for (A121, F32)."""
    chunks: list[bytes] = []
    size, more = 0, True
    try:
        async with asyncio.timeout(BODY_WITHIN):
            while more and size <= limit:
                chunk, more = await _piece(receive)
                chunks.append(chunk)
                size += len(chunk)
    except TimeoutError as error:
        raise TooSlow(f"{size} bytes in {BODY_WITHIN} s") from error
    if size > limit:
        raise TooLarge(f"more than {limit} bytes")
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _piece(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Malformed("the client went away")
    return message.get("body", b""), message.get("more_body", False)


@dataclass(slots=True)
class Response:
    """An answer; the door adds length, security headers and the request id.

    `csp` replaces directives of the page policy (`form-action` on consent, say).
    `cookies` are ready `Set-Cookie` values.  `stream` follows in place of `body`; it ends by
    itself within a minute, whoever listens.
    """

    status: int = 200
    body: bytes = b""
    content_type: bytes | None = b"application/json"
    headers: Headers = field(default_factory=list)  # not list[…], whose call costs thrice as much
    cookies: list[str] = field(default_factory=list)
    csp: Mapping[str, str] | None = None
    stream: AsyncGenerator[bytes] | None = None


Handler = Callable[[Request], Awaitable[Response]]


def json_response(value: object, status: int = 200, headers: Headers | None = None) -> Response:
    return Response(status, msgspec.json.encode(value), b"application/json", headers or [])


def redirect(location: str, *, cookies: list[str] | None = None) -> Response:
    """Answer 303, never 307 (R005).  `location` was validated by whoever calls this."""
    return Response(303, b"", None, [(b"location", location.encode("ascii"))], cookies or [])
