"""Signed tokens of others: assertions, request objects, proofs (RFC 7515, 7523, 9101).

Keys come from what was registered, never from the token; the caller names the algorithms and
the kinds (`typ`) that it takes; a key serves the algorithms that fit it and no other (A095).
What a token says of keys itself (`jwk`, `jku`, `x5u`, `x5c`) is a refusal (R039, A097).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

import msgspec
from cryptography.exceptions import InvalidSignature

from limen.platform.jose import base64url
from limen.platform.jose.algorithms import ALGORITHMS, ALGS, Alg, PublicKey
from limen.platform.jose.keys import UnusableKey, public_of
from limen.platform.jose.strict_json import check_object
from limen.platform.jose.verify import InvalidToken

MAX_SIZE: Final = 8 * 1024
MAX_KEYS: Final = 100
_SPELLINGS: Final[Mapping[str, Alg]] = {**{alg: alg for alg in ALGS}, "Ed25519": "EdDSA"}
"""Names of algorithms to ours; RFC 9864 calls EdDSA with this curve by its own name."""


class Header(msgspec.Struct, frozen=True):
    """What we look at; other members are ignored, but for those that name keys."""

    alg: str
    kid: str | None = None
    typ: str | None = None
    crit: object = msgspec.UNSET
    b64: object = msgspec.UNSET
    jwk: object = msgspec.UNSET
    jku: object = msgspec.UNSET
    x5u: object = msgspec.UNSET
    x5c: object = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class Unverified:
    """A token in its parts: nothing in it is believed yet but its form."""

    header: Header
    claims: Mapping[str, Any]
    message: bytes = field(repr=False)
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A public key of somebody else; `kid` and `alg` as their JWK says, if it does."""

    kid: str | None
    alg: Alg | None
    public: PublicKey = field(repr=False, compare=False)

    def serves(self, alg: Alg) -> bool:
        return self.alg in (None, alg) and ALGORITHMS[alg].fits(self.public)


_header_decoder = msgspec.json.Decoder(Header)
_claims_decoder = msgspec.json.Decoder(dict[str, Any])
_FORBIDDEN: Final = ("crit", "b64", "jwk", "jku", "x5u", "x5c")


def read(token: str, *, max_size: int = MAX_SIZE) -> Unverified:
    """Return the parts of a compact JWS.  Raises InvalidToken, and nothing else."""
    if len(token) > max_size or not token.isascii():
        raise InvalidToken("size")
    parts = token.encode("ascii").split(b".")
    if len(parts) != 3 or not all(parts):
        raise InvalidToken("form")
    try:
        raw_header, raw_claims = base64url.decode(parts[0]), base64url.decode(parts[1])
        signature = base64url.decode(parts[2])
        check_object(raw_header)
        check_object(raw_claims)
        header, claims = _header_decoder.decode(raw_header), _claims_decoder.decode(raw_claims)
    except (ValueError, RecursionError, msgspec.DecodeError) as error:
        raise InvalidToken(f"form: {error}") from error
    for name in _FORBIDDEN:
        if getattr(header, name) is not msgspec.UNSET:
            raise InvalidToken(f"header: {name}")
    return Unverified(header, claims, parts[0] + b"." + parts[1], signature)


def parse_alg(header: Header, algs: Collection[str]) -> Alg:
    """Return the algorithm of a header, if the caller takes it.  Raises InvalidToken."""
    alg = _SPELLINGS.get(header.alg)
    if alg is None or alg not in algs:
        raise InvalidToken("alg")
    return alg


def check_typ(header: Header, typs: Collection[str | None]) -> None:
    """Raises InvalidToken for a kind that is none of `typs`; None there allows its absence.

    Names are compared without `application/` and in lower case (RFC 7515 §4.1.9).
    """
    typ = header.typ
    found = None if typ is None else typ.lower().removeprefix("application/")
    if found not in typs:
        raise InvalidToken("typ")


def candidates(keys: Sequence[ForeignKey], header: Header, alg: Alg) -> list[ForeignKey]:
    """Return the keys that may have signed: by kid, or the only one that fits without it.

    OpenID Connect Core §10.1: a kid is needed where there are several keys.
    """
    fitting = [key for key in keys if key.serves(alg)]
    if header.kid is not None:
        return [key for key in fitting if key.kid == header.kid]
    return fitting if len(fitting) == 1 else []


def is_signed(token: Unverified, keys: Sequence[ForeignKey], alg: Alg) -> bool:
    """True if one of `keys` signed it; two of the same kid are both tried."""
    for key in keys[:4]:
        try:
            ALGORITHMS[alg].verify(key.public, token.signature, token.message)
        except InvalidSignature:
            continue
        return True
    return False


def parse_keys(jwks: Mapping[str, Any]) -> tuple[ForeignKey, ...]:
    """Return the signature keys of a JWK Set that we understand (RFC 7517 §5).

    Others are left out, as the section says.  Raises InvalidToken for what is no JWK Set.
    """
    members = jwks.get("keys")
    if not isinstance(members, list):
        raise InvalidToken("jwks")
    listed = cast("list[Any]", members)
    if len(listed) > MAX_KEYS:
        raise InvalidToken("jwks")
    found = (_parse_key(cast("dict[str, object]", m)) for m in listed if isinstance(m, dict))
    return tuple(key for key in found if key is not None)


def _parse_key(jwk: Mapping[str, object]) -> ForeignKey | None:
    operations, kid, alg = jwk.get("key_ops"), jwk.get("kid"), jwk.get("alg")
    if jwk.get("use", "sig") != "sig" or "d" in jwk or "k" in jwk:
        return None
    if operations is not None and (not isinstance(operations, list) or "verify" not in operations):
        return None
    if not isinstance(kid, str | None) or not isinstance(alg, str | None):
        return None
    if alg is not None and alg not in _SPELLINGS:
        return None
    try:
        return ForeignKey(kid, _SPELLINGS[alg] if alg else None, public_of(jwk))
    except UnusableKey:
        return None
