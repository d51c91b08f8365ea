"""POST /oauth2/introspect (RFC 7662): authenticated, and aware of the audience (R048, A029).

Whoever accepts `application/token-introspection+jwt` gets a signed answer, encrypted where its
client is registered for that (RFC 9701).
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from limen.kernel.clock import Clock
from limen.kernel.errors import Refusal
from limen.kernel.standing import Gate
from limen.oauth.access_tokens import AccessTokens
from limen.oauth.api import Client
from limen.oauth.client_auth import ClientAuthenticator
from limen.oauth.directory import Directory
from limen.oauth.encrypting import Encrypter
from limen.oauth.errors import InvalidClient
from limen.oauth.http.protocol import (
    JSON,
    NO_STORE,
    answer_refusal,
    back_channel,
    read_form,
)
from limen.oauth.keys.api import SigningKeys
from limen.oauth.model.access_claims import AccessClaims
from limen.oauth.model.confirmation import Confirmation
from limen.oauth.model.opaque import is_access_token, is_opaque
from limen.oauth.model.rests import principal_of
from limen.oauth.model.scopes import render_scope
from limen.oauth.profiles.requests import check_introspection
from limen.oauth.subjects import Subjects
from limen.platform.http.messages import Request, Response
from limen.platform.jose import base64url
from limen.platform.jose.sign import sign
from limen.sessions.api import RefreshTokens

TYP: Final = "token-introspection+jwt"
JWT: Final = b"application/token-introspection+jwt"
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
    keys: SigningKeys
    encrypter: Encrypter
    directory: Directory
    clock: Clock

    async def __call__(self, request: Request) -> Response:
        try:
            return await self._respond(request)
        except Refusal as refusal:
            return answer_refusal(request, refusal)

    async def _respond(self, request: Request) -> Response:
        parameters = await read_form(request)
        client = await self.authenticator.authenticate(back_channel(request, parameters))
        if client.is_public:
            raise InvalidClient("public client", reason="client_public")
        check_introspection(client, signed=_wants_jwt(request))
        token = parameters.need("token")
        find = self._access if is_access_token(token) else self._refresh
        body = await find(request, client, token)
        if _wants_jwt(request):
            body = await self._signed(request, client, body)
            return Response(200, body, JWT, list(NO_STORE))
        return Response(200, body, JSON, list(NO_STORE))

    async def _signed(self, request: Request, client: Client, body: bytes) -> bytes:
        """Return the answer for this resource server alone (RFC 9701 §5).

        It has neither `sub` nor `exp`, and a type of its own: nobody takes it for a token.
        """
        content: dict[str, object] = {
            "iss": request.tenant.issuer,
            "aud": client.client_id,
            "iat": int(self.clock.now().timestamp()),
            "token_introspection": msgspec.Raw(body),
        }
        alg = client.options.introspection_signed_response_alg or client.id_token_alg
        token = sign(await self.keys.signing(request.store, alg), TYP, content)
        return (await self.encrypter.seal(client, "introspection", token)).encode()

    async def _access(self, request: Request, client: Client, token: str) -> bytes:
        claims = await self.access_tokens.read(request.store, request.tenant, token)
        if claims is None or not _concerns(claims, client):
            return _INACTIVE
        catalog = await self.directory.catalog(request.store)
        if not catalog.is_served(claims.audiences, request.tenant.issuer):
            return _INACTIVE
        if not await self.access_tokens.stands(request.store, claims):
            return _INACTIVE
        return (_ACTIVE if claims.cnf is None else _active(claims.cnf)) + _said(token, claims)[1:]

    async def _refresh(self, request: Request, client: Client, token: str) -> bytes:
        """A refresh token concerns nobody but its own client."""
        family = await self.refresh_tokens.find(request.store, token)
        if family is None or family.client != client.id:
            return _INACTIVE
        if await self.gate.refusal(request.store, principal_of(family)) is not None:
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


def _wants_jwt(request: Request) -> bool:
    """True where the JWT is named, and not refused by q=0; no pattern means it (RFC 9701 §4)."""
    for accepted in (request.header(b"accept") or "").lower().split(","):
        kind, *parameters = (part.strip() for part in accepted.split(";"))
        if kind == JWT.decode():
            return not any(p[:3] == "q=0" and not p[3:].strip(".0") for p in parameters)
    return False


def _active(cnf: Confirmation) -> bytes:
    """RFC 9449 §6.2: the type tells how the token must be used."""
    return _ACTIVE.replace(b"Bearer", cnf.token_type.encode())


def _said(token: str, claims: AccessClaims) -> bytes:
    """Return all that the token says, what rules put there too: a believed one of ours."""
    return claims.encoded if is_opaque(token) else base64url.decode(token.split(".")[1].encode())


def _concerns(claims: AccessClaims, client: Client) -> bool:
    """True for the client that the token was issued to, and for the APIs that it is for."""
    if claims.client_id == client.client_id:
        return True
    audiences = claims.audiences
    return client.client_id in audiences or not audiences.isdisjoint(client.audiences)
