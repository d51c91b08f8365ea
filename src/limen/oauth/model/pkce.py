"""Proof key for code exchange: S256, always (RFC 7636, R021, A017)."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def is_challenge(text: str) -> bool:
    """True for 32 bytes in unpadded base64url, which is what S256 makes (RFC 7636 §4.2)."""
    return _CHALLENGE.fullmatch(text) is not None


def is_verifier(text: str) -> bool:
    """True for 43 to 128 unreserved characters (RFC 7636 §4.1)."""
    return _VERIFIER.fullmatch(text) is not None


def challenge_of(verifier: str) -> str:
    digest = sha256(verifier.encode("ascii")).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def verifies(verifier: str, challenge: str) -> bool:
    """Compare in constant time (RFC 7636 §4.6)."""
    return is_verifier(verifier) and compare_digest(challenge_of(verifier), challenge)
