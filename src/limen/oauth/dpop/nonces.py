"""Nonces of ours: a step of time under a MAC, so that nothing is kept (RFC 9449 §8)."""

from datetime import timedelta

from limen.kernel.clock import Clock
from limen.kernel.vault import Keyring
from limen.platform.crypto import equal
from limen.platform.jose import base64url

_PURPOSE = "dpop.nonce.1"
_STEP, _MAC = 5, 16


class Nonces:
    """One nonce a tenant and `lifetime`; the one before is accepted too."""

    def __init__(self, clock: Clock, lifetime: timedelta) -> None:
        self._clock, self._seconds = clock, lifetime.total_seconds()

    def current(self, keyring: Keyring) -> str:
        """Return the one to give out now, 28 characters."""
        return _written(keyring, self._now())

    def is_fresh(self, keyring: Keyring, nonce: str) -> bool:
        """True for one that this tenant gave out, now or in the step before."""
        now = self._now()
        return any(equal(nonce, _written(keyring, step)) for step in (now, now - 1))

    def _now(self) -> int:
        return int(self._clock.now().timestamp() // self._seconds)


def _written(keyring: Keyring, step: int) -> str:
    body = step.to_bytes(_STEP, "big")
    return base64url.encode(body + keyring.mac(_PURPOSE, body)[:_MAC]).decode()
