"""A keyring that only makes MACs."""

import hmac
from hashlib import sha256
from typing import Any


class MacKeyring:
    """`kernel.vault.Keyring` without encryption."""

    def __init__(self, key: bytes = b"k" * 32) -> None:
        self._key = key

    def mac(self, purpose: str, message: bytes) -> bytes:
        key = hmac.digest(self._key, purpose.encode(), sha256)
        return hmac.digest(key, message, sha256)

    def seal(self, place: Any, plain: bytes) -> bytes:
        raise NotImplementedError

    def open(self, place: Any, sealed: bytes) -> bytes:
        raise NotImplementedError
