"""Device names: proof that a person signed in with this browser before (OWASP, device cookies).

A browser keeps up to five, one for each person: user (16) ‖ name (16) ‖ MAC (32), base64url.
They are kept in a sealed cookie; the MAC makes them ours wherever else they come from.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from secrets import token_bytes
from uuid import UUID

from limen.kernel.uow import Reader
from limen.kernel.vault import Keyring, Vault

MOST = 5
_PURPOSE = "device"
_BETWEEN = "."


class SealedDevices:
    """`Devices` under the tenant's key."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def recognise(self, reader: Reader, presented: str | None, user: UUID) -> str | None:
        keyring = await self._vault.keyring(reader)
        for token in _tokens(presented):
            name = _name_in(keyring, token, user)
            if name is not None:
                return name.hex()
        return None

    async def remember(self, reader: Reader, presented: str | None, user: UUID) -> str:
        keyring = await self._vault.keyring(reader)
        tokens = _tokens(presented)
        known = [token for token in tokens if _name_in(keyring, token, user) is not None]
        own = known[0] if known else _new(keyring, user)
        others = [token for token in tokens if not token.startswith(_prefix(user))]
        return _BETWEEN.join([own, *others][:MOST])


def _tokens(presented: str | None) -> list[str]:
    return presented.split(_BETWEEN, MOST)[:MOST] if presented else []


def _prefix(user: UUID) -> str:
    return urlsafe_b64encode(user.bytes[:15]).decode()  # 20 characters: 15 whole bytes


def _new(keyring: Keyring, user: UUID) -> str:
    named = user.bytes + token_bytes(16)
    return urlsafe_b64encode(named + keyring.mac(_PURPOSE, named)).decode()


def _name_in(keyring: Keyring, token: str, user: UUID) -> bytes | None:
    try:
        found = urlsafe_b64decode(token.encode("ascii"))
    except (Error, UnicodeError):
        return None
    named, mac = found[:32], found[32:]
    if named[:16] != user.bytes or not hmac.compare_digest(mac, keyring.mac(_PURPOSE, named)):
        return None
    return named[16:]
