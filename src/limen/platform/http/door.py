"""The front door: one ASGI application for pages, protocol and API.

A request goes: host -> tenant -> route -> guard -> handler -> answer.
"""

import logging
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol
from urllib.parse import urlsplit

from limen.kernel.errors import NotFound, Refusal
from limen.kernel.request import ANONYMOUS, Cause
from limen.kernel.routes import PUBLIC, Route
from limen.kernel.tenant import DEFAULT_SLUG, Tenant
from limen.kernel.uow import NIL, Database
from limen.kernel.vault import Vault
from limen.platform.http.answers import (
    ErrorPages,
    InternalError,
    MethodNotAllowed,
    MisdirectedHost,
    headers_of,
    oauth_error,
    problem,
)
from limen.platform.http.cors import Cors
from limen.platform.http.csrf import bind
from limen.platform.http.guard import Guard, SignInNeeded, to_sign_in
from limen.platform.http.headers import answer_headers
from limen.platform.http.idempotency import Idempotency
from limen.platform.http.messages import Handler, Request, Response, TooLarge
from limen.platform.http.origin import Proxies
from limen.platform.http.paths import split_tenant, under_base
from limen.platform.http.ready import ReadyAnswers
from limen.platform.http.registry import Entry, Match, Registry
from limen.platform.http.strict import check_undeclared
from limen.platform.mtls.certificates import Certificates
from limen.platform.telemetry.logs import request_id as logged_id

_log = logging.getLogger("limen.door")
_REQUEST_ID = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
_PROCESS, _NUMBERS = secrets.token_hex(6), count(1)  # together never the same twice
_CONDITIONS = frozenset((b"if-none-match", b"if-modified-since", b"range"))
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PAIRS = [a + b for a in _LETTERS for b in _LETTERS]
_REFS = count(secrets.randbits(30))
_STEP = 0x2545F491  # odd: it walks through all 2**30 references before one comes again

Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class Observer(Protocol):
    """Counts answers; called once a request with seconds taken."""

    def request(self, method: str, operation: str, status: int, seconds: float) -> None: ...


class TenantResolver(Protocol):
    async def by_slug(self, slug: str) -> Tenant | None: ...


class Refusals(Protocol):
    """Records refusals that a person may ask about, findable by their reference."""

    async def refused(self, request: Request, refusal: Refusal) -> None: ...


def _unrouted(answer: Any) -> Route:
    return Route(
        method="GET", path="", operation="door.unrouted", summary="", access=PUBLIC,
        answer=answer, rate="none", csrf="none", cache="no-store",
    )  # fmt: skip


_NO_API_ROUTE, _NO_PAGE_ROUTE = _unrouted("api"), _unrouted("page")


@dataclass(kw_only=True)
class Door:
    """`bare` are the paths that need neither host nor tenant: health and metrics.

    `certificates` is given where clients can show theirs; protocol endpoints then answer at
    `alias` too, the base URL of the listener for certificates.
    """

    issuer: str
    registry: Registry
    guard: Guard
    tenants: TenantResolver
    database: Database
    vault: Vault
    pages: ErrorPages
    proxies: Proxies
    cors: Cors
    observer: Observer
    refusals: Refusals
    idempotency: Idempotency
    bare: Mapping[str, Handler]
    certificates: Certificates | None = None
    alias: str | None = None

    def __post_init__(self) -> None:
        self._ready = ReadyAnswers()
        self._nobody = Tenant(NIL, "", "Limen", self.issuer, "", 0)
        parts = urlsplit(self.issuer)
        self._host = parts.netloc.lower().encode()
        self._base = parts.path
        self._secure = parts.scheme == "https"
        self._alias = urlsplit(self.alias).netloc.encode() if self.alias else None

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        """Serve one HTTP request; never raises, unless the client went away."""
        started = time.perf_counter()
        ready = self._ready.find(scope["path"])
        if ready is not None and (request_id := self._may_repeat(scope)):
            headers = [*ready.headers, (b"x-request-id", request_id)]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": ready.body})
            self.observer.request("GET", ready.operation, 200, time.perf_counter() - started)
            return
        await self._answer(scope, receive, send, started)

    def _may_repeat(self, scope: Any) -> bytes | None:
        """Return the request's id if it asks for nothing but the thing itself, else None."""
        if scope["method"] != "GET" or scope["query_string"]:
            return None
        request_id = b""
        host = False
        for name, value in scope["headers"]:
            if name == b"host":
                host = value == self._host
            elif name == b"x-request-id":
                request_id = value
            elif name in _CONDITIONS:
                return None
        if not host:
            return None
        return _request_id(request_id.decode("latin-1")).encode()

    async def _answer(self, scope: Any, receive: Any, send: Send, started: float) -> None:
        path: str = scope["path"]
        request = Request(scope, receive)
        entry: Entry | None = None
        try:
            self._introduce(scope, request)
            bare = self.bare.get(request.path)
            if bare is not None:
                response, operation = await bare(request), request.path
            else:
                entry, response = await self._serve(request)
                operation = entry.route.operation if entry else "unrouted"
        except Exception:  # noqa: BLE001 - logged, and the caller still gets an answer
            # The last resort: even rendering the error failed.
            _log.exception("could not answer", extra={"path": request.path})
            response, operation = Response(500, b'{"error":"server_error"}'), "broken"
        headers = answer_headers(request, entry, response, secure=self._secure)
        if entry is not None:
            self._ready.keep(path, request, entry.route, response, headers)
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        if response.stream is not None:
            await _pour(response.stream, request, send)
        body = b"" if request.method == "HEAD" else response.body
        await send({"type": "http.response.body", "body": body})
        taken = time.perf_counter() - started
        self.observer.request(request.method, operation, response.status, taken)

    async def _serve(self, request: Request) -> tuple[Entry | None, Response]:
        entry: Entry | None = None
        try:
            await self._resolve_tenant(request)
            match = self._match(request)
            if request.method == "OPTIONS":
                return None, await self.cors.preflight(request, match)
            entry = self._choose(request, match)
            self._check_place(request, entry.route)
            request.route, request.params = entry.route, match.params
            await self.guard.admit(request)
            await check_undeclared(request)
            response = await self.idempotency.run(request, entry.handler)
        except SignInNeeded as needed:
            response = to_sign_in(request, needed)
        except Refusal as refusal:
            response = await self._refuse(request, refusal)
        except Exception as error:  # noqa: BLE001 - logged, and answered as a fault of ours
            _log.exception("fault", extra={"request_id": request.cause.request_id})
            refusal = InternalError(type(error).__name__)
            response = await self._refuse(request, refusal)
        await self.cors.decorate(request, response)
        return entry, response

    def _introduce(self, scope: Any, request: Request) -> None:
        """Give the request an identity before anything can go wrong with it."""
        request.client_ip = self.proxies.client(scope)
        if self.certificates is not None:
            request.certificate = self.certificates.of(scope)
            request.chain = self.certificates.chain_of(scope)
        given, agent = "", None
        for name, value in scope["headers"]:
            if name == b"x-request-id":
                given = value.decode("latin-1")
            elif name == b"user-agent":
                agent = value[:512].decode("latin-1")
        given = _request_id(given)
        logged_id.set(given)
        request.cause = Cause(ANONYMOUS, given, _new_ref(), request.client_ip or None, agent)
        request.route = _NO_API_ROUTE if "/api/" in request.path else _NO_PAGE_ROUTE
        request.tenant = self._nobody

    async def _resolve_tenant(self, request: Request) -> None:
        default = await self.tenants.by_slug(DEFAULT_SLUG)
        if default is None:
            raise NotFound("the default tenant is missing")
        await self._enter(request, default)
        host = (request.header(b"host") or "").lower().encode("latin-1")
        if host != self._host and not (host and host == self._alias):
            hint = f"This server is {self.issuer}, and answers there only."
            raise MisdirectedHost(f"host {host!r}", hint=hint)
        path = under_base(request.path, self._base)
        if path is None:
            raise NotFound("outside the issuer's path")
        slug, request.path = split_tenant(path)
        if slug is not None:
            tenant = await self.tenants.by_slug(slug) if slug != DEFAULT_SLUG else None
            if tenant is None:
                raise NotFound(f"no tenant {slug!r}")
            await self._enter(request, tenant)

    async def _enter(self, request: Request, tenant: Tenant) -> None:
        request.tenant = tenant
        request.store = self.database.tenant(tenant.id)
        request.keyring = await self.vault.keyring(request.store)

    def _match(self, request: Request) -> Match:
        match = self.registry.find(request.path)
        if match is None:
            raise NotFound(f"no route {request.path!r}")
        request.route = next(iter(match.entries.values())).route
        return match

    def _check_place(self, request: Request, route: Route) -> None:
        """Keep people's pages off the host where certificates are asked for.

        The API answers there: its tokens may be bound to a certificate (RFC 8705 §3).
        """
        if self._alias is None or route.answer != "page":
            return
        if (request.header(b"host") or "").lower().encode("latin-1") != self._host:
            raise MisdirectedHost("alias", hint=f"This is served at {self.issuer} only.")

    def _choose(self, request: Request, match: Match) -> Entry:
        method = "GET" if request.method == "HEAD" else request.method
        entry = match.entries.get(method)
        if entry is None:
            raise MethodNotAllowed(match.allow)
        length = request.header(b"content-length")
        if length is not None and (not length.isdigit() or int(length) > entry.route.body_limit):
            raise TooLarge(f"content-length {length[:20]}")
        return entry

    async def _refuse(self, request: Request, refusal: Refusal) -> Response:
        form = request.route.answer
        if form == "api" or request.tenant is self._nobody:  # no keys to make a page with
            return problem(request, refusal)
        if form == "protocol":
            return oauth_error(request, refusal)
        await self.refusals.refused(request, refusal)
        if not request.nonce:
            bind(request)
        response = self.pages.error(request, refusal)
        response.headers += headers_of(refusal, request.tenant.issuer)
        return response


async def _pour(stream: AsyncGenerator[bytes], request: Request, send: Send) -> None:
    """Send a stream piece by piece; what breaks in it ends it."""
    try:
        async for piece in stream:
            if request.method != "HEAD":
                await send({"type": "http.response.body", "body": piece, "more_body": True})
    except Exception:  # noqa: BLE001 - logged; the status is sent already
        _log.exception("a stream broke", extra={"request_id": request.cause.request_id})
    finally:
        await stream.aclose()


def _new_ref() -> str:
    """Return a reference that a person can read out: `7F3K-2M`."""
    bits = next(_REFS) * _STEP & 0x3FFFFFFF
    return f"{_PAIRS[bits >> 20]}{_PAIRS[bits >> 10 & 1023]}-{_PAIRS[bits & 1023]}"


def _request_id(given: str) -> str:
    """Return the id that the caller gave, if it is a plain one, else a new one."""
    if given and len(given) <= 64 and _REQUEST_ID.issuperset(given):
        return given
    return f"{_PROCESS}{next(_NUMBERS):x}"
