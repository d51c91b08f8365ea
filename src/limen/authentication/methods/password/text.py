"""A password as text: normalised once, never cut, never changed in case (R069)."""

import unicodedata

MAX_CODE_POINTS = 256
MAX_BYTES = 1024


def normalised(password: str) -> str:
    """Return the NFC form, the one that is measured, checked and hashed."""
    return unicodedata.normalize("NFC", password)


def encoded(password: str) -> bytes | None:
    """Return what is hashed, or None for what can be nobody's password.

    That is more than 256 code points or 1 KB, or half a character (a lone surrogate).
    """
    if len(password) > MAX_BYTES:
        return None
    text = normalised(password)
    try:
        octets = text.encode("utf-8")
    except UnicodeEncodeError:
        return None
    return octets if len(text) <= MAX_CODE_POINTS and len(octets) <= MAX_BYTES else None
