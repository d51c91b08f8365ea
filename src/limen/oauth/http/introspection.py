"""POST /oauth2/introspect (RFC 7662): authenticated, and aware of the audience (R048, A029)."""

from dataclasses import dataclass
from typing import Final

import msgspec

from limen.kernel.errors import Refusal
from limen.kernel.standing import Gate, Principal
from limen.oauth.access_tokens import AccessTokens
from limen.oauth.api import Client
from limen.oauth.client_auth import ClientAuthenticator
from limen.oauth.errors import InvalidClient
from limen.oauth.http.protocol import (
    JSON,
    NO_STORE,
    answer_refusal,
    back_channel,
    read_form,
)
from limen.oauth.model.confirmation import Confirmation
from limen.oauth.model.opaque import is_access_token
from limen.oauth.model.scopes import render_scope
from limen.oauth.subjects import Subjects
from limen.oauth.tokens import AccessClaims
from limen.platform.http.messages import Request, Response
from limen.sessions.api import Family, RefreshTokens

_encode = msgspec.json.Encoder().encode
_INACTIVE: Final = b'{"active":false}'
_ACTIVE: Final = b'{"active":true,"token_type":"Bearer",'


class _Active(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 7662 §2.2, for a refresh token."""

    active: bool
    token_type: str
    client_id: str
    sub: str
    iss: str
    scope: str
    exp: int
    iat: int


@dataclass(frozen=True, slots=True)
class IntrospectionEndpoint:
    authenticator: ClientAuthenticator
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    subjects: Subjects
    gate: Gate

    async def __call__(self, request: Request) -> Response:
        try:
            body = await self._respond(request)
        except Refusal as refusal:
            return answer_refusal(request, refusal)
        return Response(200, body, JSON, list(NO_STORE))

    async def _respond(self, request: Request) -> bytes:
        parameters = await read_form(request)
        client = await self.authenticator.authenticate(back_channel(request, parameters))
        if client.is_public:
            raise InvalidClient("public client", reason="client_public")
        token = parameters.need("token")
        if is_access_token(token):
            return await self._access(request, client, token)
        return await self._refresh(request, client, token)

    async def _access(self, request: Request, client: Client, token: str) -> bytes:
        claims = await self.access_tokens.read(request.store, request.tenant, token)
        if claims is None or not _concerns(claims, client):
            return _INACTIVE
        if not await self.access_tokens.stands(request.store, claims):
            return _INACTIVE
        return (_ACTIVE if claims.cnf is None else _active(claims.cnf)) + claims.encoded[1:]

    async def _refresh(self, request: Request, client: Client, token: str) -> bytes:
        """A refresh token concerns nobody but its own client."""
        family = await self.refresh_tokens.find(request.store, token)
        if family is None or family.client != client.id:
            return _INACTIVE
        if await self.gate.refusal(request.store, _principal(family)) is not None:
            return _INACTIVE
        return _encode(
            _Active(
                active=True,
                token_type="refresh_token",  # noqa: S106 - the name of a kind, no secret
                client_id=client.client_id,
                sub=await self.subjects.of(request.store, client, family.user),
                iss=request.tenant.issuer,
                scope=render_scope(family.scope),
                exp=int(min(family.expires_at, family.idle_expires_at).timestamp()),
                iat=int(family.started_at.timestamp()),
            )
        )


def _active(cnf: Confirmation) -> bytes:
    """RFC 9449 §6.2: the type tells how the token must be used."""
    return _ACTIVE.replace(b"Bearer", cnf.token_type.encode())


def _concerns(claims: AccessClaims, client: Client) -> bool:
    """True for the client that the token was issued to, and for the APIs that it is for."""
    if claims.client_id == client.client_id:
        return True
    audiences = claims.audiences
    return client.client_id in audiences or not audiences.isdisjoint(client.audiences)


def _principal(family: Family) -> Principal:
    return Principal(
        user=family.user,
        session=None if family.offline else family.session,
        client=family.client,
        grant=family.grant,
        family=family.id,
    )
