"""What a header may not say: algorithms, keys and types that the token would choose itself.

RFC 7515 §4, RFC 8725 §3.1, §3.11.
"""

import hmac
import json
from collections.abc import Iterator

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.support.tokens import (
    ISSUER,
    Case,
    a_key,
    a_token,
    b64,
    claims,
    each,
    forge,
    header,
    refused,
)

from limen.platform.jose.algorithms import ALGS

KEY = a_key()


def swapped_algorithms() -> Iterator[Case]:
    for alg in ALGS:
        key = a_key(alg)
        for other in (*ALGS, "none", "None", "nOnE", "NONE", "", "HS256", "HS512", "ES384", "RS1"):
            if other != alg:
                token = forge(header(key, alg=other), claims(), key)
                yield f"{alg} key, header says {other or 'nothing'}", "alg", token
        yield f"{alg} without alg", "header", forge(header(key, "alg"), claims(), key)
        for name, odd in (("array", [alg]), ("null", None), ("number", 1), ("object", {})):
            yield f"{alg} as {name}", "header", forge(header(key, alg=odd), claims(), key)


def unsigned() -> Iterator[Case]:
    head, payload = json.dumps(header(KEY, alg="none")), json.dumps(claims())
    message = f"{b64(head.encode())}.{b64(payload.encode())}"
    yield "none with an empty signature", "form", message + "."
    yield "none without a third part", "form", message
    yield "none with some signature", "alg", message + ".AAAA"


def symmetric_with_our_public_key() -> Iterator[Case]:
    """Our public keys are public: an HMAC under any spelling of one is anybody's."""
    for alg in ALGS:
        public = a_key(alg).public
        jwk = json.dumps(dict(public.jwk))
        spellings = {
            "pem": public.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "der": public.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            "jwk": jwk.encode(),
            "compact jwk": json.dumps(dict(public.jwk), separators=(",", ":")).encode(),
            "kid": public.kid.encode(),
            "empty": b"",
        }
        spellings["pem without newline"] = spellings["pem"].strip()
        spellings["pem in CRLF"] = spellings["pem"].replace(b"\n", b"\r\n")
        for name, secret in spellings.items():
            for mac, size in (("HS256", "sha256"), ("HS384", "sha384"), (alg, "sha256")):
                head = {"alg": mac, "kid": public.kid, "typ": "at+jwt"}
                message = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims()).encode())}"
                tag = hmac.digest(secret, message.encode(), size)
                reason = "signature" if mac == alg else "alg"
                yield f"{mac} under the {name} of {alg}", reason, f"{message}.{b64(tag)}"


def keys_from_the_token() -> Iterator[Case]:
    thief = a_key("ES256", 66)
    for name, value in (
        ("jwk", dict(thief.public.jwk)),
        ("jku", "https://evil.example/jwks"),
        ("x5u", "file:///etc/passwd"),
        ("x5c", ["MIIB"]),
        ("x5t", "AAAA"),
        ("x5t#S256", "AAAA"),
        ("crit", []),
        ("crit", ["exp"]),
        ("crit", ["b64"]),
        ("b64", False),
        ("b64", True),
        ("cty", "JWT"),
        ("zip", "DEF"),
        ("enc", "A256GCM"),
        ("p2c", 10**9),
        ("url", "https://evil.example"),
        ("nonce", "x"),
        ("iss", ISSUER),
    ):
        for who, key in (("us", KEY), ("a thief", thief)):
            shown = "key" if name == "jwk" else repr(value)
            head = header(KEY, **{name: value})
            yield f"{name}={shown} signed by {who}", "header", forge(head, claims(), key)
    for name, kid in {
        "path": "../../dev/null",
        "sql": "' OR 1=1 --",
        "url": "https://evil.example/key",
        "nul": "\0",
        "nul after": KEY.kid + "\0",
        "space": KEY.kid + " ",
        "case": KEY.kid.swapcase(),
        "empty": "",
        "long": "k" * 4000,
        "another tenant's": a_key("ES256", 2).kid,
        "surrogate": "\ud800",
    }.items():
        reason = "header" if name == "surrogate" else "kid"
        yield f"kid: {name}", reason, forge(header(KEY, kid=kid), claims(), KEY)
    for odd in (None, 7, ["k"], {"k": 1}):
        yield f"kid={odd!r}", "header", forge(header(KEY, kid=odd), claims(), KEY)
    yield "no kid", "header", forge(header(KEY, "kid"), claims(), KEY)
    yield "another tenant's key and kid", "kid", a_token(a_key("ES256", 2))
    yield "a thief's key under our kid", "signature", forge(header(KEY), claims(), thief)


def wrong_types() -> Iterator[Case]:
    for typ in ("JWT", "logout+jwt", "dpop+jwt", "AT+JWT", "application/at+jwt", "", "at+jwt "):
        yield f"typ {typ!r}", "typ", forge(header(KEY, typ=typ), claims(), KEY)
    for odd in (None, 1, ["at+jwt"]):
        yield f"typ={odd!r}", "header", forge(header(KEY, typ=odd), claims(), KEY)
    yield "no typ", "header", forge(header(KEY, "typ"), claims(), KEY)


@each(
    [
        *swapped_algorithms(),
        *unsigned(),
        *symmetric_with_our_public_key(),
        *keys_from_the_token(),
        *wrong_types(),
    ]
)
def test_a_token_never_chooses_how_it_is_verified(reason: str, token: str) -> None:
    """A095, A097, R038, R039, R041"""
    refused(token, reason)
