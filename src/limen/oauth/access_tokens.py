"""Believing our own access tokens: the signature once, the standing every time (R041, R042).

An opaque one is looked up, and says the same claims.
"""

from functools import lru_cache

import msgspec

from limen.kernel.clock import Clock
from limen.kernel.standing import Gate
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader
from limen.oauth.keys.api import SigningKeys
from limen.oauth.model.access_claims import AccessClaims
from limen.oauth.model.opaque import PREFIX, is_opaque
from limen.oauth.ports import OpaqueTokens
from limen.oauth.subjects import Subjects
from limen.oauth.tokens import ACCESS_TYP
from limen.platform.crypto import digest_of
from limen.platform.jose.verified import VerifiedTokens
from limen.platform.jose.verify import Expect, InvalidToken

_LONGEST = 24 * 3600
_decoder = msgspec.json.Decoder(AccessClaims)


class AccessTokens:
    """Verifies access tokens of any tenant; the memory of verified ones is shared and bounded."""

    def __init__(
        self,
        keys: SigningKeys,
        opaque: OpaqueTokens,
        subjects: Subjects,
        gate: Gate,
        clock: Clock,
    ) -> None:
        self._keys, self._opaque, self._gate, self._clock = keys, opaque, gate, clock
        self._subjects = subjects
        self._verified = VerifiedTokens()

    async def read(self, reader: Reader, tenant: Tenant, token: str) -> AccessClaims | None:
        """Return what a genuine, unexpired token says; whether it still stands is not asked."""
        claims = await self._read(reader, tenant, token)
        if claims is None or claims.own is None or claims.is_known:
            return claims
        own = await self._subjects.open(reader, claims.jti, claims.own)
        if own is None:
            return None
        claims.keep(kept=own)
        return claims

    async def _read(self, reader: Reader, tenant: Tenant, token: str) -> AccessClaims | None:
        if token.startswith(PREFIX):
            return await self._kept(reader, token)
        expect = _expect(tenant.issuer)
        keys = (await self._keys.published(reader)).keys
        now = self._clock.now().timestamp()
        try:
            return self._verified.verify(token, keys, expect, now=now).claims
        except InvalidToken:
            return None

    async def _kept(self, reader: Reader, token: str) -> AccessClaims | None:
        """Return what an opaque token of the reader's tenant says, until it expires."""
        if not is_opaque(token):
            return None
        encoded = await self._opaque.find(reader, digest_of(token))
        if encoded is None:
            return None
        claims = _decoder.decode(encoded)
        claims.keep(encoded=encoded)  # with what rules put there
        return claims if self._clock.now().timestamp() < claims.exp else None

    async def stands(self, reader: Reader, claims: AccessClaims) -> bool:
        """True while everything that the token rests on may act: one read, all parts.

        An exchanged token takes one more for each token that it came from.
        """
        for principal in claims.principals:
            if await self._gate.refusal(reader, principal) is not None:
                return False
        return True

    async def accept(self, reader: Reader, tenant: Tenant, token: str) -> AccessClaims | None:
        """Return what a token says that is genuine and still stands, None for any other."""
        claims = await self.read(reader, tenant, token)
        if claims is None or not await self.stands(reader, claims):
            return None
        return claims


@lru_cache(maxsize=1024)
def _expect(issuer: str) -> Expect[AccessClaims]:
    """Return what a token of this issuer must be; whom it is for, the caller looks at."""
    return Expect(
        typ=ACCESS_TYP,
        issuer=issuer,
        audience=None,
        claims=AccessClaims,
        max_lifetime=_LONGEST,
    )
