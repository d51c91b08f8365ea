"""Compact JWS (RFC 7515 §3.1): the tokens that we issue."""

from functools import lru_cache

import msgspec

from limen.platform.jose.algorithms import ALGORITHMS, Alg
from limen.platform.jose.base64url import encode
from limen.platform.jose.keys import SigningKey

_encode_json = msgspec.json.Encoder().encode


def sign(key: SigningKey, typ: str, claims: object) -> str:
    """Return the token; `claims` is a msgspec Struct, or a mapping of plain values."""
    alg = key.alg
    message = _header(alg, key.kid, typ) + encode(_encode_json(claims))
    return (message + b"." + encode(ALGORITHMS[alg].sign(key.private, message))).decode()


@lru_cache(maxsize=1024)
def _header(alg: Alg, kid: str, typ: str) -> bytes:
    return encode(_encode_json({"alg": alg, "kid": kid, "typ": typ})) + b"."
