"""The bits, packed as the draft has them (§4.1)."""

import zlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from typing import Final

TYP: Final = "statuslist+jwt"
CAPACITY: Final = 1 << 15
"""Tokens in one list: 4 KB of bits before compression."""
TTL: Final = 10
"""Seconds that a list may be kept."""
LIFETIME: Final = 60
PATH: Final = "/oauth2/status-lists/"


def packed(refused: Iterable[int], size: int) -> str:
    """Return the list: bit 0 is the least significant one of the first byte; ZLIB, base64url."""
    bits = bytearray(-(-size // 8))
    for index in refused:
        bits[index >> 3] |= 1 << (index & 7)
    return urlsafe_b64encode(zlib.compress(bytes(bits), 9)).rstrip(b"=").decode()
