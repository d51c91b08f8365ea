"""A bounded memory of tokens that were verified, so that each signature is checked once.

It holds what cannot change: that these bytes were signed by that key, say these things and
are of this kind.  Expiry and the key's standing are looked at each time; whether the session
or grant behind a token still stands is the gate's business, on every use.
"""

from collections import OrderedDict
from typing import Any, TypeVar

import msgspec

from limen.platform.jose.verify import Expect, Keys, Verified, verify

C = TypeVar("C", bound=msgspec.Struct)

_ENTRY_COST = 1024
"""Bytes that an entry takes beside its token, about."""


class VerifiedTokens:
    """The least recently used leave first, beyond `max_count` or `max_bytes`."""

    def __init__(self, max_count: int = 10_000, max_bytes: int = 16 * 1024 * 1024) -> None:
        self._max_count, self._max_bytes = max_count, max_bytes
        self._bytes = 0
        self._entries: OrderedDict[tuple[str, Expect[Any]], Verified[Any]] = OrderedDict()

    def verify(self, token: str, keys: Keys, expect: Expect[C], *, now: float) -> Verified[C]:
        """As `verify.verify`, from memory where it can be."""
        entry = (token, expect)
        known: Verified[C] | None = self._entries.get(entry)
        if known is not None:
            if known.kid in keys and now < known.expires_at:
                self._entries.move_to_end(entry)
                return known
            self._drop(entry)  # a fresh look says why
        verified = verify(token, keys, expect, now=now)
        if now < verified.expires_at:
            self._keep(entry, verified)
        return verified

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """Return about how many bytes are held."""
        return self._bytes

    def _keep(self, entry: tuple[str, Expect[Any]], verified: Verified[Any]) -> None:
        self._entries[entry] = verified
        self._bytes += len(entry[0]) + _ENTRY_COST
        while len(self._entries) > self._max_count or self._bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))

    def _drop(self, entry: tuple[str, Expect[Any]]) -> None:
        del self._entries[entry]
        self._bytes -= len(entry[0]) + _ENTRY_COST
