"""The signature algorithms that we issue under: how each key is made, signs and verifies.

ES256 signs fast and small, RS256 is what every client knows (OpenID Connect Core §15.1),
PS256 is FAPI's, EdDSA (Ed25519, RFC 8037) the modern one; RFC 9864 would rather call it
Ed25519, which few clients know yet.  There is no symmetric algorithm and no `none`, so that
no confusion between them can be written (A095).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

Alg = Literal["ES256", "RS256", "PS256", "EdDSA"]
ALGS: tuple[Alg, ...] = get_args(Alg)

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey

# 2048 bits: 112-bit security, enough for keys that sign for 90 days (NIST SP 800-57 allows
# them until 2030); 3072 costs twice the CPU of every signature.  Imported keys may be larger.
RSA_BITS = 2048
MAX_RSA_BITS = 8192
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SHA256 = hashes.SHA256()
_ECDSA = ec.ECDSA(_SHA256)
_PKCS1 = padding.PKCS1v15()
_PSS = padding.PSS(padding.MGF1(_SHA256), _SHA256.digest_size)  # RFC 7518 §3.5


@dataclass(frozen=True, slots=True)
class Algorithm:
    """`verify` raises InvalidSignature; `fits` says whether a public key is of this kind."""

    generate: Callable[[], PrivateKey]
    fits: Callable[[PublicKey], bool]
    sign: Callable[[Any, bytes], bytes]
    verify: Callable[[Any, bytes, bytes], None]


def _sign_es256(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(message, _ECDSA))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")  # RFC 7518 §3.4


def _verify_es256(key: ec.EllipticCurvePublicKey, signature: bytes, message: bytes) -> None:
    """Both s and n - s are accepted, as the standard has it: nothing of ours is known by
    the bytes of its signature."""
    if len(signature) != 64:
        raise InvalidSignature
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (0 < r < _P256_ORDER and 0 < s < _P256_ORDER):
        raise InvalidSignature
    key.verify(encode_dss_signature(r, s), message, _ECDSA)


def _verify_rs256(key: rsa.RSAPublicKey, signature: bytes, message: bytes) -> None:
    if len(signature) * 8 != key.key_size + -key.key_size % 8:
        raise InvalidSignature
    key.verify(signature, message, _PKCS1, _SHA256)


def _verify_ps256(key: rsa.RSAPublicKey, signature: bytes, message: bytes) -> None:
    if len(signature) * 8 != key.key_size + -key.key_size % 8:
        raise InvalidSignature
    key.verify(signature, message, _PSS, _SHA256)


def _verify_eddsa(key: ed25519.Ed25519PublicKey, signature: bytes, message: bytes) -> None:
    if len(signature) != 64:
        raise InvalidSignature
    key.verify(signature, message)


def _is_p256(key: PublicKey) -> bool:
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)


def _is_rsa(key: PublicKey) -> bool:
    return isinstance(key, rsa.RSAPublicKey) and RSA_BITS <= key.key_size <= MAX_RSA_BITS


def _is_ed25519(key: PublicKey) -> bool:
    return isinstance(key, ed25519.Ed25519PublicKey)


def _new_p256() -> PrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _new_rsa() -> PrivateKey:
    return rsa.generate_private_key(65537, RSA_BITS)


def _sign_rs256(key: rsa.RSAPrivateKey, message: bytes) -> bytes:
    return key.sign(message, _PKCS1, _SHA256)


def _sign_ps256(key: rsa.RSAPrivateKey, message: bytes) -> bytes:
    return key.sign(message, _PSS, _SHA256)


def _sign_eddsa(key: ed25519.Ed25519PrivateKey, message: bytes) -> bytes:
    return key.sign(message)


ALGORITHMS: Mapping[Alg, Algorithm] = {
    "ES256": Algorithm(_new_p256, _is_p256, _sign_es256, _verify_es256),
    "RS256": Algorithm(_new_rsa, _is_rsa, _sign_rs256, _verify_rs256),
    "PS256": Algorithm(_new_rsa, _is_rsa, _sign_ps256, _verify_ps256),
    "EdDSA": Algorithm(ed25519.Ed25519PrivateKey.generate, _is_ed25519, _sign_eddsa, _verify_eddsa),
}


def parse_alg(text: str) -> Alg | None:
    """Return the algorithm of exactly this name, if it is one of ours."""
    return cast("Alg", text) if text in ALGORITHMS else None
