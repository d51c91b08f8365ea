"""The one way to believe a token of ours.

The order is the defence: size, form, header, key, signature, and only then the claims.
Nothing in a token chooses how it is verified: the key record fixes the algorithm, keys come
from the caller's set only, and what is absent is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature

from limen.platform.jose import base64url
from limen.platform.jose.algorithms import ALGORITHMS
from limen.platform.jose.keys import VerifyingKey
from limen.platform.jose.strict_json import check_object

C = TypeVar("C", bound=msgspec.Struct)
Keys = Mapping[str, VerifyingKey]

MAX_SIZE = 8 * 1024
SKEW = 60
"""Seconds that the clock of whoever issued a token may be ahead; `exp` has no such grace."""
_LATEST = 1 << 40


class InvalidToken(Exception):  # noqa: N818 - what it is, in the standards' words
    """Not a token that we believe; `reason` is for our log and for tests, not for callers."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect(Generic[C]):
    """What one kind of token must be; the cache of verified tokens remembers it by value.

    `audience` is who we are to the token; None leaves it to the caller, who must look at it
    (introspection, which compares with whoever asks).  `max_lifetime` is in seconds, from
    `iat` to `exp`.  `expired_ok` is for id_token_hint alone (RP-Initiated Logout §2).
    """

    typ: str
    issuer: str
    audience: str | None
    claims: type[C]
    max_lifetime: int
    required: tuple[str, ...] = ("sub", "jti")
    expired_ok: bool = False


@dataclass(frozen=True, slots=True)
class Verified(Generic[C]):
    """A believed token.  `expires_at` is in Unix seconds."""

    claims: C
    kid: str
    expires_at: int


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that we put there; `crit`, `b64`, `jwk`, `jku`, `x5u`, `x5c` and others are refused."""

    alg: str
    kid: str
    typ: str


class _Registered(msgspec.Struct, frozen=True):
    """The claims of RFC 7519 §4.1, in the only types that we accept."""

    iss: str
    aud: str | list[str]
    exp: int
    iat: int
    nbf: int | None = None
    sub: str | None = None
    jti: str | None = None


_header_decoder = msgspec.json.Decoder(_Header)
_registered_decoder = msgspec.json.Decoder(_Registered)


def verify(token: str, keys: Keys, expect: Expect[C], *, now: float) -> Verified[C]:
    """Return what the token says, once everything about it is right.

    `now` is in Unix seconds.  Raises InvalidToken, and nothing else, whatever the text is.
    """
    header, payload, signature, message = _parts(token)
    key = _key(header, keys, expect.typ)
    try:
        ALGORITHMS[key.alg].verify(key.public, _decoded(signature), message)
    except InvalidSignature as error:
        raise InvalidToken("signature") from error
    raw = _object(payload)
    try:
        registered = _registered_decoder.decode(raw)
        claims: C = _decoder(expect.claims).decode(raw)
    except msgspec.DecodeError as error:  # includes ValidationError
        raise InvalidToken(f"claims: {error}") from error
    _check_identity(registered, expect)
    _check_times(registered, expect, now)
    return Verified(claims, key.kid, registered.exp)


def _parts(token: str) -> tuple[bytes, bytes, bytes, bytes]:
    if len(token) > MAX_SIZE:
        raise InvalidToken("size")
    if not token.isascii():
        raise InvalidToken("form")
    parts = token.encode("ascii").split(b".")
    if len(parts) != 3 or not all(parts):
        raise InvalidToken("form")
    header, payload, signature = parts
    return header, payload, signature, header + b"." + payload


def _decoded(part: bytes) -> bytes:
    try:
        return base64url.decode(part)
    except ValueError as error:
        raise InvalidToken("base64url") from error


def _object(part: bytes) -> bytes:
    raw = _decoded(part)
    try:
        check_object(raw)
    except ValueError as error:
        raise InvalidToken(f"json: {error}") from error
    return raw


def _key(part: bytes, keys: Keys, typ: str) -> VerifyingKey:
    try:
        header = _header_decoder.decode(_object(part))
    except msgspec.DecodeError as error:
        raise InvalidToken(f"header: {error}") from error
    key = keys.get(header.kid)
    if key is None:
        raise InvalidToken("kid")
    if header.alg != key.alg:
        raise InvalidToken("alg")
    if header.typ != typ:
        raise InvalidToken("typ")
    return key


def _check_identity(registered: _Registered, expect: Expect[C]) -> None:
    if registered.iss != expect.issuer:
        raise InvalidToken("iss")
    audiences = [registered.aud] if isinstance(registered.aud, str) else registered.aud
    if not audiences or not all(audiences):
        raise InvalidToken("aud")
    if expect.audience is not None and expect.audience not in audiences:
        raise InvalidToken("aud")
    for name in expect.required:
        if getattr(registered, name) in (None, ""):
            raise InvalidToken(name)


def _check_times(registered: _Registered, expect: Expect[C], now: float) -> None:
    issued, expires, begins = registered.iat, registered.exp, registered.nbf
    if not 0 < issued < expires < _LATEST:
        raise InvalidToken("exp")
    if expires - issued > expect.max_lifetime:
        raise InvalidToken("lifetime")
    if issued > now + SKEW:
        raise InvalidToken("iat")
    if begins is not None and not 0 < begins <= min(expires, now + SKEW):
        raise InvalidToken("nbf")
    if now >= expires and not expect.expired_ok:
        raise InvalidToken("expired")


@lru_cache(maxsize=64)
def _decoder(kind: type[Any]) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(kind)
