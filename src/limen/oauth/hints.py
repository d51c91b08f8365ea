"""ID tokens of ours that come back as id_token_hint: believed for who, never for what."""

from typing import ClassVar

import msgspec

from limen.kernel.clock import Clock
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader
from limen.oauth.keys.api import SigningKeys
from limen.platform.jose.encryption import decrypt, is_encrypted
from limen.platform.jose.verify import Expect, InvalidToken, verify


class HintClaims(msgspec.Struct, frozen=True):
    sub: str
    aud: str
    sid: str | None = None


class IdTokenHints:
    """Reads hints; an expired one still says who it was about (RP-Initiated Logout §2)."""

    _longest: ClassVar[int] = 24 * 3600

    def __init__(self, keys: SigningKeys, clock: Clock) -> None:
        self._keys, self._clock = keys, clock

    async def read(self, reader: Reader, tenant: Tenant, hint: str) -> HintClaims | None:
        """Return what a genuine hint says, None for anything else."""
        expect = Expect(
            typ="JWT",
            issuer=tenant.issuer,
            audience=None,
            claims=HintClaims,
            max_lifetime=self._longest,
            expired_ok=True,
        )
        keys = (await self._keys.published(reader)).keys
        try:
            if is_encrypted(hint):  # to us, by a client that got it encrypted (Core §3.1.2.1)
                hint = decrypt(hint, await self._keys.decrypting(reader))
            return verify(hint, keys, expect, now=self._clock.now().timestamp()).claims
        except InvalidToken:
            return None
