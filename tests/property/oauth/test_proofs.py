"""Whatever comes as a proof, it is refused in the protocol's form or it is right (A125)."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.oauth.dpop.errors import InvalidDpopProof
from limen.oauth.dpop.model import Proof, check_request, normal, read_proof
from limen.platform.jose.algorithms import ALGORITHMS
from limen.platform.jose.keys import SigningKey

KEY = SigningKey.generate("ES256")
JWK = {name: KEY.public.jwk[name] for name in ("kty", "crv", "x", "y")}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
CLAIMS = st.dictionaries(st.sampled_from(("jti", "htm", "htu", "iat", "ath", "nonce", "x")), JSON)
HEADERS = st.dictionaries(st.sampled_from(("typ", "alg", "jwk", "kid", "crit", "jku")), JSON)


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header: dict[str, Any], claims: dict[str, Any]) -> str:
    message = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{message}.{b64(ALGORITHMS['ES256'].sign(KEY.private, message.encode()))}"


def read(text: str) -> Proof | None:
    try:
        return read_proof(text)
    except InvalidDpopProof:
        return None


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    """A125: any header value at all."""
    assert read(text) is None


@given(HEADERS)
def test_no_header_breaks_the_reader(changes: dict[str, Any]) -> None:
    """A097: whatever a signed proof's header holds, its own key is the only one believed."""
    claims = {"jti": "1", "htm": "GET", "htu": "http://x/", "iat": 1}
    found = read(signed({"typ": "dpop+jwt", "alg": "ES256", "jwk": JWK, **changes}, claims))
    assert found is None or found.jkt == KEY.kid


@given(CLAIMS)
def test_no_claims_break_the_reader(claims: dict[str, Any]) -> None:
    """A101: absent, of another type, or strange."""
    found = read(signed({"typ": "dpop+jwt", "alg": "ES256", "jwk": JWK}, claims))
    if found is None:
        return
    assert found.jti == claims["jti"]
    with pytest.raises(InvalidDpopProof):
        check_request(found, method="GET", urls=("http://x/",), token="t" * 10)


@given(st.text(max_size=60))
def test_no_address_breaks_the_comparison(url: str) -> None:
    """A125: what cannot be read is nobody's address; what can, is normal at once."""
    found = normal(url)
    assert found is None or normal(found) == found


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://Auth.Example:443/a%7Eb?q#f", "https://auth.example/a~b"),
        ("http://x", "http://x/"),
        ("http://x:80", "http://x/"),
        ("https://x:80/", "https://x:80/"),
        ("http://[::1]:8400/a", "http://[::1]:8400/a"),
        ("http://x/a/../b", "http://x/a/../b"),
        ("ftp://x/", None),
        ("//x/", None),
        ("http://u:p@x/", None),
        ("http://[x/", None),
        ("", None),
    ],
)
def test_the_normal_form(url: str, expected: str | None) -> None:
    """RFC 9449 §4.3, RFC 3986 §6.2."""
    assert normal(url) == expected
