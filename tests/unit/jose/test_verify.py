"""Everything that a token can be but right: each is refused.

RFC 7515, RFC 7519, RFC 8725.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.support.tokens import (
    AUDIENCE,
    CLAIMS,
    EXPECT,
    ISSUER,
    NOW,
    Case,
    Claims,
    a_key,
    a_token,
    b64,
    claims,
    each,
    forge,
    header,
    key_set,
    refused,
)

from limen.platform.jose.algorithms import ALGORITHMS, ALGS, Alg
from limen.platform.jose.keys import VerifyingKey
from limen.platform.jose.verified import VerifiedTokens
from limen.platform.jose.verify import MAX_SIZE, Expect, InvalidToken, verify

KEY = a_key()


def misshapen() -> Iterator[Case]:
    token = a_token()
    head, payload, signature = token.split(".")
    five = f"{head}.{payload}.{signature}.AAAA.AAAA"
    for name, text in {
        "empty": "",
        "dots": "..",
        "one part": head,
        "two parts": f"{head}.{payload}",
        "four parts": f"{token}.AAAA",
        "five parts (JWE)": five,
        "trailing dot": f"{token}.",
        "leading dot": f".{token}",
        "no header": f".{payload}.{signature}",
        "no payload": f"{head}..{signature}",
        "no signature": f"{head}.{payload}.",
        "another script": token.replace("e", "\u0435"),
        "full width": token.replace(".", "\uff0e"),
    }.items():
        yield name, "form", text
    flattened = {"protected": head, "payload": payload, "signature": signature}
    yield "flattened JSON", "form", json.dumps(flattened)
    general = {"payload": payload, "signatures": [{"protected": head, "signature": signature}]}
    yield "general JSON", "form", json.dumps(general)
    polyglot = f'{{"protected":"{head}.{payload}.{signature}"}}'
    yield "JSON and compact at once", "base64url", polyglot
    for name, (at, extra) in {
        "padding on the header": (0, "="),
        "padding on the payload": (1, "=="),
        "padding on the signature": (2, "="),
        "newline at the end": (2, "\n"),
        "carriage return": (2, "\r\n"),
        "space in the signature": (2, " "),
        "tab in the payload": (1, "\t"),
        "plus": (1, "+"),
        "slash": (2, "/"),
        "NUL": (2, "\0"),
        "a stray character": (0, "!"),
        "a fifth byte group begun": (0, "AAAAA"),
    }.items():
        parts = [head, payload, signature]
        parts[at] += extra
        yield name, "signature" if at == 1 else "base64url", ".".join(parts)
        parts = [head, payload]
        parts[at % 2] += extra
        yield f"{name}, signed like that", "base64url", signed(".".join(parts))
    yield "a longer signature", "signature", token + "AAAA"
    yield "space before the header", "base64url", f" {token}"
    yield "space before the signature", "base64url", f"{head}.{payload}. {signature}"
    yield "other bits in the padding", "base64url", token[:-1] + stray_bits(token[-1])


def signed(message: str) -> str:
    return f"{message}.{b64(ALGORITHMS[KEY.alg].sign(KEY.private, message.encode()))}"


def stray_bits(last: str) -> str:
    """Return another character for the two bits that a 64-byte signature ends in."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(last) | 1]


def misspelled_json() -> Iterator[Case]:
    text = json.dumps(claims())
    for name, payload in {
        "sub twice": text[:-1] + ', "sub": "admin"}',
        "sub twice, escaped": text[:-1] + ', "s\\u0075b": "admin"}',
        "exp twice": text[:-1] + f', "exp": {NOW + 5}}}',
        "twice in a nested object": text[:-1] + ', "x": {"a": 1, "a": 2}}',
        "twice in a list": text[:-1] + ', "x": [{"a": 1, "a": 2}]}',
        "trailing data": text + "{}",
        "trailing space": text + " ",
        "leading space": " " + text,
        "trailing comma": text[:-1] + ",}",
        "comment": text[:-1] + "/**/}",
        "single quotes": text.replace('"', "'"),
        "NaN": text[:-1] + ', "x": NaN}',
        "Infinity": text[:-1] + ', "x": -Infinity}',
        "an array": f"[{text}]",
        "a string": json.dumps(text),
        "null": "null",
        "a number": "1",
        "nothing": " ",
        "control character": text[:-1] + ', "x": "\n"}',
        "deep": text[:-1] + ', "x": ' + "[" * 1900 + "]" * 1900 + "}",
        "a number of 5000 digits": text[:-1] + ', "x": ' + "1" * 5000 + "}",
    }.items():
        if name != "deep":
            yield name, "json", forge(header(KEY), payload.encode(), KEY)
    yield "no UTF-8", "json", forge(header(KEY), text.encode()[:-1] + b', "x": "\xff"}', KEY)
    yield "UTF-16", "json", forge(header(KEY), text.encode("utf-16"), KEY)
    yield "byte order mark", "json", forge(header(KEY), b"\xef\xbb\xbf" + text.encode(), KEY)
    head = json.dumps(header(KEY))
    for name, spelled in {
        "alg twice": head[:-1] + ', "alg": "none"}',
        "kid twice": head[:-1] + f', "kid": "{KEY.kid}"}}',
        "trailing data": head + "x",
        "an array": f"[{head}]",
        "a string": json.dumps(head),
    }.items():
        yield f"header: {name}", "json", forge(spelled.encode(), claims(), KEY)
    yield "header: another member", "header", forge(header(KEY, x={"y": [1]}), claims(), KEY)
    yield "nested JWT", "json", forge(header(KEY), a_token().encode(), KEY)


@each([*misshapen(), *misspelled_json()])
def test_a_token_has_one_spelling(reason: str, token: str) -> None:
    """A099"""
    refused(token, reason)


def test_deep_nesting_is_no_crash() -> None:
    """A099, A121: refused or read, in no time, with nothing but InvalidToken."""
    text = json.dumps(claims())[:-1] + ', "x": ' + "[" * 2800 + "]" * 2800 + "}"
    token = forge(header(KEY), text.encode(), KEY)
    assert len(token) < MAX_SIZE
    try:
        verify(token, key_set(), EXPECT, now=NOW)
    except InvalidToken as refusal:
        assert refusal.reason.startswith("json")


def wrong_claims() -> Iterator[Case]:
    for name in ("iss", "aud", "exp", "iat", "sub", "jti"):
        yield f"no {name}", "claims", a_token(KEY, name)
        yield f"{name} null", "claims", a_token(KEY, **{name: None})
    for name in ("exp", "iat", "nbf"):
        for odd in (str(NOW + 100), NOW + 0.5, float(NOW + 100), True, [NOW], {"at": NOW}, "now"):
            yield f"{name}={odd!r}", "claims", a_token(KEY, **{name: odd})
        spelled = json.dumps(claims(**{name: 12345})).replace("12345", "1e308")
        yield f"{name}=1e308", "claims", forge(header(KEY), spelled.encode(), KEY)
        spelled = json.dumps(claims(**{name: 12345})).replace("12345", f"{NOW + 1}e0")
        yield f"{name} with an exponent", "claims", forge(header(KEY), spelled.encode(), KEY)
    for name in ("iss", "sub", "jti"):
        for odd in (7, ["a"], {"a": 1}, True):
            yield f"{name}={odd!r}", "claims", a_token(KEY, **{name: odd})
    for odd in (7, {"a": 1}, [7], [AUDIENCE, 7], [[AUDIENCE]], True):
        yield f"aud={odd!r}", "claims", a_token(KEY, aud=odd)
    for odd in ([], "", [""], [AUDIENCE, ""], "https://other.example", [ISSUER], AUDIENCE + "/"):
        yield f"aud={odd!r}", "aud", a_token(KEY, aud=odd)
    for odd in ("", ISSUER + "/", ISSUER.upper(), ISSUER + "/t/acme", "https://evil.example"):
        yield f"iss={odd!r}", "iss", a_token(KEY, iss=odd)
    yield "empty sub", "sub", a_token(KEY, sub="")
    yield "empty jti", "jti", a_token(KEY, jti="")


def wrong_times() -> Iterator[Case]:
    for name, reason, changed in (
        ("expired this second", "expired", {"iat": NOW - 900, "exp": NOW}),
        ("expired long ago", "expired", {"iat": NOW - 9000, "exp": NOW - 8000}),
        ("negative exp", "exp", {"exp": -1}),
        ("exp 0", "exp", {"exp": 0}),
        ("exp before iat", "exp", {"exp": NOW - 1}),
        ("exp at iat", "exp", {"iat": NOW + 5, "exp": NOW + 5}),
        ("exp beyond all calendars", "exp", {"exp": 1 << 62}),
        ("exp of 100 digits", "exp", {"exp": 10**100}),
        ("a second over the longest life", "lifetime", {"exp": NOW + 24 * 3600 + 1}),
        ("ten years", "lifetime", {"exp": NOW + 10 * 365 * 86400}),
        ("iat 61 s ahead", "iat", {"iat": NOW + 61}),
        ("iat an hour ahead", "iat", {"iat": NOW + 3600, "exp": NOW + 7200}),
        ("negative iat", "exp", {"iat": -5}),
        ("iat 0", "exp", {"iat": 0}),
        ("nbf 61 s ahead", "nbf", {"nbf": NOW + 61}),
        ("negative nbf", "nbf", {"nbf": -1}),
        ("nbf 0", "nbf", {"nbf": 0}),
        ("nbf after exp", "nbf", {"exp": NOW + 10, "nbf": NOW + 11}),
    ):
        yield name, reason, a_token(KEY, **changed)


@each([*wrong_claims(), *wrong_times()])
def test_what_is_absent_or_odd_is_refused(reason: str, token: str) -> None:
    """A101, R040, R042"""
    refused(token, reason)


def test_the_guards_do_not_rest_on_the_struct_of_the_claims() -> None:
    """A101: a struct that asks for nothing gets nothing past the wrapper."""

    class Nothing(msgspec.Struct):
        pass

    expect = Expect(
        typ="at+jwt", issuer=ISSUER, audience=AUDIENCE, claims=Nothing, max_lifetime=3600
    )
    verify(a_token(), key_set(), expect, now=NOW)
    for name in ("iss", "aud", "exp", "iat"):
        refused(a_token(KEY, name), "claims", expect)
    for name in ("sub", "jti"):
        refused(a_token(KEY, name), name, expect)
    refused(a_token(KEY, exp=str(NOW + 5)), "claims", expect)


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": [AUDIENCE]},
        {"aud": ["https://other.example", AUDIENCE]},
        {"iat": NOW + 60},
        {"nbf": NOW + 60},
        {"nbf": NOW - 5},
        {"exp": NOW + 1},
        {"exp": NOW + 24 * 3600},
        {"unknown": {"a": [1, None, 2.5]}},
        {"sub": "ünï"},
    ],
)
def test_the_edges_of_what_is_right(changed: dict[str, Any]) -> None:
    verified = verify(a_token(KEY, **changed), key_set(), EXPECT, now=NOW)
    assert verified.claims.iss == ISSUER


def test_the_size_is_looked_at_before_anything_else() -> None:
    """A099: 8 KB, whatever is inside; the last byte counts."""
    refused("A" * (MAX_SIZE + 1), "size")
    refused("A" * MAX_SIZE, "form")
    began = time.process_time()
    refused("A" * 2_000_000, "size")
    assert time.process_time() - began < 0.1
    padding = MAX_SIZE
    while len(token := a_token(KEY, scope="s" * padding)) > MAX_SIZE:
        padding -= 1
    assert verify(token, key_set(), EXPECT, now=NOW).claims.scope == "s" * padding
    refused(a_token(KEY, scope="s" * (padding + 3)), "size")


def test_an_expired_hint_is_read_only_where_asked_for() -> None:
    """RP-Initiated Logout §2: everything else about it must still be right."""
    hint = Expect(
        typ="at+jwt",
        issuer=ISSUER,
        audience=None,
        claims=Claims,
        max_lifetime=24 * 3600,
        expired_ok=True,
    )
    old = a_token(KEY, iat=NOW - 9000, exp=NOW - 8000, aud="some-client")
    assert verify(old, key_set(), hint, now=NOW).claims.aud == "some-client"
    refused(a_token(KEY, "aud"), "claims", hint)
    refused(a_token(KEY, aud=""), "aud", hint)
    refused(a_token(KEY, iat=NOW + 100), "iat", hint)
    refused(a_token(KEY, iss="https://evil.example"), "iss", hint)
    refused(old, "aud")
    tokens = VerifiedTokens()
    tokens.verify(old, key_set(), hint, now=NOW)
    assert len(tokens) == 0


def test_a_key_on_another_curve_cannot_even_be_in_the_set() -> None:
    """A095: where a record were wrong all the same, the signature is."""
    other = ec.generate_private_key(ec.SECP384R1())
    wrong = VerifyingKey(KEY.kid, "ES256", other.public_key(), {})
    with pytest.raises(InvalidToken, match="signature"):
        verify(a_token(), {KEY.kid: wrong}, EXPECT, now=NOW)


@pytest.mark.parametrize("alg", ALGS)
def test_every_bit_of_a_token_counts(alg: Alg) -> None:
    """A103: whichever character changes, nothing is believed."""
    key = a_key(alg)
    token, keys = a_token(key), key_set(key)
    verify(token, keys, EXPECT, now=NOW)
    step = 1 if alg == "ES256" else 7
    for at in range(0, len(token), step):
        other = "B" if token[at] == "A" else "A"
        with pytest.raises(InvalidToken):
            verify(token[:at] + other + token[at + 1 :], keys, EXPECT, now=NOW)


def test_claims_are_those_of_the_token() -> None:
    verified = verify(a_token(), key_set(), EXPECT, now=NOW)
    assert verified.claims == Claims(**CLAIMS)
