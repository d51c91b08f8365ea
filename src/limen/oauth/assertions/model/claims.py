"""What every token of another issuer must say: pure rules (RFC 7523 §3, RFC 7519 §4.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from limen.oauth.assertions.model.subjects import is_subject
from limen.platform.jose.verify import InvalidToken

SKEW: Final = 60
"""Seconds that another's clock may be ahead of ours in `iat` and `nbf`; `exp` has no grace."""
LONGEST_JTI: Final = 512


@dataclass(frozen=True, slots=True)
class Expected:
    """`audiences` are all names of us; `longest` is the life from iat to exp, in seconds."""

    audiences: tuple[str, ...]
    longest: int
    once: bool


def check_claims(
    claims: Mapping[str, Any], expected: Expected, now: float
) -> tuple[str, str | None, int]:
    """Return sub, jti and exp, once everything is right.  Raises InvalidToken.

    What is absent is refused (A101), but for the jti of a token that may be used again.
    """
    subject, jti = claims.get("sub"), claims.get("jti")
    if not isinstance(subject, str) or not is_subject(subject):
        raise InvalidToken("sub")
    _check_audience(claims.get("aud"), expected.audiences)
    issued, expires = whole(claims.get("iat"), "iat"), whole(claims.get("exp"), "exp")
    if now >= expires:
        raise InvalidToken("expired")
    if issued > now + SKEW or issued >= expires:
        raise InvalidToken("iat")
    if expires - issued > expected.longest:
        raise InvalidToken("lifetime")
    if "nbf" in claims and whole(claims["nbf"], "nbf") > now + SKEW:
        raise InvalidToken("nbf")
    if jti is None and not expected.once:
        return subject, None, expires
    if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI:
        raise InvalidToken("jti")
    return subject, jti, expires


def _check_audience(given: object, ours: Sequence[str]) -> None:
    """All of them name us: a token that is meant for others too can be theirs to replay."""
    every = cast("list[object]", given) if isinstance(given, list) else [given]
    if not every or not all(one in ours for one in every):
        raise InvalidToken("aud")


def whole(value: object, name: str) -> int:
    """Return Unix seconds, given as a whole number.  Raises InvalidToken."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 1 << 40:
        raise InvalidToken(name)
    return value
