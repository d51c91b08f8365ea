"""Opaque access tokens: a random text that says nothing, which only we can read (RFC 6749 §1.4).

`lat_`, 43 characters of base64url (256 random bits), and 6 of their CRC-32, so that scanners
for leaked secrets know one without asking us, and a misread one costs no look-up.
"""

import re
from base64 import urlsafe_b64encode
from zlib import crc32

from limen.platform.crypto import new_secret

PREFIX = "lat_"
_WRITTEN = re.compile(r"lat_[A-Za-z0-9_-]{49}")
_CHECK = 6


def new_opaque_token() -> str:
    secret = new_secret()
    return PREFIX + secret + _check(secret)


def is_opaque(text: str) -> bool:
    """True for what has the form of an opaque access token, its checksum included."""
    return bool(_WRITTEN.fullmatch(text)) and _check(text[len(PREFIX) : -_CHECK]) == text[-_CHECK:]


def is_access_token(text: str) -> bool:
    """Tell an access token from a refresh token by its form."""
    return text.startswith(PREFIX) or text.count(".") == 2


def _check(secret: str) -> str:
    return urlsafe_b64encode(crc32(secret.encode()).to_bytes(4, "big"))[:_CHECK].decode()
