"""What we sign, other libraries read, and the other way round; what we mutate, nobody believes."""

from typing import Any

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwk as joserfc_jwk
from joserfc import jwt as joserfc_jwt
from tests.support.tokens import AUDIENCE, EXPECT, ISSUER, NOW, Claims, a_key, key_set

from limen.platform.jose.algorithms import ALGS, Alg
from limen.platform.jose.keys import SigningKey
from limen.platform.jose.sign import sign
from limen.platform.jose.verified import VerifiedTokens
from limen.platform.jose.verify import InvalidToken, verify

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
some_claims = st.builds(
    Claims,
    iss=st.just(ISSUER),
    sub=texts,
    aud=st.just(AUDIENCE) | st.lists(texts, max_size=3).map(lambda more: [*more, AUDIENCE]),
    exp=st.integers(NOW + 1, NOW + 3600),
    iat=st.integers(NOW - 3600, NOW),
    jti=texts,
    scope=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)
algs = st.sampled_from(ALGS)
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # RFC 9864, see `algorithms`
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def plain(claims: Claims) -> dict[str, Any]:
    return {name: getattr(claims, name) for name in claims.__struct_fields__}


@quick
@given(alg=algs, claims=some_claims)
def test_pyjwt_reads_what_we_sign(alg: Alg, claims: Claims) -> None:
    """R028, A103"""
    key = a_key(alg)
    read = jwt.decode(
        sign(key, "at+jwt", claims),
        jwt.PyJWK(dict(key.public.jwk)),
        algorithms=[alg],
        options={"verify_exp": False, "verify_aud": False, "verify_iat": False},
    )
    assert read == plain(claims)


@quick
@given(alg=algs, claims=some_claims)
def test_joserfc_reads_what_we_sign(alg: Alg, claims: Claims) -> None:
    """R028, A103"""
    key = a_key(alg)
    kinds = {"ES256": "EC", "RS256": "RSA", "PS256": "RSA", "EdDSA": "OKP"}
    public = joserfc_jwk.import_key(dict(key.public.jwk), kinds[alg])
    token = joserfc_jwt.decode(sign(key, "at+jwt", claims), public, algorithms=[alg])
    assert token.claims == plain(claims)
    assert token.header == {"alg": alg, "kid": key.kid, "typ": "at+jwt"}
    assert public.thumbprint() == key.kid


def by_pyjwt(key: SigningKey, claims: Claims) -> str:
    head = {"kid": key.kid, "typ": "at+jwt"}
    return jwt.encode(plain(claims), key.private, algorithm=key.alg, headers=head)


def by_joserfc(key: SigningKey, claims: Claims) -> str:
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    kinds = {"ES256": "EC", "RS256": "RSA", "PS256": "RSA", "EdDSA": "OKP"}
    head = {"alg": key.alg, "kid": key.kid, "typ": "at+jwt"}
    private = joserfc_jwk.import_key(pem, kinds[key.alg])
    return joserfc_jwt.encode(head, plain(claims), private, algorithms=[key.alg])


@quick
@given(alg=algs, claims=some_claims, by=st.sampled_from([by_pyjwt, by_joserfc]))
def test_we_read_what_others_sign(alg: Alg, claims: Claims, by: Any) -> None:
    """A103"""
    key = a_key(alg)
    read = verify(by(key, claims), key_set(key), EXPECT, now=NOW)
    assert read.claims == claims
    assert read.expires_at == claims.exp


@settings(max_examples=200, deadline=None)
@given(alg=algs, at=st.floats(0, 0.999), bit=st.integers(0, 6), both=st.booleans())
def test_no_flipped_bit_is_believed(alg: Alg, at: float, bit: int, both: bool) -> None:
    """A095, A103: also where the token before the flip is remembered."""
    key = a_key(alg)
    token = sign(
        key, "at+jwt", Claims(iss=ISSUER, sub="s", aud=AUDIENCE, exp=NOW + 9, iat=NOW, jti="j")
    )
    tokens = VerifiedTokens()
    tokens.verify(token, key_set(key), EXPECT, now=NOW)
    place = int(at * len(token))
    changed = token[:place] + chr(ord(token[place]) ^ 1 << bit) + token[place + 1 :]
    look = tokens.verify if both else verify
    with pytest.raises(InvalidToken):
        look(changed, key_set(key), EXPECT, now=NOW)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200) | st.text("eyJ.AB-_=", max_size=400))
def test_no_text_makes_anything_but_a_refusal(text: str) -> None:
    """A099, A125"""
    with pytest.raises(InvalidToken):
        verify(text, key_set(a_key()), EXPECT, now=NOW)
