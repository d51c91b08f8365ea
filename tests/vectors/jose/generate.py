"""Make the signature vectors of this folder again: python tests/vectors/jose/generate.py

In the manner of Wycheproof: every signature that a sloppy verifier is known to accept.  Each
run makes new keys; the private ones are thrown away.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from limen.platform.jose.keys import VerifyingKey

HERE = Path(__file__).parent
MESSAGE = b"eyJhbGciOiJub25lIn0.e30"
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
L = 2**252 + 27742317777372353535851937790883648493
Case = tuple[str, bytes, bool]


def raw(r: int, s: int, size: int = 32) -> bytes:
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def flips(good: bytes) -> Iterator[Case]:
    for bit in (0, 7, 8 * len(good) // 2, 8 * len(good) - 8, 8 * len(good) - 1):
        bad = bytearray(good)
        bad[bit // 8] ^= 0x80 >> bit % 8
        yield f"bit {bit} flipped", bytes(bad), False


def lengths(good: bytes) -> Iterator[Case]:
    yield "empty", b"", False
    yield "one byte", good[:1], False
    yield "first byte missing", good[1:], False
    yield "last byte missing", good[:-1], False
    yield "half", good[: len(good) // 2], False
    yield "zero in front", b"\0" + good, False
    yield "zero behind", good + b"\0", False
    yield "twice", good + good, False
    yield "all zero", bytes(len(good)), False
    yield "all ones", b"\xff" * len(good), False
    yield "one", (1).to_bytes(len(good), "big"), False


def es256() -> tuple[VerifyingKey, Iterator[Case]]:
    key = ec.generate_private_key(ec.SECP256R1())
    return VerifyingKey.of("ES256", key.public_key()), _es256(key)


def _es256(key: ec.EllipticCurvePrivateKey) -> Iterator[Case]:
    der = key.sign(MESSAGE, ec.ECDSA(hashes.SHA256()))
    r, s = utils.decode_dss_signature(der)
    good = raw(r, s)
    yield "right", good, True
    yield "high s: n - s is as right as s", raw(r, N - s), True
    yield from flips(good)
    yield from lengths(good)
    edges = {
        "0": 0,
        "1": 1,
        "n - 1": N - 1,
        "n": N,
        "n + 1": N + 1,
        "p": P,
        "2^256 - 1": 2**256 - 1,
    }
    for name_r, edge_r in edges.items():
        for name_s, edge_s in edges.items():
            yield f"r = {name_r}, s = {name_s}", raw(edge_r, edge_s), False
    for name, edge in edges.items():
        yield f"r = {name}, s right", raw(edge, s), False
        yield f"r right, s = {name}", raw(r, edge), False
    yield "r and s swapped", raw(s, r), False
    yield "n - r", raw(N - r, s), False
    yield "DER", der, False
    yield "s with a zero in front, 33 bytes", good[:32] + b"\0" + good[32:], False
    yield "r with a zero in front, 33 bytes", b"\0" + good, False
    short = _with_a_short_half(key)
    yield "s begins with a zero", raw(*short), True
    yield "the zero that s begins with left out", raw(*short)[:32] + raw(*short)[33:], False
    yield "48 bytes each, as for P-384", raw(r, s, 48), False
    yield "66 bytes each, as for P-521", raw(r, s, 66), False
    yield "little endian", good[31::-1] + good[:31:-1], False
    yield "as decimal text", f"{r},{s}".encode(), False
    for digest in (hashes.SHA1(), hashes.SHA384(), hashes.SHA512()):
        other = utils.decode_dss_signature(key.sign(MESSAGE, ec.ECDSA(digest)))
        yield f"over {digest.name}", raw(*other), False
    other = utils.decode_dss_signature(key.sign(MESSAGE + b"x", ec.ECDSA(hashes.SHA256())))
    yield "of another message", raw(*other), False
    stranger = ec.generate_private_key(ec.SECP256R1())
    other = utils.decode_dss_signature(stranger.sign(MESSAGE, ec.ECDSA(hashes.SHA256())))
    yield "of another key", raw(*other), False


def _with_a_short_half(key: ec.EllipticCurvePrivateKey) -> tuple[int, int]:
    while True:
        r, s = utils.decode_dss_signature(key.sign(MESSAGE, ec.ECDSA(hashes.SHA256())))
        if s < 1 << 248:
            return r, s


def rsa_raw(key: rsa.RSAPrivateKey, block: bytes) -> bytes:
    numbers = key.private_numbers()
    n = numbers.public_numbers.n
    return pow(int.from_bytes(block, "big"), numbers.d, n).to_bytes(key.key_size // 8, "big")


DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def rs256() -> tuple[VerifyingKey, Iterator[Case]]:
    key = rsa.generate_private_key(65537, 2048)
    return VerifyingKey.of("RS256", key.public_key()), _rs256(key)


def _rs256(key: rsa.RSAPrivateKey) -> Iterator[Case]:
    good = key.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256())
    digest = hashlib.sha256(MESSAGE).digest()
    yield "right", good, True
    yield from flips(good)
    yield from lengths(good)
    yield from _beyond_the_modulus(key, good)

    def block(info: bytes, kind: int = 1, filler: int = 0xFF, tail: bytes = b"") -> bytes:
        pad = 256 - 3 - len(info) - len(tail)
        return bytes([0, kind]) + bytes([filler]) * pad + b"\0" + info + tail

    odd: dict[str, bytes] = {
        "block type 0": block(DIGEST_INFO + digest, 0, 0),
        "block type 2": block(DIGEST_INFO + digest, 2),
        "padding of zeros": block(DIGEST_INFO + digest, 1, 0),
        "padding of AA": block(DIGEST_INFO + digest, 1, 0xAA),
        "no DigestInfo": block(digest),
        "no NULL": block(bytes.fromhex("302f300b06096086480165030402010420") + digest),
        "parameters not NULL": block(
            bytes.fromhex("3032300e06096086480165030402010501000420") + digest
        ),
        "long form of a length": block(
            bytes.fromhex("308131300d060960864801650304020105000420") + digest
        ),
        "indefinite length": block(
            bytes.fromhex("3080300d060960864801650304020105000420") + digest + b"\0\0"
        ),
        "one byte behind the digest": block(DIGEST_INFO + digest, tail=b"\0"),
        "SHA-1 in name": block(bytes.fromhex("3021300906052b0e03021a05000414") + digest[:20]),
        "SHA-512 in name": block(
            bytes.fromhex("3051300d060960864801650304020305000440") + digest * 2
        ),
        "MD5 in name": block(bytes.fromhex("3020300c06082a864886f70d020505000410") + digest[:16]),
        "digest cut short": block(DIGEST_INFO + digest[:31]),
        "digest of something else": block(DIGEST_INFO + hashlib.sha256(b"x").digest()),
        "short padding, garbage behind (Bleichenbacher 2006)": (
            b"\0\1" + b"\xff" * 8 + b"\0" + DIGEST_INFO + digest
        ).ljust(256, b"\x5a"),
        "no padding": b"\0\1\0" + (DIGEST_INFO + digest).ljust(253, b"\0"),
        "first byte 1": b"\1" + block(DIGEST_INFO + digest)[1:],
    }
    for name, wrong in odd.items():
        if int.from_bytes(wrong, "big") < key.private_numbers().public_numbers.n:
            yield name, rsa_raw(key, wrong), False
    for digest_kind in (hashes.SHA1(), hashes.SHA384(), hashes.SHA512()):
        yield f"over {digest_kind.name}", key.sign(MESSAGE, padding.PKCS1v15(), digest_kind), False
    yield (
        "PSS",
        key.sign(MESSAGE, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()),
        False,
    )
    yield "of another message", key.sign(b"x", padding.PKCS1v15(), hashes.SHA256()), False


def _beyond_the_modulus(key: rsa.RSAPrivateKey, good: bytes) -> Iterator[Case]:
    n = key.private_numbers().public_numbers.n
    yield "n", n.to_bytes(256, "big"), False
    yield "n - 1", (n - 1).to_bytes(256, "big"), False
    yield "n - signature", (n - int.from_bytes(good, "big")).to_bytes(256, "big"), False
    beyond = int.from_bytes(good, "big") + n
    yield "signature + n", beyond.to_bytes(257 if beyond >> 2048 else 256, "big"), False


def ps256() -> tuple[VerifyingKey, Iterator[Case]]:
    key = rsa.generate_private_key(65537, 2048)
    return VerifyingKey.of("PS256", key.public_key()), _ps256(key)


def _ps256(key: rsa.RSAPrivateKey) -> Iterator[Case]:
    sha256 = hashes.SHA256()

    def pss(mgf: hashes.HashAlgorithm, salt: int, digest: hashes.HashAlgorithm) -> bytes:
        return key.sign(MESSAGE, padding.PSS(padding.MGF1(mgf), salt), digest)

    good = pss(sha256, 32, sha256)
    yield "right", good, True
    yield "right, another salt", pss(sha256, 32, sha256), True
    yield from flips(good)
    yield from lengths(good)
    yield from _beyond_the_modulus(key, good)
    for salt in (0, 1, 20, 31, 33, 64, 222):
        yield f"salt of {salt} bytes", pss(sha256, salt, sha256), False
    yield "MGF1 with SHA-1", pss(hashes.SHA1(), 32, sha256), False
    yield "MGF1 with SHA-512", pss(hashes.SHA512(), 32, sha256), False
    yield "over SHA-1", pss(hashes.SHA1(), 32, hashes.SHA1()), False
    yield "over SHA-384", pss(hashes.SHA384(), 48, hashes.SHA384()), False
    yield "over SHA-512", pss(hashes.SHA512(), 64, hashes.SHA512()), False
    encoded = pow(int.from_bytes(good, "big"), 65537, key.private_numbers().public_numbers.n)
    for name, wrong in {
        "trailer not BC": encoded ^ 1,
        "first bit set": encoded | 1 << 2047,
        "hash changed": encoded ^ 1 << 100,
        "masked block changed": encoded ^ 1 << 1000,
    }.items():
        if wrong < key.private_numbers().public_numbers.n:
            yield name, rsa_raw(key, wrong.to_bytes(256, "big")), False
    yield "PKCS #1 v1.5", key.sign(MESSAGE, padding.PKCS1v15(), sha256), False


def eddsa() -> tuple[VerifyingKey, Iterator[Case]]:
    key = ed25519.Ed25519PrivateKey.generate()
    return VerifyingKey.of("EdDSA", key.public_key()), _eddsa(key)


def _eddsa(key: ed25519.Ed25519PrivateKey) -> Iterator[Case]:
    good = key.sign(MESSAGE)
    yield "right", good, True
    yield from flips(good)
    yield from lengths(good)
    s = int.from_bytes(good[32:], "little")
    for times in (1, 2, 7, 14):
        yield f"s + {times} L", good[:32] + (s + times * L).to_bytes(32, "little"), False
    yield "L - s", good[:32] + (L - s).to_bytes(32, "little"), False
    yield "s = 0", good[:32] + bytes(32), False
    yield "s = L", good[:32] + L.to_bytes(32, "little"), False
    yield "R = 0", bytes(32) + good[32:], False
    yield "R is the neutral element", b"\1" + bytes(31) + good[32:], False
    yield "R of small order, s = 0", b"\1" + bytes(63), False
    yield "R not canonical", b"\xee" + b"\xff" * 30 + b"\x7f" + good[32:], False
    yield "halves swapped", good[32:] + good[:32], False
    yield "of another message", key.sign(MESSAGE + b"\0"), False
    yield "of the digest", key.sign(hashlib.sha512(MESSAGE).digest()), False
    yield "of another key", ed25519.Ed25519PrivateKey.generate().sign(MESSAGE), False


def write(name: str, make: Callable[[], tuple[VerifyingKey, Iterator[Case]]]) -> None:
    key, cases = make()
    vectors = {
        "alg": key.alg,
        "jwk": dict(key.jwk),
        "message": MESSAGE.decode(),
        "cases": [
            {"comment": comment, "signature": signature.hex(), "valid": valid}
            for comment, signature, valid in cases
        ],
    }
    (HERE / f"{name}.json").write_text(json.dumps(vectors, indent=1) + "\n")


if __name__ == "__main__":
    write("es256", es256)
    write("rs256", rs256)
    write("ps256", ps256)
    write("eddsa", eddsa)
