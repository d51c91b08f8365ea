"""base64url without padding, in the one canonical form (RFC 7515 §2)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error


def encode(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


def decode(text: bytes) -> bytes:
    """Raises ValueError for padding, other characters, and stray bits at the end."""
    try:
        raw = urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except Error as error:
        raise ValueError("not base64url") from error
    if urlsafe_b64encode(raw).rstrip(b"=") != text:
        raise ValueError("not canonical base64url")
    return raw
