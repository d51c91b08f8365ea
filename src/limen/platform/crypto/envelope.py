"""Sealed values: AES-256-GCM under a key of the message, named by a commitment (R141).

    sealed = version (1) ‖ commitment to the key (32) ‖ nonce (24) ‖ ciphertext ‖ tag (16)

The first half of the nonce and the key give the key of this one message, the second half
is GCM's nonce: 192 random bits, so that a key may seal without counting (2^32 messages is
the limit of GCM alone).  AES-GCM opens a crafted ciphertext under two keys; the commitment
is a hash of the key, so that here only one key can match.
"""

import hmac
from os import urandom
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from limen.kernel.vault import CannotOpen, Place

VERSION = b"\x01"
KEY_SIZE = 32
_COMMITMENT = slice(1, 33)
_NONCE_END = 57
_OVERHEAD = _NONCE_END + 16


def derive(key: bytes, purpose: str) -> bytes:
    """Return a 32-byte subkey of a uniformly random key (HKDF-Expand, RFC 5869 §2.3)."""
    return hmac.digest(key, b"limen/" + purpose.encode() + b"\x01", "sha256")


def associated(tenant: UUID, place: Place) -> bytes:
    """Return tenant, table, row and column, each with its length in front."""
    table, column, row = place.table, place.column, place.row
    if isinstance(row, str):
        return f"{tenant.hex}{len(table)}:{table}{len(column)}:{column}t{row}".encode()
    return f"{tenant.hex}{len(table)}:{table}{len(column)}:{column}u{row.hex}".encode()


def commitment_in(sealed: bytes) -> bytes:
    """Return the commitment to the key that sealed it.  Raises CannotOpen if it is not sealed."""
    if len(sealed) < _OVERHEAD or sealed[:1] != VERSION:
        raise CannotOpen("not a sealed value of this version")
    return sealed[_COMMITMENT]


class SealingKey:
    """A 32-byte key that seals and opens; its `commitment` is public and names it."""

    __slots__ = ("_derive", "_prefix", "commitment")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_SIZE:
            raise ValueError(f"a key has {KEY_SIZE} bytes, this one has {len(key)}")
        self.commitment = derive(key, "commitment")
        self._prefix = VERSION + self.commitment
        self._derive = hmac.new(derive(key, "seal"), digestmod="sha256")

    def __repr__(self) -> str:
        return f"SealingKey({self.commitment[:4].hex()}…)"

    def seal(self, associated: bytes, plain: bytes) -> bytes:
        nonce = urandom(24)
        sealed = self._of_message(nonce[:12]).encrypt(nonce[12:], plain, associated)
        return self._prefix + nonce + sealed

    def open(self, associated: bytes, sealed: bytes) -> bytes:
        """Raises CannotOpen for another key or place, and for changed bytes."""
        if len(sealed) < _OVERHEAD or not hmac.compare_digest(sealed[:33], self._prefix):
            raise CannotOpen("sealed under another key, or not sealed at all")
        cipher = self._of_message(sealed[33:45])
        try:
            return cipher.decrypt(sealed[45:_NONCE_END], sealed[_NONCE_END:], associated)
        except InvalidTag as error:
            raise CannotOpen("changed, or sealed for another place") from error

    def _of_message(self, salt: bytes) -> AESGCM:
        derived = self._derive.copy()
        derived.update(salt)
        return AESGCM(derived.digest())
