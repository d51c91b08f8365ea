"""GET and POST /oauth2/userinfo (OpenID Connect Core §5.3, RFC 6750)."""

from dataclasses import dataclass

import msgspec

from limen.identity.api import Users
from limen.kernel.ids import UserId
from limen.oauth.access_tokens import AccessTokens
from limen.oauth.bindings import Bindings
from limen.oauth.errors import InsufficientScope, InvalidToken, OAuthRefusal
from limen.oauth.http.presented import NoToken, challenge_of, presented, status_of
from limen.oauth.http.protocol import JSON, NO_STORE
from limen.oauth.model.claims import claims_about, claims_of
from limen.oauth.model.scopes import OPENID
from limen.platform.http.messages import Request, Response

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class UserinfoEndpoint:
    """Two reads: everything that the token rests on, and the person."""

    access_tokens: AccessTokens
    users: Users
    bindings: Bindings

    async def __call__(self, request: Request) -> Response:
        try:
            return Response(200, await self._respond(request), JSON, list(NO_STORE))
        except OAuthRefusal as refusal:
            return challenge(request, refusal)

    async def _respond(self, request: Request) -> bytes:
        scheme, token = presented(request)
        tenant, store = request.tenant, request.store
        claims = await self.access_tokens.read(store, tenant, token)
        if claims is None or claims.user is None or tenant.issuer not in claims.audiences:
            raise InvalidToken("not for userinfo")
        await self.bindings.check(request, scheme, token, claims)
        if OPENID not in claims.scopes:
            raise InsufficientScope(OPENID)
        if not await self.access_tokens.stands(store, claims):
            raise InvalidToken("does not stand")
        user = await self.users.find(store, UserId(claims.user))
        if user is None:
            raise InvalidToken("no such person")
        names = claims_of(claims.scopes).union(claims.uic)
        return _encode({"sub": claims.sub, **claims_about(user, names)})


def challenge(request: Request, refusal: OAuthRefusal) -> Response:
    """Answer in the form of RFC 6750 §3."""
    body = b"{}" if isinstance(refusal, NoToken) else _encode(refusal.as_oauth())
    headers = [*NO_STORE, (b"www-authenticate", challenge_of(request, refusal).encode())]
    return Response(status_of(refusal), body, JSON, headers)
