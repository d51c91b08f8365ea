"""Secrets that we hand out, and what we keep of them (R140, R142, A131)."""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import token_bytes


def new_secret() -> str:
    """Return 256 bits of the operating system's randomness as 43 characters of base64url."""
    return urlsafe_b64encode(token_bytes(32))[:-1].decode()


def digest_of(text: str) -> bytes:
    """Return the 32-byte SHA-256 under which a secret is stored; only for secrets of ours.

    Low-entropy secrets (passwords, short codes) need a password hash instead.
    """
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def equal(a: str | bytes, b: str | bytes) -> bool:
    """Compare in time that depends on the lengths only."""
    return hmac.compare_digest(_bytes(a), _bytes(b))


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
