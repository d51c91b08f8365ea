"""Who asks: an application by its own token, never one that speaks for a person."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec

from limen.kernel.errors import Invalid, Refusal, TooMany
from limen.kernel.ids import parse_id
from limen.kernel.request import Cause
from limen.kernel.uow import Reader
from limen.oauth.access_tokens import AccessTokens
from limen.oauth.api import Client
from limen.oauth.bindings import Bindings
from limen.oauth.directory import Directory
from limen.oauth.errors import InsufficientScope, InvalidToken, OAuthRefusal
from limen.oauth.http.presented import presented
from limen.oauth.http.protocol import JSON, NO_STORE, as_client
from limen.oauth.http.userinfo import challenge
from limen.oauth.model.resources import management_audiences
from limen.oauth.signals.errors import NoSuchStream
from limen.oauth.signals.model.streams import Stream
from limen.oauth.signals.store import SqlStreams
from limen.platform.http.messages import Handler, Request, Response
from limen.platform.limits import Limit, Limiter

READ: Final = "ssf.read"
MANAGE: Final = "ssf.manage"
_PACE: Final = Limit(600, 60)
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Asking:
    """A receiver's request, once it is known whose it is."""

    request: Request
    client: Client

    @property
    def cause(self) -> Cause:
        return as_client(self.request.cause, self.client)


Handle = Callable[[Asking], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    access_tokens: AccessTokens
    bindings: Bindings
    directory: Directory
    streams: SqlStreams
    limiter: Limiter

    def asked(self, handle: Handle, *scopes: str) -> Handler:
        """Return the handler that lets in who has one of `scopes`."""

        async def handler(request: Request) -> Response:
            try:
                return await handle(await self._asking(request, scopes))
            except OAuthRefusal as refusal:
                return challenge(request, refusal)
            except Refusal as refusal:
                return _refused(refusal)

        return handler

    async def _asking(self, request: Request, scopes: tuple[str, ...]) -> Asking:
        scheme, token = presented(request)
        tenant, store = request.tenant, request.store
        claims = await self.access_tokens.read(store, tenant, token)
        if claims is None or management_audiences(tenant.issuer).isdisjoint(claims.audiences):
            raise InvalidToken("not for this server")
        await self.bindings.check(request, scheme, token, claims)
        if claims.user is not None or claims.principal.client is None:
            raise InvalidToken("speaks for a person")
        if claims.scopes.isdisjoint(scopes):
            raise InsufficientScope(scopes[0])
        if not await self.access_tokens.stands(store, claims):
            raise InvalidToken("does not stand")
        record = await self.directory.client_by_id(store, claims.principal.client)
        if record is None:
            raise InvalidToken("no such client")
        wait = self.limiter.take(f"signals:{tenant.id}:{record.client.id}", _PACE)
        if wait:
            raise TooMany("signals", retry_after=int(wait) + 1)
        return Asking(request, record.client)

    async def stream(self, asking: Asking, stream: str | None) -> Stream:
        """Return the client's own stream.  Raises NoSuchStream for any other (R114)."""
        return await self.find(asking.request.store, asking.client, parse_id(stream or ""))

    async def find(self, reader: Reader, client: Client, stream: UUID | None) -> Stream:
        found = None if stream is None else await self.streams.find(reader, stream)
        if found is None or found.client_id != client.id:
            raise NoSuchStream(f"stream {stream}")
        return found


def said(value: Any, status: int = 200) -> Response:
    return Response(status, _encode(value), JSON, list(NO_STORE))


def nothing(status: int = 204) -> Response:
    return Response(status, b"", None, list(NO_STORE))


def _refused(refusal: Refusal) -> Response:
    """Answer in RFC 8935's form; what is readable and wrong is a 400 here (SSF §8.1.1.1)."""
    status = 400 if isinstance(refusal, Invalid) else refusal.status
    body = {"err": "invalid_request" if status == 400 else refusal.code}
    response = said({**body, "description": refusal.shown}, status)
    if isinstance(refusal, TooMany):
        response.headers.append((b"retry-after", b"%d" % refusal.retry_after))
    return response
