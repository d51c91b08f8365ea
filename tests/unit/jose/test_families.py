"""Keys and encrypted tokens that a careless implementation takes (in Wycheproof's manner)."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tests.support.tokens import a_key, b64

from limen.platform.jose import encryption
from limen.platform.jose.base64url import decode
from limen.platform.jose.encryption import DecryptionKey, decrypt, encrypt
from limen.platform.jose.foreign import MAX_KEYS, parse_keys
from limen.platform.jose.keys import UnusableKey, VerifyingKey, public_parts
from limen.platform.jose.verify import InvalidToken

P: Final = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
EC: Final = {k: v for k, v in a_key("ES256").public.jwk.items() if k not in ("kid", "use")}
RSA: Final = {k: v for k, v in a_key("RS256").public.jwk.items() if k not in ("kid", "use")}
ED: Final = {k: v for k, v in a_key("EdDSA").public.jwk.items() if k not in ("kid", "use")}
_N: Final = int.from_bytes(decode(RSA["n"].encode()), "big")
SMALL_ORDER: Final = (
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
)


def _number(value: int, size: int | None = None) -> str:
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8 or 1, "big"))


def wrong_keys() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "empty", {}
    yield "of no kind", {"alg": "ES256"}
    for kty in ("", "ec", "oct", "OCT", "RSA ", None, 7, ["EC"]):
        yield f"kty {kty!r}", {**EC, "kty": kty}
    yield "symmetric", {"kty": "oct", "k": "AAAA", "alg": "HS256"}
    yield "symmetric, empty", {"kty": "oct", "k": "", "alg": "HS256"}
    for name in ("d", "k"):
        yield f"with {name}", {**EC, name: "AAAA"}
    for name in ("x", "y"):
        value = decode(EC[name].encode())
        for what, odd in {
            "missing": None, "empty": "", "padded": EC[name] + "=", "a number": 7,
            "zero": b64(bytes(32)), "33 bytes": b64(b"\0" + value), "31 bytes": b64(value[1:]),
            "p": _number(P), "all ones": b64(b"\xff" * 32), "spaced": EC[name] + " ",
            "standard base64": EC[name][:-1] + "+", "endless": "A" * 10_000,
        }.items():  # fmt: skip
            yield f"EC {name} {what}", {**EC, name: odd}
    yield "EC of nothing", {**EC, "x": b64(bytes(32)), "y": b64(bytes(32))}
    yield "EC swapped", {**EC, "x": EC["y"], "y": EC["x"]}
    for crv in ("", "P-192", "P-224", "P-384", "P-521", "secp256k1", "Ed25519", "p-256", None):
        yield f"EC on {crv}", {**EC, "crv": crv}
    for curve, crv in ((ec.SECP384R1(), "P-384"), (ec.SECP521R1(), "P-521"),
                       (ec.SECP256K1(), "secp256k1")):  # fmt: skip
        point = ec.generate_private_key(curve).public_key().public_numbers()
        size = (curve.key_size + 7) // 8
        parts = {"kty": "EC", "x": _number(point.x, size), "y": _number(point.y, size)}
        for said in (crv, "P-256"):
            yield f"a point of {crv} as {said}", {**parts, "crv": said, "alg": "ES256"}
    for bits in (512, 1024, 2040):
        found = public_parts(rsa.RSAPublicNumbers(65537, (1 << bits) - 105).public_key())
        yield f"RSA of {bits} bits", {**found, "alg": "RS256"}
    for e in (0, 1, 2, 3, 17, 4, 65536, 65538, 1 << 32, (1 << 64) + 1):
        yield f"RSA e = {e}", {**RSA, "e": _number(e)}
    for what, n in {
        "0": 0,
        "1": 1,
        "2^2047": 1 << 2047,
        "even": _N - 1,
        "16384 bits": 1 << 16383,
    }.items():
        yield f"RSA n = {what}", {**RSA, "n": _number(n)}
    for name in ("n", "e"):
        for what, odd in {"missing": None, "empty": "", "padded": RSA[name] + "="}.items():
            yield f"RSA {name} {what}", {**RSA, name: odd}
    yield "RSA on a curve", {**RSA, "crv": "P-256"}
    for size in (0, 31, 33, 57):
        yield f"Ed25519 of {size} bytes", {**ED, "x": b64(bytes(size))}
    for crv in ("X25519", "Ed448", "X448", "ed25519", "P-256"):
        yield f"OKP on {crv}", {**ED, "crv": crv}
    for x in SMALL_ORDER:
        yield f"Ed25519 of small order {x[:4]}…{x[-2:]}", {**ED, "x": b64(bytes.fromhex(x))}
    for jwk, algs in ((EC, ("RS256", "PS256", "EdDSA", "ES384", "HS256", "none", "RSA-OAEP-256")),
                      (RSA, ("ES256", "EdDSA", "HS256", "RS1")), (ED, ("ES256", "RS256"))):  # fmt: skip
        for alg in algs:
            yield f"{jwk['kty']} for {alg}", {**jwk, "alg": alg}
    for use in ("enc", "", "SIG", 7, None):
        yield f"use {use!r}", {**EC, "use": use}


WRONG_KEYS = list(wrong_keys())


@pytest.mark.parametrize(("name", "jwk"), WRONG_KEYS, ids=[name for name, _ in WRONG_KEYS])
def test_no_wrong_key_is_taken(name: str, jwk: dict[str, Any]) -> None:
    """A095, A097, A103: sizes, curves, points, kinds, spellings; alone and among right ones."""
    with pytest.raises(UnusableKey):
        VerifyingKey.from_jwk(jwk)
    usable = [key for key in parse_keys({"keys": [jwk]}) if key.serves(_alg_of(jwk))]
    assert usable == [], name
    among = parse_keys({"keys": [jwk, EC, {"kty": "of tomorrow"}, RSA]})
    assert {type(key.public) for key in among} >= {
        type(key.public) for key in parse_keys({"keys": [EC, RSA]})
    }


def _alg_of(jwk: dict[str, Any]) -> Any:
    return jwk["alg"] if jwk.get("alg") in ("ES256", "RS256", "PS256", "EdDSA") else "ES256"


def test_what_is_no_set() -> None:
    """A095, A121"""
    for wrong in ({}, {"keys": None}, {"keys": {}}, {"keys": "x"}, {"keys": [EC] * (MAX_KEYS + 1)}):
        with pytest.raises(InvalidToken):
            parse_keys(wrong)
    assert parse_keys({"keys": []}) == ()
    assert parse_keys({"keys": [None, 7, "x", [], {}]}) == ()


# Encrypted tokens

OURS_EC: Final = DecryptionKey.generate("ECDH-ES")
OURS_RSA: Final = DecryptionKey.generate("RSA-OAEP-256")
OURS: Final = {OURS_EC.kid: OURS_EC, OURS_RSA.kid: OURS_RSA}
CBC, GCM = "A128CBC-HS256", "A128GCM"


def sealed(alg: str, enc: str) -> list[str]:
    key = OURS_RSA if alg == "RSA-OAEP-256" else OURS_EC
    recipient = encryption.find_recipient([key.jwk], alg, enc)
    assert recipient is not None
    return encrypt("a.b.c", recipient).split(".")


def with_part(token: list[str], index: int, raw: bytes) -> str:
    return ".".join([*token[:index], b64(raw), *token[index + 1 :]])


def headed(token: list[str], **changes: Any) -> str:
    header = json.loads(urlsafe_b64decode(token[0] + "=="))
    found = {k: v for k, v in (header | changes).items() if v is not None}
    return with_part(token, 0, json.dumps(found).encode())


def own_cek(enc: str, cek: bytes, key: DecryptionKey = OURS_RSA, *, sha: Any = None) -> str:
    """Return an RSA-OAEP token whose content key is of any size."""
    header = b64(json.dumps({"alg": "RSA-OAEP-256", "enc": enc, "kid": key.kid}).encode())
    digest = sha or hashes.SHA256()
    public: Any = key.private.public_key()
    wrapped = public.encrypt(cek, padding.OAEP(padding.MGF1(digest), digest, None))
    inner = AESGCM((cek or bytes(16))[:16].ljust(16, b"\0")).encrypt(
        bytes(12), b"a.b.c", header.encode()
    )
    return ".".join([header, b64(wrapped), b64(bytes(12)), b64(inner[:-16]), b64(inner[-16:])])


def wrong_tokens() -> Iterator[tuple[str, str]]:
    for alg in ("ECDH-ES", "ECDH-ES+A128KW", "RSA-OAEP-256"):
        for enc in (GCM, CBC):
            yield from ((f"{alg} {enc}: {name}", token) for name, token in _of(alg, enc))
    for name, cek in {"empty": b"", "8 bytes": bytes(8), "15 bytes": bytes(15), "17 bytes": bytes(17),
                      "24 bytes": bytes(24), "32 bytes": bytes(32)}.items():  # fmt: skip
        yield f"CEK {name}", own_cek(GCM, cek)
    yield "CEK for A128GCM, as A256GCM", own_cek("A256GCM", bytes(16))
    yield "OAEP with SHA-1", own_cek(GCM, bytes(16), sha=hashes.SHA1())
    yield from _of_curves()


def _of(alg: str, enc: str) -> Iterator[tuple[str, str]]:
    token = sealed(alg, enc)
    tag, iv, key = (decode(token[i].encode()) for i in (4, 2, 1))
    for size in (0, 1, 4, 8, 12, 15):
        yield f"tag of {size} bytes", with_part(token, 4, tag[:size])
    yield "tag with a byte behind", with_part(token, 4, tag + b"\0")
    yield "tag of zeros", with_part(token, 4, bytes(16))
    for size in (0, 8, 11, 13, 15, 32):
        yield f"IV of {size} bytes", with_part(token, 2, iv.ljust(32, b"\0")[:size])
    if alg == "ECDH-ES":
        yield "a key where there is none", with_part(token, 1, bytes(16))
    else:
        yield "no key", with_part(token, 1, b"")
        yield "a key cut", with_part(token, 1, key[:-8])
        yield "a key with more", with_part(token, 1, key + bytes(8))
        yield "a key flipped", with_part(token, 1, bytes([key[0] ^ 1]) + key[1:])
    for index, part in enumerate(("header", "key", "IV", "content", "tag")):
        if token[index]:
            yield (
                f"{part} padded",
                ".".join([*token[:index], token[index] + "=", *token[index + 1 :]]),
            )
            yield (
                f"{part} spaced",
                ".".join([*token[:index], token[index] + "\n", *token[index + 1 :]]),
            )
        stray = _stray(token[index])
        if stray is not None:
            yield f"{part} with stray bits", ".".join([*token[:index], stray, *token[index + 1 :]])
    other = CBC if enc == GCM else GCM
    for change in ({"enc": other}, {"enc": "A256GCM"}, {"enc": "none"}, {"zip": "DEF"}, {"crit": []},
                   {"crit": ["exp"]}, {"alg": "dir"}, {"alg": "RSA1_5"}, {"alg": "RSA-OAEP"},
                   {"alg": "A128KW"}, {"alg": "PBES2-HS256+A128KW", "p2c": 10**9}, {"b64": False},
                   {"kid": "x"}, {"jwk": {}}, {"x": 1}):  # fmt: skip
        yield f"header {change}", headed(token, **change)
    twice = urlsafe_b64decode(token[0] + "==")
    yield "enc twice", with_part(token, 0, b'{"enc":"A256GCM",' + twice[1:])


def _stray(part: str) -> str | None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    if len(part) % 4 not in (2, 3):
        return None
    return part[:-1] + letters[letters.index(part[-1]) ^ 1]


def _of_curves() -> Iterator[tuple[str, str]]:
    """Points off the curve, of another one, of nothing (CVE-2017-16007's family)."""
    token = sealed("ECDH-ES", GCM)
    right = json.loads(urlsafe_b64decode(token[0] + "=="))["epk"]
    point = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
    for name, epk in {
        "none": None, "empty": {}, "off the curve": right | {"y": right["x"]},
        "nothing": right | {"x": b64(bytes(32)), "y": b64(bytes(32))},
        "p": right | {"x": _number(P)}, "x = 0": right | {"x": b64(bytes(32))},
        "short": right | {"x": right["x"][:-3]}, "no y": {k: right[k] for k in ("kty", "crv", "x")},
        "of P-384": {"kty": "EC", "crv": "P-384", "x": _number(point.x, 48), "y": _number(point.y, 48)},
        "of P-384 as P-256": right | {"x": _number(point.x, 48), "y": _number(point.y, 48)},
        "called P-521": right | {"crv": "P-521"}, "called secp256k1": right | {"crv": "secp256k1"},
        "of X25519": {"kty": "OKP", "crv": "X25519", "x": b64(bytes(32))},
        "RSA": {"kty": "RSA", "n": RSA["n"], "e": "AQAB"}, "symmetric": {"kty": "oct", "k": "AAAA"},
    }.items():  # fmt: skip
        yield f"epk {name}", headed(token, epk=epk)


WRONG_TOKENS = list(wrong_tokens())


@pytest.mark.parametrize(("name", "token"), WRONG_TOKENS, ids=[name for name, _ in WRONG_TOKENS])
def test_no_wrong_encrypted_token_is_opened(name: str, token: str) -> None:
    """A095, A097, A099, A111: tags, sizes, keys, curves, spellings; all are the same refusal."""
    with pytest.raises(InvalidToken) as caught:
        decrypt(token, OURS)
    assert caught.value.__cause__ is None or "header" in caught.value.reason, name


@pytest.mark.filterwarnings("ignore:Key size should be")  # and then it is refused
def test_nothing_is_encrypted_to_a_wrong_key() -> None:
    """A095: nor does a key that is unusable break anything but its own answer."""
    taken = []
    for name, jwk in wrong_keys():
        shown = {k: v for k, v in jwk.items() if k not in ("alg", "use")}
        for alg in ("ECDH-ES", "RSA-OAEP-256"):
            found = encryption.find_recipient([shown], alg, GCM)
            if found is None or name.startswith(("EC on P-384", "EC on P-521", "EC swapped")):
                continue
            if name in _FIT_TO_ENCRYPT or name.startswith(("EC for", "RSA for", "use ")):
                continue
            try:
                encrypt("a.b.c", found)
            except UnusableKey:
                continue
            taken.append((name, alg))
    assert taken == []


_FIT_TO_ENCRYPT: Final = frozenset(
    {"RSA e = 3", "RSA e = 17", "RSA on a curve", "of no kind", "a point of P-384 as P-384",
     "a point of P-521 as P-521", "kty 'RSA '", "EC x 33 bytes", "EC y 33 bytes",
     "RSA e = 18446744073709551617", "OKP on X25519"}
)  # fmt: skip
"""No key for signatures of ours, and one to encrypt to: others' exponents, curves, zeros."""
