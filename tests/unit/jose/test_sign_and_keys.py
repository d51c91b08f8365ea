"""What we sign, and the records of the keys that we sign with.

RFC 7515 §5, RFC 7517, RFC 7518 §3, RFC 8037.
"""

import json
from base64 import urlsafe_b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from tests.support.tokens import CLAIMS, EXPECT, NOW, Claims, a_key, b64, key_set

from limen.platform.jose.algorithms import ALGS, Alg, parse_alg
from limen.platform.jose.base64url import decode
from limen.platform.jose.keys import SigningKey, UnusableKey, VerifyingKey, thumbprint
from limen.platform.jose.sign import sign
from limen.platform.jose.verify import verify


def read(part: str) -> dict[str, object]:
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@pytest.mark.parametrize("alg", ALGS)
def test_a_signed_token_says_what_it_is_and_verifies(alg: Alg) -> None:
    """R028, R038: typ and kid in the header, the algorithm that of the key."""
    key = a_key(alg)
    token = sign(key, "at+jwt", Claims(**CLAIMS))
    head, payload, _ = token.split(".")
    assert read(head) == {"alg": alg, "kid": key.kid, "typ": "at+jwt"}
    assert read(payload) == CLAIMS
    verified = verify(token, key_set(key), EXPECT, now=NOW)
    assert verified.claims == Claims(**CLAIMS)
    assert verified.kid == key.kid
    assert verified.expires_at == NOW + 900


@pytest.mark.parametrize("alg", ALGS)
def test_a_key_comes_back_from_its_sealed_form(alg: Alg) -> None:
    key = a_key(alg)
    again = SigningKey.from_pkcs8(alg, key.to_pkcs8())
    assert again.kid == key.kid
    verify(sign(again, "at+jwt", CLAIMS), key_set(key), EXPECT, now=NOW)


@pytest.mark.parametrize("alg", ALGS)
def test_a_public_key_comes_back_from_its_jwk(alg: Alg) -> None:
    key = a_key(alg)
    again = VerifyingKey.from_jwk(key.public.jwk)
    assert again == key.public
    verify(sign(key, "at+jwt", CLAIMS), {again.kid: again}, EXPECT, now=NOW)
    assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key.public.jwk)


def test_the_kid_is_the_rfc_7638_thumbprint() -> None:
    """The vector of RFC 7638 §3.1."""
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc"
        "_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQ"
        "R0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bF"
        "TWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    assert thumbprint({"kty": "RSA", "n": n, "e": "AQAB"}) == (
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    )
    assert VerifyingKey.from_jwk({"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256"}).kid == (
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    )


def test_an_eddsa_key_has_the_thumbprint_of_rfc_8037() -> None:
    """RFC 8037 appendix A.3."""
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert VerifyingKey.from_jwk({**jwk, "alg": "EdDSA"}).kid == (
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    )


def test_a_key_is_for_its_own_algorithm_only() -> None:
    """A095: ES256 with a P-384 key, RSA too small, kinds swapped."""
    with pytest.raises(UnusableKey):
        VerifyingKey.of("ES256", ec.generate_private_key(ec.SECP384R1()).public_key())
    with pytest.raises(UnusableKey):
        VerifyingKey.of("RS256", rsa.generate_private_key(65537, 1024).public_key())
    for alg in ALGS:
        for other in ALGS:
            if {alg, other} <= {"RS256", "PS256"} or alg == other:
                continue
            with pytest.raises(UnusableKey):
                VerifyingKey.of(alg, a_key(other).public.public)
            with pytest.raises(UnusableKey):
                SigningKey.from_pkcs8(alg, a_key(other).to_pkcs8())


def test_no_symmetric_algorithm_and_no_none_exists() -> None:
    """R038, A095"""
    assert ALGS == ("ES256", "RS256", "PS256", "EdDSA")
    for name in ("none", "None", "HS256", "es256", "", "RS1", "ES256 "):
        assert parse_alg(name) is None
    assert parse_alg("PS256") == "PS256"


EC = a_key("ES256").public.jwk
RSA = a_key("RS256").public.jwk


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {**EC, "alg": "HS256"},
        {name: value for name, value in EC.items() if name != "alg"},
        {**EC, "alg": ["ES256"]},
        {**EC, "alg": "RS256"},
        {**EC, "crv": "P-384"},
        {**EC, "kty": "oct"},
        {**EC, "k": "AAAA"},
        {**EC, "d": "AAAA"},
        {**EC, "use": "enc"},
        {**EC, "kid": "mine"},
        {**EC, "x": EC["y"]},  # not on the curve (CVE-2020-0601's family)
        {**EC, "x": b64(bytes(32)), "y": b64(bytes(32))},
        {**EC, "x": b64(bytes(1) + decode(EC["x"].encode()))},
        {**EC, "y": b64(bytes(16) + decode(EC["y"].encode()))},
        {**EC, "x": EC["x"] + "="},
        {**EC, "x": 7},
        {**EC, "y": None},
        {**RSA, "e": b64(b"\3")},
        {**RSA, "e": b64(b"\1")},
        {**RSA, "e": b64(b"\1\0\0")},
        {**RSA, "n": b64(b"\xff" * 2000)},
        {**RSA, "n": b64(b"\xff" * 64)},
        {**RSA, "n": "A" * 100_000},
        {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": b64(bytes(31))},
        {"kty": "OKP", "crv": "X25519", "alg": "EdDSA", "x": b64(bytes(32))},
    ],
)
def test_an_unusual_jwk_is_refused(jwk: dict[str, object]) -> None:
    """A095, A103: private, symmetric, off-curve, huge, tiny, or of another kind."""
    with pytest.raises(UnusableKey):
        VerifyingKey.from_jwk(jwk)


def test_a_private_key_does_not_show_itself() -> None:
    """R151"""
    key = a_key("ES256")
    shown = repr(key)
    assert key.kid in shown
    assert "private" not in shown
    assert str(key.private.private_numbers().private_value) not in shown  # type: ignore[union-attr]


def test_junk_is_no_private_key() -> None:
    with pytest.raises(UnusableKey):
        SigningKey.from_pkcs8("ES256", b"junk")
