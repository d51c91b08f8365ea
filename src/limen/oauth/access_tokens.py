"""Believing our own access tokens: the signature once, the standing every time (R041, R042)."""

from limen.kernel.clock import Clock
from limen.kernel.ids import parse_id
from limen.kernel.standing import Gate, Principal
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader
from limen.oauth.keys.api import SigningKeys
from limen.oauth.tokens import ACCESS_TYP, AccessClaims
from limen.platform.jose.verified import VerifiedTokens
from limen.platform.jose.verify import Expect, InvalidToken

_LONGEST = 24 * 3600


class AccessTokens:
    """Verifies access tokens of any tenant; the memory of verified ones is shared and bounded."""

    def __init__(self, keys: SigningKeys, gate: Gate, clock: Clock) -> None:
        self._keys, self._gate, self._clock = keys, gate, clock
        self._verified = VerifiedTokens()

    async def read(self, reader: Reader, tenant: Tenant, token: str) -> AccessClaims | None:
        """Return what a genuine, unexpired token says; whether it still stands is not asked."""
        expect = Expect(
            typ=ACCESS_TYP,
            issuer=tenant.issuer,
            audience=None,
            claims=AccessClaims,
            max_lifetime=_LONGEST,
        )
        keys = (await self._keys.published(reader)).keys
        now = self._clock.now().timestamp()
        try:
            return self._verified.verify(token, keys, expect, now=now).claims
        except InvalidToken:
            return None

    async def stands(self, reader: Reader, claims: AccessClaims) -> bool:
        """True while everything that the token rests on may act: one read, all parts."""
        return await self._gate.refusal(reader, principal_of(claims)) is None

    async def accept(self, reader: Reader, tenant: Tenant, token: str) -> AccessClaims | None:
        """Return what a token says that is genuine and still stands, None for any other."""
        claims = await self.read(reader, tenant, token)
        if claims is None or not await self.stands(reader, claims):
            return None
        return claims


def principal_of(claims: AccessClaims) -> Principal:
    """Return all that a token rests on.  A token of the local CLI has no client."""
    return Principal(
        user=claims.user,
        session=claims.sid,
        client=parse_id(claims.client_id),
        grant=claims.gid,
        family=claims.fid,
        token=claims.jti,
    )
