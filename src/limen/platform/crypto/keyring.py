"""The unwrapped keys of one tenant, and of one person."""

import hmac
from collections.abc import Sequence
from uuid import UUID

from limen.kernel.vault import CannotOpen, Place
from limen.platform.crypto.envelope import SealingKey, associated, commitment_in, derive


class TenantKeyring:
    """One tenant's keys: the first seals, any of them opens."""

    __slots__ = ("_key", "_keys", "_macs", "_sealing", "_tenant")

    def __init__(self, tenant: UUID, keys: Sequence[bytes]) -> None:
        self._tenant = tenant
        self._key = keys[0]
        self._sealing = SealingKey(keys[0])
        self._keys = {key.commitment: key for key in map(SealingKey, keys)}
        self._macs: dict[str, hmac.HMAC] = {}

    def seal(self, place: Place, plain: bytes) -> bytes:
        return self._sealing.seal(associated(self._tenant, place), plain)

    def open(self, place: Place, sealed: bytes) -> bytes:
        key = self._keys.get(commitment_in(sealed))
        if key is None:
            raise CannotOpen("sealed under a key that this tenant does not have")
        return key.open(associated(self._tenant, place), sealed)

    def mac(self, purpose: str, message: bytes) -> bytes:
        """`purpose` is a constant of the code: one subkey is kept for each."""
        state = self._macs.get(purpose)
        if state is None:
            state = hmac.new(derive(self._key, "mac/" + purpose), digestmod="sha256")
            self._macs[purpose] = state
        mac = state.copy()
        mac.update(message)
        return mac.digest()


class OnePersonKey:
    """One person's key, within one tenant."""

    __slots__ = ("_key", "_tenant")

    def __init__(self, tenant: UUID, key: bytes) -> None:
        self._tenant = tenant
        self._key = SealingKey(key)

    @property
    def commitment(self) -> bytes:
        return self._key.commitment

    def seal(self, place: Place, plain: bytes) -> bytes:
        return self._key.seal(associated(self._tenant, place), plain)

    def open(self, place: Place, sealed: bytes) -> bytes:
        return self._key.open(associated(self._tenant, place), sealed)
