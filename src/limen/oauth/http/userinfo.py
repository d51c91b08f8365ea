"""GET and POST /oauth2/userinfo (OpenID Connect Core §5.3, RFC 6750)."""

from dataclasses import dataclass

import msgspec

from limen.identity.api import Users
from limen.kernel.ids import UserId
from limen.oauth.access_tokens import AccessTokens
from limen.oauth.errors import InsufficientScope, InvalidToken, OAuthRefusal
from limen.oauth.http.protocol import JSON, NO_STORE, authorization_of
from limen.oauth.model.claims import claims_about, claims_of
from limen.oauth.model.scopes import OPENID
from limen.platform.http.messages import Request, Response

_encode = msgspec.json.Encoder().encode


class NoToken(InvalidToken):
    """Nothing was sent: the challenge then names no error (RFC 6750 §3.1)."""

    code = "token_missing"


@dataclass(frozen=True, slots=True)
class UserinfoEndpoint:
    """Two reads: everything that the token rests on, and the person."""

    access_tokens: AccessTokens
    users: Users

    async def __call__(self, request: Request) -> Response:
        try:
            return Response(200, await self._respond(request), JSON, list(NO_STORE))
        except OAuthRefusal as refusal:
            return challenge(request, refusal)

    async def _respond(self, request: Request) -> bytes:
        token = bearer_of(request)
        tenant, store = request.tenant, request.store
        claims = await self.access_tokens.read(store, tenant, token)
        if claims is None or claims.user is None or tenant.issuer not in claims.audiences:
            raise InvalidToken("not for userinfo")
        if OPENID not in claims.scopes:
            raise InsufficientScope(OPENID)
        if not await self.access_tokens.stands(store, claims):
            raise InvalidToken("does not stand")
        user = await self.users.find(store, UserId(claims.user))
        if user is None:
            raise InvalidToken("no such person")
        names = claims_of(claims.scopes).union(claims.uic)
        return _encode({"sub": claims.sub, **claims_about(user, names)})


def bearer_of(request: Request) -> str:
    """Return the token of the Authorization header; no other place is looked at (R036)."""
    header = authorization_of(request)
    if header is None:
        raise NoToken
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token or " " in token:
        raise NoToken(f"scheme {scheme[:20]!r}")
    return token


def challenge(request: Request, refusal: OAuthRefusal) -> Response:
    """Answer in the form of RFC 6750 §3."""
    parts = [f'Bearer realm="{request.tenant.issuer}"']
    body: dict[str, str] = {}
    if not isinstance(refusal, NoToken):
        parts += [f'error="{refusal.code}"', f'error_description="{refusal.shown}"']
        body = refusal.as_oauth()
    if isinstance(refusal, InsufficientScope):
        parts.append(f'scope="{refusal.scope}"')
    headers = [*NO_STORE, (b"www-authenticate", ", ".join(parts).encode())]
    return Response(refusal.status, _encode(body) if body else b"{}", JSON, headers)
