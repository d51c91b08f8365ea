"""Compact JWE (RFC 7516): what we encrypt to others' keys, and what is encrypted to ours.

No password-based, symmetric or RSA1_5 key management, and no compression: a small token
cannot become a large one (`zip` is refused).  joserfc does the work, behind these guards.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self, cast, get_args

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from limen.platform.jose import base64url
from limen.platform.jose.algorithms import RSA_BITS
from limen.platform.jose.keys import Jwk, UnusableKey, public_parts, thumbprint
from limen.platform.jose.strict_json import check_object
from limen.platform.jose.verify import InvalidToken

KeyAlg = Literal["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW", "RSA-OAEP-256"]
ContentAlg = Literal["A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM"]
KEY_ALGS: Final[tuple[KeyAlg, ...]] = get_args(KeyAlg)
CONTENT_ALGS: Final[tuple[ContentAlg, ...]] = get_args(ContentAlg)
Family = Literal["ECDH-ES", "RSA-OAEP-256"]
FAMILIES: Final[tuple[Family, ...]] = get_args(Family)
"""What a key of ours is made for: an elliptic curve serves every form of ECDH-ES."""


def family_of(alg: str) -> Family | None:
    """Return what a key for `alg` is made for, if `alg` is one of KEY_ALGS."""
    if alg not in KEY_ALGS:
        return None
    return "RSA-OAEP-256" if alg == "RSA-OAEP-256" else "ECDH-ES"


MAX_SIZE: Final = 64 * 1024
_CURVES: Final = ("P-256", "P-384", "P-521")


@dataclass(frozen=True, slots=True)
class DecryptionKey:
    """A private key of ours that others encrypt to.  It never shows itself."""

    kid: str
    family: Family
    jwk: Jwk = field(repr=False, compare=False)
    private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey = field(repr=False, compare=False)

    @classmethod
    def generate(cls, family: Family) -> Self:
        """Make a new key, P-256 or RSA."""
        if family == "ECDH-ES":
            return cls._of(ec.generate_private_key(ec.SECP256R1()))
        return cls._of(rsa.generate_private_key(65537, RSA_BITS))

    @classmethod
    def from_pkcs8(cls, der: bytes) -> Self:
        """Read what `to_pkcs8` wrote.  Raises UnusableKey."""
        try:
            private = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
        except (ValueError, TypeError) as error:
            raise UnusableKey("no PKCS #8 private key") from error
        if not isinstance(private, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise UnusableKey("a private key of a kind that we do not use")
        return cls._of(private)

    @classmethod
    def _of(cls, private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> Self:
        parts = public_parts(private.public_key())
        family: Family = "RSA-OAEP-256" if parts["kty"] == "RSA" else "ECDH-ES"
        kid = thumbprint(parts)
        jwk = {**parts, "kid": kid, "use": "enc", "alg": family}
        if family == "ECDH-ES":
            del jwk["alg"]  # it serves all three forms
        return cls(kid, family, jwk, private)

    def to_pkcs8(self) -> bytes:
        """Return the private key as DER, for sealing only."""
        return self.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True, slots=True)
class Recipient:
    """A public key of somebody, and how they want to be encrypted to."""

    alg: KeyAlg
    enc: ContentAlg
    jwk: Mapping[str, object] = field(repr=False)


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`zip`, `crit`, `p2c`, `jwk`, `jku`, `x5c` and others are refused."""

    alg: str
    enc: str
    kid: str | None = None
    typ: str | None = None
    cty: str | None = None
    epk: dict[str, str] | None = None
    apu: str | None = None
    apv: str | None = None
    iss: object = None
    aud: object = None


_header_decoder = msgspec.json.Decoder(_Header)


def find_recipient(
    jwks: Iterable[Mapping[str, object]], alg: str, enc: str | None
) -> Recipient | None:
    """Return the first key that fits; without `enc`, A128CBC-HS256 (Registration §2)."""
    wanted = enc or "A128CBC-HS256"
    if alg not in KEY_ALGS or wanted not in CONTENT_ALGS:
        return None
    for jwk in jwks:
        if _fits(jwk, alg):
            return Recipient(alg, wanted, jwk)
    return None


def encrypt(
    content: str, recipient: Recipient, *, typ: str | None = None, cty: str | None = "JWT"
) -> str:
    """Return `content`, a signed token, nested in an encrypted one.  Raises UnusableKey.

    `cty` is None where it is no token.
    """
    from joserfc import jwe  # where first used: it takes 0.1 s to load
    from joserfc.errors import JoseError

    header: dict[str, Any] = {"alg": recipient.alg, "enc": recipient.enc}
    if cty is not None:
        header["cty"] = cty
    kid = recipient.jwk.get("kid")
    if isinstance(kid, str):
        header["kid"] = kid
    if typ is not None:
        header["typ"] = typ
    try:
        key = _imported(recipient.jwk)
        return jwe.encrypt_compact(
            header, content.encode(), key, algorithms=[recipient.alg, recipient.enc]
        )
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise UnusableKey(f"cannot encrypt: {type(error).__name__}") from error


def encrypt_for(
    jwks: Mapping[str, object], alg: str, enc: str | None, content: str, *, cty: str | None = "JWT"
) -> str:
    """Return `content` encrypted to the key of a JWK Set that fits.  Raises UnusableKey."""
    keys = jwks.get("keys")
    listed = cast("list[object]", keys) if isinstance(keys, list) else []
    known = [cast("dict[str, object]", jwk) for jwk in listed if isinstance(jwk, dict)]
    recipient = find_recipient(known, alg, enc)
    if recipient is None:
        raise UnusableKey("no key of the set fits")
    return encrypt(content, recipient, cty=cty)


def is_encrypted(token: str) -> bool:
    """True for what has the five parts of a compact JWE."""
    return token.count(".") == 4


def decrypt(
    token: str,
    keys: Mapping[str, DecryptionKey],
    *,
    algs: Iterable[str] = KEY_ALGS,
    encs: Iterable[str] = CONTENT_ALGS,
) -> str:
    """Return what was encrypted to one of `keys`.  Raises InvalidToken, and nothing else."""
    header = _read_header(token)
    if header.alg not in algs or header.enc not in encs:
        raise InvalidToken("alg")
    family = family_of(header.alg)
    if header.kid is not None:
        found = keys.get(header.kid)
        candidates = [found] if found is not None and found.family == family else []
    else:
        candidates = [key for key in keys.values() if key.family == family]
    for key in candidates:
        content = _open(token, key, header)
        if content is not None:
            return content
    raise InvalidToken("kid" if not candidates else "decryption")


def _read_header(token: str) -> _Header:
    if len(token) > MAX_SIZE:
        raise InvalidToken("size")
    if not token.isascii() or token.count(".") != 4:
        raise InvalidToken("form")
    try:
        raw = base64url.decode(token.partition(".")[0].encode())
        check_object(raw)
        return _header_decoder.decode(raw)
    except (ValueError, msgspec.DecodeError) as error:
        raise InvalidToken(f"header: {error}") from error


def _open(token: str, key: DecryptionKey, header: _Header) -> str | None:
    """Return the content; every failure looks alike, so that nobody learns from it."""
    from joserfc import jwe
    from joserfc.jwk import ECKey, RSAKey

    kind = RSAKey if key.family == "RSA-OAEP-256" else ECKey
    try:
        imported = kind.import_key(
            key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        found = jwe.decrypt_compact(token, imported, algorithms=[header.alg, header.enc])
        return (found.plaintext or b"").decode("ascii")
    except Exception:  # noqa: BLE001 - whatever the text is, it is no token for us
        return None


def _fits(jwk: Mapping[str, object], alg: str) -> bool:
    if "d" in jwk or "k" in jwk or jwk.get("use", "enc") != "enc":
        return False
    if jwk.get("alg", alg) != alg:
        return False
    if alg == "RSA-OAEP-256":
        return jwk.get("kty") == "RSA"
    crv = jwk.get("crv")
    return (jwk.get("kty") == "EC" and crv in _CURVES) or (
        jwk.get("kty") == "OKP" and crv == "X25519"
    )


def _imported(jwk: Mapping[str, object]) -> Any:
    from joserfc.jwk import import_key

    named = {n: v for n, v in jwk.items() if n in ("kty", "crv", "x", "y", "n", "e")}
    key = import_key(cast("Any", named))
    raw = key.public_key if hasattr(key, "public_key") else None
    if isinstance(raw, rsa.RSAPublicKey) and not RSA_BITS <= raw.key_size <= 8192:
        raise UnusableKey("an RSA key of unusual size")
    return key
