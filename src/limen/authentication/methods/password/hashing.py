"""Hashes of passwords in PHC form: Argon2id for new ones, bcrypt verified, or the other way.

Verifying always costs one hash, for an unknown person too (R078, A063).
"""

import hmac
import logging
from base64 import b64encode
from secrets import choice, token_bytes

from limen.authentication.methods.password.pool import HashingPool
from limen.authentication.methods.password.settings import PasswordSettings
from limen.authentication.methods.password.text import encoded
from limen.authentication.ports import Verdict

_log = logging.getLogger("limen.authentication")
_BCRYPT_BYTES = 72
_BCRYPT_LETTERS = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_BCRYPT = ("$2a$", "$2b$", "$2y$")
_SALT_BYTES, _TAG_BYTES = 16, 32
_MOST_MEMORY, _MOST_PASSES, _MOST_LANES, _MOST_COST = 1 << 20, 32, 16, 16


class Hasher:
    """`PasswordHasher` over a HashingPool."""

    def __init__(self, pool: HashingPool, settings: PasswordSettings) -> None:
        self._pool = pool
        self._settings = settings
        self._nobodys = self._made_up()

    async def hash(self, password: str) -> str:
        """Return the PHC string.  Raises ValueError for what the rules refuse."""
        secret = encoded(password)
        if secret is None:
            raise ValueError("this password can be nobody's")
        return await self._pool.run(lambda: self._hash(secret))

    async def verify(self, password: str, hashed: str | None) -> Verdict:
        secret = encoded(password)
        return await self._pool.run(lambda: self._verify(secret, hashed))

    def accepts(self, hashed: str) -> bool:
        """Say whether an imported hash is of a kind we verify, at a cost that we bear."""
        if hashed.startswith(_BCRYPT):
            return len(hashed) == 60 and 4 <= _bcrypt_cost(hashed) <= _MOST_COST
        import argon2

        try:
            found = argon2.extract_parameters(hashed)
        except argon2.exceptions.InvalidHashError:
            return False
        return (
            found.memory_cost <= _MOST_MEMORY
            and found.time_cost <= _MOST_PASSES
            and found.parallelism <= _MOST_LANES
        )

    def _hash(self, secret: bytes) -> str:
        if self._settings.algorithm == "bcrypt" and _fits_bcrypt(secret):
            import bcrypt

            return bcrypt.hashpw(secret, bcrypt.gensalt(self._settings.bcrypt_cost)).decode()
        from argon2.low_level import Type, hash_secret

        return hash_secret(
            secret,
            token_bytes(_SALT_BYTES),
            time_cost=self._settings.argon2_time,
            memory_cost=self._settings.argon2_memory,
            parallelism=self._settings.argon2_parallelism,
            hash_len=_TAG_BYTES,
            type=Type.ID,
        ).decode()

    def _verify(self, secret: bytes | None, hashed: str | None) -> Verdict:
        if secret is None or hashed is None:
            self._matches(secret or b"", self._nobodys)
            return Verdict(ok=False, outdated=False)
        if self._matches(secret, hashed):
            return Verdict(ok=True, outdated=self._is_outdated(secret, hashed))
        return Verdict(ok=False, outdated=False)

    def _matches(self, secret: bytes, hashed: str) -> bool:
        if hashed.startswith(_BCRYPT):
            return _matches_bcrypt(secret, hashed)
        import argon2
        from argon2.low_level import Type, verify_secret

        kinds = {"$argon2id": Type.ID, "$argon2i$": Type.I, "$argon2d$": Type.D}
        kind = kinds.get(hashed[:9])
        if kind is None:
            _log.error("a stored password hash is of an unknown kind")
            return False
        try:
            return verify_secret(hashed.encode(), secret, kind)
        except argon2.exceptions.VerifyMismatchError:
            return False
        except argon2.exceptions.VerificationError:
            _log.exception("a stored password hash cannot be verified")
            return False

    def _is_outdated(self, secret: bytes, hashed: str) -> bool:
        """Say whether we would hash it differently now (R072)."""
        if self._settings.algorithm == "bcrypt" and _fits_bcrypt(secret):
            return _bcrypt_cost(hashed) != self._settings.bcrypt_cost
        if not hashed.startswith("$argon2id$"):
            return True
        import argon2

        found = argon2.extract_parameters(hashed)
        wanted = self._settings
        return (found.memory_cost, found.time_cost, found.parallelism, found.hash_len) != (
            wanted.argon2_memory,
            wanted.argon2_time,
            wanted.argon2_parallelism,
            _TAG_BYTES,
        )

    def _made_up(self) -> str:
        """Return a hash that costs what ours cost and that no password has."""
        if self._settings.algorithm == "bcrypt":
            letters = "".join(choice(_BCRYPT_LETTERS) for _ in range(52))
            return f"$2b${self._settings.bcrypt_cost:02}${letters[:21]}.{letters[21:51]}."
        cost = (
            f"m={self._settings.argon2_memory},t={self._settings.argon2_time},"
            f"p={self._settings.argon2_parallelism}"
        )
        return f"$argon2id$v=19${cost}${_base64(_SALT_BYTES)}${_base64(_TAG_BYTES)}"


def _matches_bcrypt(secret: bytes, hashed: str) -> bool:
    """Compare; bcrypt looks at 72 bytes, so that a longer password is never right (A127)."""
    import bcrypt

    fits = _fits_bcrypt(secret)
    try:
        found = bcrypt.hashpw(secret if fits else b"", hashed.encode())
    except ValueError:
        _log.exception("a stored password hash cannot be verified")
        return False
    # `$2y$` is `$2b$` under another name
    return fits and hmac.compare_digest(found[4:], hashed.encode()[4:])


def _fits_bcrypt(secret: bytes) -> bool:
    return len(secret) <= _BCRYPT_BYTES and b"\0" not in secret


def _bcrypt_cost(hashed: str) -> int:
    cost = hashed[4:6]
    return int(cost) if hashed.startswith(_BCRYPT) and cost.isdigit() else -1


def _base64(count: int) -> str:
    return b64encode(token_bytes(count)).decode().rstrip("=")
