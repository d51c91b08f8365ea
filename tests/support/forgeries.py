"""Tokens that a careless implementation believes, made of any right one (in Wycheproof's manner).

`forgeries(right)` yields each with its name; `right` makes a new token in its parts each time,
so that nothing is refused for having been seen before.
"""

import hmac
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from limen.platform.jose.algorithms import ALGORITHMS
from limen.platform.jose.keys import SigningKey

_N: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_EVIL: Final = "https://keys.evil.test/jwks"
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def as_json(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


@dataclass
class Parts:
    """A token to be: its `key` signs with ES256, and `head` says so."""

    head: dict[str, Any]
    claims: dict[str, Any]
    key: SigningKey

    def sign(self, message: str, key: SigningKey | None = None) -> bytes:
        return ALGORITHMS["ES256"].sign((key or self.key).private, message.encode())

    def token(self, head: Any = None, claims: Any = None, key: SigningKey | None = None) -> str:
        head = self.head if head is None else head
        claims = self.claims if claims is None else claims
        message = f"{b64(as_json(head))}.{b64(as_json(claims))}"
        return f"{message}.{b64(self.sign(message, key))}"

    def headed(self, **changes: Any) -> str:
        return self.token(self.head | changes)

    def by(self, signature: bytes) -> str:
        """Return the token with another signature."""
        return f"{self.token().rpartition('.')[0]}.{b64(signature)}"


Right = Callable[[], Parts]
Forgery = tuple[str, str]


def forgeries(right: Right) -> Iterator[Forgery]:
    for family in (encodings, objects, members, algorithms, symmetric, signatures, keys_in_it):
        for name, token in family(right):
            yield f"{family.__name__}: {name}", token


def encodings(right: Right) -> Iterator[Forgery]:
    """One token has one spelling."""
    for index, part in enumerate(("header", "payload", "signature")):
        for name, change in {
            "padded": lambda text: text + "=" * (-len(text) % 4 or 4),
            "a stray =": lambda text: text[:4] + "=" + text[4:],
            "a space": lambda text: text[:4] + " " + text[4:],
            "a newline behind": lambda text: text + "\n",
            "a NUL behind": lambda text: text + "\0",
            "not ASCII": lambda text: text + "é",
            "of the other alphabet": lambda text: text[:-1] + "+",
            "one letter short": lambda text: text[:-1],
            "empty": lambda _: "",
        }.items():
            parts = right().token().split(".")
            parts[index] = change(parts[index])
            yield f"{part} {name}", ".".join(parts)
    parts = right().token().split(".")
    last = _LETTERS.index(parts[2][-1])
    yield "stray bits in the signature", ".".join([*parts[:2], parts[2][:-1] + _LETTERS[last + 1]])
    yield "two parts", right().token().rpartition(".")[0]
    yield "four parts", right().token() + ".e30"
    yield "five parts", right().token() + ".e30.e30"
    yield "twice", right().token() + right().token()
    yield "an empty part in front", "." + right().token()
    yield "quoted", f'"{right().token()}"'
    head, claims, signature = right().token().split(".")
    flat = {"protected": head, "payload": claims, "signature": signature}
    yield "flattened JSON", json.dumps(flat)
    listed = [{"protected": head, "signature": signature}]
    yield "general JSON", json.dumps({"payload": claims, "signatures": listed})
    yield "far too long", right().token(claims=right().claims | {"x": "x" * 70_000})


def objects(right: Right) -> Iterator[Forgery]:
    """Header and payload are one JSON object each."""
    for name, raw in {
        "a list": b"[]", "a text": b'"x"', "null": b"null", "nothing": b" ", "a number": b"7",
        "no UTF-8": b'{"alg":"ES256","x":"\xff"}', "open": b'{"alg":"ES256"',
        "with a tail": b'{"alg":"ES256"}x', "two": b'{"alg":"ES256"}{"alg":"ES256"}',
    }.items():  # fmt: skip
        yield f"header: {name}", right().token(head=raw)
        yield f"payload: {name}", right().token(claims=raw)
    found = right()
    for name, raw in {
        "a BOM": b"\xef\xbb\xbf" + as_json(found.claims),
        "UTF-16": json.dumps(found.claims).encode("utf-16"),
        "NaN": as_json(found.claims)[:-1] + b',"x":NaN}',
        "a comment": as_json(found.claims)[:-1] + b"/**/}",
        "a comma behind": as_json(found.claims)[:-1] + b",}",
        "a token": found.token().encode(),
    }.items():
        yield f"payload: {name}", right().token(claims=raw)


def members(right: Right) -> Iterator[Forgery]:
    """A name that comes twice means two things to two readers."""
    for name, value in right().claims.items():
        whole = as_json(right().claims)
        again = json.dumps({name: value})[1:-1].encode()
        yield f"{name} twice", right().token(claims=whole[:-1] + b"," + again + b"}")
        escaped = f'"\\u{ord(name[0]):04x}{name[1:]}"'.encode()
        spelled = again.replace(json.dumps(name).encode(), escaped, 1)
        yield f"{name} twice, escaped", right().token(claims=b"{" + spelled + b"," + whole[1:])
    for name, value in right().head.items():
        whole, again = as_json(right().head), json.dumps({name: value})[1:-1].encode()
        yield f"header: {name} twice", right().token(head=whole[:-1] + b"," + again + b"}")
    none_first = b'{"alg":"none",' + as_json(right().head)[1:]
    yield "header: none and an alg", right().token(head=none_first)


def algorithms(right: Right) -> Iterator[Forgery]:
    """The algorithm is the key's, and no token says otherwise."""
    for alg in ("none", "None", "nOnE", "NONE", "", " ", "ES256 ", "es256", "HS256", "HS384",
                "HS512", "RS256", "PS256", "RS1", "ES384", "ES512", "ES256K", "EdDSA", "Ed25519",
                "Ed448", "ECDH-ES", "dir", "A128KW", "PBES2-HS256+A128KW"):  # fmt: skip
        yield f"alg {alg!r}", right().headed(alg=alg)
        yield f"alg {alg!r}, unsigned", right().headed(alg=alg).rpartition(".")[0] + "."
    for odd in (None, [], ["ES256"], {}, {"ES256": 1}, 7, True):
        yield f"alg {odd!r}", right().headed(alg=odd)
    found = right()
    yield "no alg", found.token(head={k: v for k, v in found.head.items() if k != "alg"})


def symmetric(right: Right) -> Iterator[Forgery]:
    """HS256 under whatever of the public key one could take for a secret (CVE-2016-5431)."""
    found = right()
    public: Any = found.key.public.public
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    jwk = dict(found.key.public.jwk)
    secrets = {
        "nothing": b"", "PEM": pem, "PEM without its end": pem.rstrip(),
        "DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "point": public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
        "JWK": json.dumps(jwk).encode(), "x": jwk["x"].encode(), "kid": found.key.kid.encode(),
    }  # fmt: skip
    for name, secret in secrets.items():
        message = f"{b64(as_json(right().head | {'alg': 'HS256'}))}.{b64(as_json(right().claims))}"
        mac = hmac.digest(secret, message.encode(), sha256)
        yield f"HS256 by {name}", f"{message}.{b64(mac)}"


def signatures(right: Right) -> Iterator[Forgery]:
    """64 bytes, r and s from 1 to n - 1, over this message by this key."""
    good = right().sign("x")
    r, s = good[:32], good[32:]
    der = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
    for name, wrong in {
        "r = s = 0": bytes(64), "one byte": b"\1", "all ones": b"\xff" * 64, "DER": der,
        "of another message": good,
    }.items():  # fmt: skip
        yield name, right().by(wrong)
    for name, change in {
        "r = 0": lambda r, s: bytes(32) + s,
        "s = 0": lambda r, s: r + bytes(32),
        "r = n": lambda r, s: _N.to_bytes(32, "big") + s,
        "s = n": lambda r, s: r + _N.to_bytes(32, "big"),
        "swapped": lambda r, s: s + r,
        "33 bytes each": lambda r, s: b"\0" + r + b"\0" + s,
        "48 bytes each": lambda r, s: bytes(16) + r + bytes(16) + s,
        "one byte behind": lambda r, s: r + s + b"\0",
        "one byte less": lambda r, s: (r + s)[:-1],
        "a bit flipped": lambda r, s: bytes([r[0] ^ 1]) + r[1:] + s,
    }.items():
        found = right()
        message = found.token().rpartition(".")[0]
        signed = found.sign(message)
        yield name, f"{message}.{b64(change(signed[:32], signed[32:]))}"
    found = right()
    message, _, signature = found.token().rpartition(".")
    head, _ = message.split(".")
    other = b64(as_json(found.claims | {"extra": 1}))
    yield "other claims", f"{head}.{other}.{signature}"
    yield (
        "other header",
        f"{b64(as_json(found.head | {'extra': 1}))}.{message[len(head) + 1 :]}.{signature}",
    )
    private: Any = found.key.private
    wide = private.sign(message.encode(), ec.ECDSA(hashes.SHA384()))
    yield "over SHA-384, DER", f"{message}.{b64(wide)}"
    yield "in standard base64", f"{message}.{b64encode(found.sign(message)).decode()}"
    yield "by a stranger", found.token(key=SigningKey.generate("ES256"))


def keys_in_it(right: Right) -> Iterator[Forgery]:
    """No token brings the key that it is believed by, nor rules of its own (RFC 7515 §4.1)."""
    stranger = SigningKey.generate("ES256")
    jwk = dict(stranger.public.jwk)
    for name, more in {
        "jku": {"jku": _EVIL}, "x5u": {"x5u": _EVIL}, "x5c": {"x5c": ["AAAA"]},
        "its kid": {"kid": stranger.kid}, "kid of a path": {"kid": "../../../dev/null"},
        "kid of SQL": {"kid": "' OR '1'='1"}, "kid of a URL": {"kid": _EVIL},
        "kid too long": {"kid": "k" * 2000}, "kid no text": {"kid": {"a": 1}},
        "kid with a NUL": {"kid": "\0"},
    }.items():  # fmt: skip
        yield name, right().token(right().head | more, key=stranger)
    if "jwk" not in right().head:
        yield "jwk", right().token(right().head | {"jwk": jwk}, key=stranger)
        yield "jwk that is right", right().headed(jwk=dict(right().key.public.jwk))
    for crit in ([], ["exp"], ["b64"], ["x"], ["alg"], "exp", None, {}, 7):
        yield f"crit {crit!r}", right().headed(crit=crit, exp=1, x=1)
    yield "b64 in crit", right().headed(crit=["b64"], b64=False)
    yield "b64 false", right().headed(b64=False)
    for typ in ("none", "JOSE", "evil+jwt", "logout+jwt", "secevent+jwt", "userinfo+jwt", "at+jwt ",
                "", 7, ["JWT"], {}):  # fmt: skip
        yield f"typ {typ!r}", right().headed(typ=typ)
