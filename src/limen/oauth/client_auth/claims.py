"""What a client's assertion must say: pure rules (RFC 7523 §3, FAPI 2.0 §5.3.2.1)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from limen.platform.jose.verify import InvalidToken

SKEW: Final = 60
"""Seconds that a client's clock may be ahead of ours in `iat` and `nbf`; `exp` has no grace."""
LONGEST_JTI: Final = 512


@dataclass(frozen=True, slots=True)
class Expected:
    """`audiences` are all spellings of us; `strict` takes the first alone, and as text.

    `max_lifetime` is in seconds from now.
    """

    client_id: str
    audiences: tuple[str, ...]
    max_lifetime: float
    strict: bool = False


def claimed_client(claims: Mapping[str, Any]) -> str:
    """Return whose assertion it calls itself: `iss` and `sub` are both the client_id (§3.1-2).

    Raises InvalidToken.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject or claims.get("iss") != subject:
        raise InvalidToken("sub")
    return subject


def check_assertion(claims: Mapping[str, Any], expected: Expected, now: float) -> tuple[str, int]:
    """Return its jti and exp, once everything is right.  Raises InvalidToken.

    What is absent is refused (A101): exp and jti are required here though RFC 7523 lets the
    latter be left out, since each assertion is good for one request (R052).
    """
    if claimed_client(claims) != expected.client_id:
        raise InvalidToken("sub")
    _check_audience(claims.get("aud"), expected)
    exp = numeric_date(claims.get("exp"), "exp")
    if now >= exp:
        raise InvalidToken("expired")
    if exp > now + expected.max_lifetime + SKEW:
        raise InvalidToken("lifetime")
    for name in ("iat", "nbf"):
        if name in claims and numeric_date(claims[name], name) > now + SKEW:
            raise InvalidToken(name)
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI:
        raise InvalidToken("jti")
    return jti, exp


def _check_audience(given: object, expected: Expected) -> None:
    """One of ours, and nothing that is not ours: an assertion is meant for one server only."""
    if expected.strict:
        if given != expected.audiences[0]:
            raise InvalidToken("aud")
        return
    every = cast("Collection[object]", given) if isinstance(given, list) else (given,)
    if not every or not all(one in expected.audiences for one in every):
        raise InvalidToken("aud")


def numeric_date(value: object, name: str) -> int:
    """Return Unix seconds: a whole number, as every library sends it.  Raises InvalidToken."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 1 << 40:
        raise InvalidToken(name)
    return value
