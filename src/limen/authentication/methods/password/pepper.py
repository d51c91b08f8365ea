"""The optional pepper (R073): a keyed step before the hash, under a key that is not in the store.

The key comes of the tenant's key, which only the master key unwraps: a copied store alone lets
nobody guess.  Wrapping the keys anew under another master key changes none of them, so that
rotating it keeps every password.  The version names how the key is derived.
"""

from base64 import urlsafe_b64encode

from limen.authentication.methods.password.hashing import Hasher
from limen.authentication.methods.password.text import encoded
from limen.authentication.ports import Verdict
from limen.kernel.uow import Reader
from limen.kernel.vault import Vault

PREFIX = "$limen-hmac$v=1"
_PURPOSE = "password.pepper.1"


class PepperedHasher:
    """`PasswordHasher`: verifies both kinds, makes the one that is `enabled`.

    A password of the other kind is outdated, and hashed anew at the next sign-in.
    """

    def __init__(self, hasher: Hasher, vault: Vault, *, enabled: bool) -> None:
        self._hasher, self._vault, self._enabled = hasher, vault, enabled

    async def hash(self, reader: Reader, password: str) -> str:
        """Raises ValueError for what the rules refuse."""
        if not self._enabled:
            return await self._hasher.hash(password)
        return PREFIX + await self._hasher.hash(await self._keyed(reader, password))

    async def verify(self, reader: Reader, password: str, hashed: str | None) -> Verdict:
        is_keyed = hashed is not None and hashed.startswith(PREFIX)
        if hashed is None or not is_keyed:
            verdict = await self._hasher.verify(password, hashed)
        else:
            keyed = await self._keyed(reader, password)
            verdict = await self._hasher.verify(keyed, hashed[len(PREFIX) :])
        return Verdict(verdict.ok, verdict.ok and (verdict.outdated or is_keyed != self._enabled))

    def accepts(self, hashed: str) -> bool:
        return self._hasher.accepts(hashed)

    async def _keyed(self, reader: Reader, password: str) -> str:
        """Return 43 letters for a password that may be; for others what the hasher refuses."""
        secret = encoded(password)
        if secret is None:
            return password
        keyring = await self._vault.keyring(reader)
        return urlsafe_b64encode(keyring.mac(_PURPOSE, secret)).decode().rstrip("=")
