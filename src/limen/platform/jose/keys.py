"""Keys of tokens: each record fixes its algorithm, and its id is its thumbprint (RFC 7638)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self, cast

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from limen.platform.jose import base64url
from limen.platform.jose.algorithms import ALGORITHMS, Alg, PrivateKey, PublicKey

Jwk = Mapping[str, str]
_THUMBPRINT = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n"), "OKP": ("crv", "kty", "x")}
_SMALL_ORDER = frozenset(
    bytes.fromhex(x)
    for x in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)
"""Ed25519's points of order 1 to 8 in every spelling, without the sign of x (RFC 7748 §7)."""


class UnusableKey(Exception):  # noqa: N818 - says what is wrong with it
    """Not a key that we verify or sign with; the text says why."""


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key, and the one algorithm it is for."""

    kid: str
    alg: Alg
    public: PublicKey = field(repr=False, compare=False)
    jwk: Jwk = field(repr=False, compare=False)

    @classmethod
    def of(cls, alg: Alg, public: PublicKey) -> Self:
        """Raises UnusableKey for a key of another kind, or an RSA key that is too small."""
        if not ALGORITHMS[alg].fits(public):
            raise UnusableKey(f"this key does not fit {alg}")
        parts = public_parts(public)
        kid = thumbprint(parts)
        return cls(kid, alg, public, {**parts, "kid": kid, "use": "sig", "alg": alg})

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, object]) -> Self:
        """Return the key of a public JWK that names its algorithm.  Raises UnusableKey.

        The id is computed here; another `kid` in the JWK is refused.
        """
        alg = jwk.get("alg")
        if not isinstance(alg, str) or alg not in ALGORITHMS:
            raise UnusableKey("alg is missing or none of ours")
        if "d" in jwk or "k" in jwk:
            raise UnusableKey("a private or symmetric key has no place here")
        if jwk.get("use", "sig") != "sig":
            raise UnusableKey("use is not sig")
        key = cls.of(cast("Alg", alg), public_of(jwk))
        if jwk.get("kid", key.kid) != key.kid:
            raise UnusableKey("kid is not the thumbprint")
        return key


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its public record.  It never shows itself."""

    public: VerifyingKey
    private: PrivateKey = field(repr=False, compare=False)

    @property
    def kid(self) -> str:
        return self.public.kid

    @property
    def alg(self) -> Alg:
        return self.public.alg

    @classmethod
    def generate(cls, alg: Alg) -> Self:
        """Make a new key: 20 µs for ES256, 50 ms and more for RSA."""
        private = ALGORITHMS[alg].generate()
        return cls(VerifyingKey.of(alg, private.public_key()), private)

    @classmethod
    def from_pkcs8(cls, alg: Alg, der: bytes) -> Self:
        """Read what `to_pkcs8` wrote.  Raises UnusableKey.

        It was sealed by us, so that the slow consistency check of RSA keys is left out.
        """
        try:
            private = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
        except (ValueError, TypeError) as error:
            raise UnusableKey("no PKCS #8 private key") from error
        if not isinstance(private, PrivateKey):
            raise UnusableKey("a private key of a kind that we do not use")
        return cls(VerifyingKey.of(alg, private.public_key()), private)

    def to_pkcs8(self) -> bytes:
        """Return the private key as DER, for sealing only."""
        return self.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def thumbprint(jwk: Jwk) -> str:
    """Return the RFC 7638 SHA-256 thumbprint of a JWK with its required members."""
    members = {name: jwk[name] for name in _THUMBPRINT[jwk["kty"]]}
    return base64url.encode(sha256(msgspec.json.encode(members)).digest()).decode()


def public_parts(public: PublicKey) -> dict[str, str]:
    """Return the public members of the key's JWK."""
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        return {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
    if isinstance(public, ed25519.Ed25519PublicKey):
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(raw).decode()}
    point = public.public_numbers()
    return {"kty": "EC", "crv": "P-256", "x": _number(point.x, 32), "y": _number(point.y, 32)}


def public_of(jwk: Mapping[str, object]) -> PublicKey:
    """Return the public key of a JWK of ours or of somebody else.  Raises UnusableKey."""
    kind = (jwk.get("kty"), jwk.get("crv"))
    try:
        if kind == ("EC", "P-256"):
            x, y = _member(jwk, "x"), _member(jwk, "y")
            if not len(x) == len(y) == 32:  # RFC 7518 §6.2.1.2
                raise UnusableKey("x and y have 32 bytes each")
            point = ec.EllipticCurvePublicNumbers(_int(x), _int(y), ec.SECP256R1())
            return point.public_key()
        if kind == ("OKP", "Ed25519"):
            return _ed25519(_member(jwk, "x"))
        if kind == ("RSA", None):
            return _rsa(_int(_member(jwk, "n")), _int(_member(jwk, "e")))
    except ValueError as error:
        raise UnusableKey(str(error)) from error
    raise UnusableKey("kty and crv are none of ours")


def _ed25519(x: bytes) -> ed25519.Ed25519PublicKey:
    if x and x[:-1] + bytes([x[-1] & 0x7F]) in _SMALL_ORDER:
        raise UnusableKey("a point of small order: anybody signs for it")
    return ed25519.Ed25519PublicKey.from_public_bytes(x)


def _rsa(n: int, e: int) -> rsa.RSAPublicKey:
    if n.bit_length() > 8192 or not 65537 <= e < 1 << 32 or e % 2 == 0 or n % 2 == 0:
        raise UnusableKey("an RSA key of unusual size")  # a huge one would cost us the CPU
    return rsa.RSAPublicNumbers(e, n).public_key()


def _member(jwk: Mapping[str, object], name: str) -> bytes:
    value = jwk.get(name)
    if not isinstance(value, str) or len(value) > 2048 or not value.isascii():
        raise UnusableKey(f"{name} is missing or no text")
    return base64url.decode(value.encode())


def _int(raw: bytes) -> int:
    return int.from_bytes(raw, "big")


def _number(value: int, size: int | None = None) -> str:
    raw = value.to_bytes(size or (value.bit_length() + 7) // 8, "big")
    return base64url.encode(raw).decode()
