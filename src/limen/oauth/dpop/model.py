"""What a DPoP proof must be, and say (RFC 9449 §4): rules only, and no memory of any."""

from collections.abc import Collection
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes, urlsplit

import msgspec
from cryptography.exceptions import InvalidSignature

from limen.oauth.dpop.errors import InvalidDpopProof
from limen.platform.crypto import equal
from limen.platform.jose import base64url
from limen.platform.jose.algorithms import ALGORITHMS, ALGS
from limen.platform.jose.keys import UnusableKey, VerifyingKey
from limen.platform.jose.strict_json import check_object

MAX_SIZE: Final = 6 * 1024
"""A proof with an RSA key of 8192 bits fits."""
AHEAD: Final = 10
"""Seconds that the clock of whoever made a proof may be ahead of ours."""
_TYP: Final = "dpop+jwt"
_PUBLIC: Final = frozenset(("kty", "crv", "x", "y", "n", "e"))
_PRIVATE: Final = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth", "k"))
_PORTS: Final = {"https": ":443", "http": ":80"}
_PATH: Final = "/:@!$&'()*+,;=-._~"

SUPPORTED: Final = ALGS
"""All are asymmetric: there is no proof by a shared secret, and no `none`."""


class _Header(msgspec.Struct, frozen=True):
    """`crit` and `b64` would change what the rest means, whatever they hold; a `kid` or anything
    else means nothing here."""

    typ: str
    alg: str
    jwk: dict[str, Any]
    crit: object = msgspec.UNSET
    b64: object = msgspec.UNSET


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A proof whose signature is right, by the key with the thumbprint `jkt` (RFC 7638)."""

    jti: str
    htm: str
    htu: str
    iat: int | float
    ath: str | None = None
    nonce: str | None = None
    jkt: str = ""


_header_decoder = msgspec.json.Decoder(_Header)
_proof_decoder = msgspec.json.Decoder(Proof)


def read_proof(text: str) -> Proof:
    """Return what a well-formed and signed proof says.  Raises InvalidDpopProof (§4.3, 1-7)."""
    if len(text) > MAX_SIZE or not text.isascii():
        raise _wrong("size or characters")
    parts = text.encode().split(b".")
    if len(parts) != 3 or not all(parts):
        raise _wrong("no compact JWS")
    header, payload, signature = parts
    key = _key(header)
    try:
        ALGORITHMS[key.alg].verify(key.public, base64url.decode(signature), header + b"." + payload)
        raw = base64url.decode(payload)
        check_object(raw)
        proof = _proof_decoder.decode(raw)
    except InvalidSignature as error:
        raise _wrong("signature") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise _wrong(f"claims: {error}") from error
    if not 1 <= len(proof.jti) <= 256 or not proof.jti.isascii():
        raise _wrong("jti")
    return msgspec.structs.replace(proof, jkt=key.kid)


def alg_of(text: str) -> str:
    """Return the algorithm of a proof that was read before."""
    return _key(text.partition(".")[0].encode()).alg


@lru_cache(maxsize=1024)
def _key(header: bytes) -> VerifyingKey:
    """Return the key in a proof's header, which stays the same from proof to proof."""
    try:
        raw = base64url.decode(header)
        check_object(raw)
        found = _header_decoder.decode(raw)
    except (msgspec.DecodeError, ValueError) as error:
        raise _wrong(f"header: {error}") from error
    if found.typ != _TYP:
        raise _wrong("typ")
    if found.crit is not msgspec.UNSET or found.b64 is not msgspec.UNSET:
        raise _wrong("crit or b64")
    if found.alg not in ALGORITHMS:
        raise _wrong(
            "alg", hint="The DPoP proof is signed with an algorithm that is not supported."
        )
    if not _PRIVATE.isdisjoint(found.jwk):
        raise _wrong(
            "private key", hint="The DPoP proof shows its private key: throw that key away."
        )
    public = {name: found.jwk[name] for name in _PUBLIC.intersection(found.jwk)}
    try:
        return VerifyingKey.from_jwk({**public, "alg": found.alg})
    except UnusableKey as error:
        raise _wrong(f"jwk: {error}") from error


def check_request(proof: Proof, *, method: str, urls: Collection[str], token: str | None) -> None:
    """Check that it was made for this request, and for `token` where one is used (§4.3, 8-12).

    `urls` are the addresses that the request has.  Raises InvalidDpopProof.
    """
    if proof.htm != method:
        raise _wrong("htm", hint="The DPoP proof is for another method.")
    if proof.htu not in urls and normal(proof.htu) not in map(normal, urls):
        raise _wrong("htu", hint="The DPoP proof is for another address.")
    if token is None:
        return
    digest = base64url.encode(sha256(token.encode()).digest()).decode()
    if proof.ath is None or not equal(proof.ath, digest):
        raise _wrong("ath", hint="The DPoP proof is not for this access token.")


def check_age(proof: Proof, *, now: float, lifetime: float) -> None:
    """Check `iat` against the window of R030.  Raises InvalidDpopProof."""
    if not now - lifetime <= proof.iat <= now + AHEAD:
        raise _wrong("iat", hint="The DPoP proof is too old, or from the future.")


@lru_cache(maxsize=1024)
def normal(url: str) -> str | None:
    """Return an http address without query and fragment, in normal form (RFC 3986 §6.2.2-3).

    None for what is no such address; that equals no address of ours.
    """
    try:
        parts = urlsplit(url)
        path = unquote_to_bytes(parts.path)
    except ValueError:
        return None
    scheme, authority = parts.scheme.lower(), parts.netloc.lower()
    port = _PORTS.get(scheme)
    if port is None or not authority or "@" in authority:
        return None
    return f"{scheme}://{authority.removesuffix(port)}{quote(path, safe=_PATH) or '/'}"


def _wrong(detail: str, *, hint: str | None = None) -> InvalidDpopProof:
    return InvalidDpopProof(detail, hint=hint, reason="dpop_proof_invalid")
