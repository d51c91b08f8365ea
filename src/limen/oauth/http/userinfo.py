"""GET and POST /oauth2/userinfo (OpenID Connect Core §5.3, RFC 6750).

Plain JSON, or for a client that is registered for it a signed token, an encrypted one, or one
in the other (§5.3.2).
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from limen.identity.api import Users
from limen.kernel.ids import UserId
from limen.oauth.access_tokens import AccessTokens
from limen.oauth.api import Client
from limen.oauth.bindings import Bindings
from limen.oauth.claim_values import ClaimValues
from limen.oauth.directory import Directory
from limen.oauth.encrypting import Encrypter, is_encrypted_for
from limen.oauth.errors import InsufficientScope, InvalidToken, OAuthRefusal
from limen.oauth.http.presented import NoToken, challenge_of, presented, status_of
from limen.oauth.http.protocol import JSON, NO_STORE
from limen.oauth.keys.api import SigningKeys
from limen.oauth.model.access_claims import AccessClaims
from limen.oauth.model.claims import claims_about, claims_of
from limen.oauth.model.scopes import OPENID
from limen.platform.http.messages import Request, Response
from limen.platform.jose.sign import sign

USERINFO_TYP: Final = "userinfo+jwt"
"""Not `JWT`: nothing that we sign for one purpose is taken for another (RFC 8725 §3.11)."""
JWT: Final = b"application/jwt"
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class UserinfoEndpoint:
    """Two reads: everything that the token rests on, and the person."""

    access_tokens: AccessTokens
    users: Users
    bindings: Bindings
    keys: SigningKeys
    directory: Directory
    encrypter: Encrypter
    values: ClaimValues

    async def __call__(self, request: Request) -> Response:
        try:
            return await self._respond(request)
        except OAuthRefusal as refusal:
            return challenge(request, refusal)

    async def _respond(self, request: Request) -> Response:
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
        record = await self.directory.client(store, claims.client_id)
        client = record.client if record else None
        content = {**claims_about(user, names), **await self._more(request, client, claims)}
        return await self._worded(request, client, {**content, "sub": claims.sub})

    async def _more(
        self, request: Request, client: Client | None, claims: AccessClaims
    ) -> dict[str, object]:
        """Return the claims by rule."""
        if client is None or not client.options.claim_rules:
            return {}
        return await self.values.of(
            request.store, client, claims.user, rules=client.options.claim_rules,
            into="userinfo", scopes=claims.scopes,
        )  # fmt: skip

    async def _worded(
        self, request: Request, client: Client | None, content: dict[str, object]
    ) -> Response:
        alg = client and client.options.userinfo_signed_response_alg
        if client is None or (alg is None and not is_encrypted_for(client, "userinfo")):
            return Response(200, _encode(content), JSON, list(NO_STORE))
        text, cty = _encode(content).decode(), None
        if alg is not None:
            content = {**content, "iss": request.tenant.issuer, "aud": client.client_id}
            key = await self.keys.signing(request.store, alg)
            text, cty = sign(key, USERINFO_TYP, content), "JWT"
        sealed = await self.encrypter.seal(client, "userinfo", text, cty=cty)
        return Response(200, sealed.encode(), JWT, list(NO_STORE))


def challenge(request: Request, refusal: OAuthRefusal) -> Response:
    """Answer in the form of RFC 6750 §3."""
    body = b"{}" if isinstance(refusal, NoToken) else _encode(refusal.as_oauth())
    headers = [*NO_STORE, (b"www-authenticate", challenge_of(request, refusal).encode())]
    return Response(status_of(refusal), body, JSON, headers)
