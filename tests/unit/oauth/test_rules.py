"""Scopes, PKCE, claims, resources and parameters."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from limen.identity.api import Address, Email, Profile, User
from limen.kernel.ids import EmailId, UserId, new_id
from limen.oauth.api import ScopeText
from limen.oauth.errors import InvalidRequest, InvalidScope
from limen.oauth.model.claims import claims_about, claims_of, parse_claims
from limen.oauth.model.pkce import challenge_of, is_challenge, is_verifier, verifies
from limen.oauth.model.resources import Api, Catalog, audience_of, is_resource
from limen.oauth.model.scopes import is_management, is_reserved, narrow, parse_scope
from limen.oauth.parameters import parse_parameters
from limen.oauth.tokens import half_hash

NOW = datetime(2030, 1, 1, tzinfo=UTC)
ISSUER = "https://id.example.com"


def test_scopes_keep_the_order_they_were_asked_in() -> None:
    assert parse_scope("openid  email profile ") == ("openid", "email", "profile")
    assert parse_scope("") == ()


@pytest.mark.parametrize(
    "text", ["a a", 'a"b', "a\\b", "ä", "a\tb", "x" * 201, "a" * 2049, "b " * 65]
)
def test_a_malformed_scope_is_refused(text: str) -> None:
    """A015: malformed, repeated, too long, too many."""
    with pytest.raises(InvalidScope):
        parse_scope(text)


def test_a_refresh_never_widens() -> None:
    """R031: all, or a part."""
    assert narrow(("a", "b"), None) == ("a", "b")
    assert narrow(("a", "b"), ("b",)) == ("b",)
    with pytest.raises(InvalidScope):
        narrow(("a",), ("a", "b"))


def test_management_permissions_are_scopes_of_their_own() -> None:
    assert is_management("users:read")
    assert is_management("keys:rotate")
    assert not is_management("orders:read")
    assert not is_management("users:")
    assert not is_management("users")
    assert is_reserved("users:export")
    assert is_reserved("openid")
    assert not is_reserved("orders:read")


def test_pkce_by_the_example_of_the_rfc() -> None:
    """R021, RFC 7636 appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert challenge_of(verifier) == challenge
    assert verifies(verifier, challenge)
    assert not verifies(verifier[:-1], challenge)
    assert not verifies("", challenge)
    assert not verifies(challenge, challenge)


@pytest.mark.parametrize(
    "text", ["", "x" * 42, "x" * 129, "x" * 42 + "+", "x" * 42 + "\n", "ä" * 43]
)
def test_a_verifier_has_43_to_128_unreserved_characters(text: str) -> None:
    """A017, RFC 7636 §4.1."""
    assert not is_verifier(text)


@pytest.mark.parametrize("text", ["", "x" * 42, "x" * 44, "x" * 42 + "=", "x" * 43 + "\n"])
def test_a_challenge_is_43_characters_of_base64url(text: str) -> None:
    assert not is_challenge(text)


def a_user(**profile: Any) -> User:
    email = Email(EmailId(new_id()), "ada@example.com", NOW, is_primary=True)
    return User(
        UserId(new_id()), "ada", "active", None, Profile(**profile), (email,), NOW, NOW, None, 1
    )


def test_claims_by_scope() -> None:
    """OpenID Connect Core §5.4: and nothing that is not known."""
    user = a_user(
        name="Ada", phone_number="+3581", address=Address(country="FI"), picture="https://x.test/p"
    )
    assert claims_about(user, claims_of(frozenset(["openid"]))) == {}
    assert claims_about(user, claims_of(frozenset(["email"]))) == {
        "email": "ada@example.com", "email_verified": True,
    }  # fmt: skip
    assert claims_about(user, claims_of(frozenset(["address"]))) == {"address": {"country": "FI"}}
    profile = claims_about(user, claims_of(frozenset(["profile"])))
    assert profile == {
        "name": "Ada", "picture": "https://x.test/p", "preferred_username": "ada",
        "updated_at": int(NOW.timestamp()),
    }  # fmt: skip
    assert claims_about(a_user(), claims_of(frozenset(["phone", "address"]))) == {}


def test_the_claims_parameter_is_read_as_far_as_it_is_known() -> None:
    """OpenID Connect Core §5.5: null, essential, values; the unknown is ignored."""
    text = json.dumps({
        "userinfo": {"email": {"essential": True}, "nonsense": None},
        "id_token": {
            "auth_time": {"essential": True}, "locale": None,
            "acr": {"essential": True, "values": ["a", "b"]}, "sub": {"value": "x"},
        },
        "other": 1,
    })  # fmt: skip
    claims = parse_claims(text)
    assert (claims.userinfo, claims.id_token) == (("email",), ("locale",))
    assert (claims.acr, claims.subject) == (("a", "b"), "x")
    assert claims.scopes == {"email", "profile"}
    assert parse_claims('{"id_token":{"acr":{"values":["a"]}}}').acr == ()


@pytest.mark.parametrize(
    "text",
    ["", "x", "[]", "1", '{"userinfo":[]}', '{"id_token":{"acr":1}}', "{" * 9000, "[" * 8000],
)
def test_claims_that_are_no_object_are_refused(text: str) -> None:
    """A121: malformed, too long, too deep."""
    with pytest.raises(InvalidRequest):
        parse_claims(text)


def test_at_hash_by_the_example_of_the_standard() -> None:
    """R045: OpenID Connect Core appendix A.3, and SHA-512 for EdDSA."""
    token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
    assert half_hash(token, "ES256") == "77QmUPtjPfzWtF2AnpK9RQ"
    assert len(half_hash(token, "EdDSA")) == 43


def an_api(identifier: str, *scopes: str) -> Api:
    texts = tuple(ScopeText(s, s, "") for s in scopes)
    return Api(UUID(int=1), identifier, "API", texts, None, None, NOW, NOW, 1)


def test_a_scope_goes_to_the_resource_that_it_is_of() -> None:
    """R027, RFC 8707 §2.2: no API gets what it could use at another."""
    catalog = Catalog([an_api("https://a.test", "a:x"), an_api("https://b.test", "b:x")])
    scope = ("openid", "a:x", "b:x", "users:read")
    assert catalog.scope_for(scope, (), ISSUER) == scope
    assert catalog.scope_for(scope, ("https://a.test",), ISSUER) == ("openid", "a:x")
    assert catalog.scope_for(scope, (ISSUER,), ISSUER) == ("openid", "users:read")


def test_the_audience_is_the_fewest() -> None:
    """R027, contract.md: the issuer; or the API, and the issuer where openid was asked."""
    assert audience_of(("openid",), (), ISSUER) == ISSUER
    assert audience_of(("a:x",), ("https://a.test",), ISSUER) == "https://a.test"
    assert audience_of(("openid", "a:x"), ("https://a.test",), ISSUER) == ("https://a.test", ISSUER)


@pytest.mark.parametrize(
    "text", ["", "x", "/x", "https://x#y", "https://*.x/", "https://ä.test", "a b:c"]
)
def test_a_resource_is_an_absolute_uri(text: str) -> None:
    """RFC 8707 §2."""
    assert not is_resource(text)
    assert is_resource("https://api.example.com/v1?x=1")
    assert is_resource("urn:example:api")


def test_empty_is_omitted_and_resource_may_repeat() -> None:
    """R007, RFC 8707 §2."""
    found = parse_parameters(b"a=1&b=&resource=x&resource=y&resource=")
    assert (dict(found.values), found.resources) == ({"a": "1"}, ("x", "y"))


@pytest.mark.parametrize(
    "encoded", [b"a=1&a=1", b"a=&a=", b"a=%ff", b"a=%00", b"a=\xff", b"&".join([b"a=1"] * 101)]
)
def test_unreadable_parameters_are_refused(encoded: bytes) -> None:
    """R007, A005, A121: repeated, no UTF-8, NUL, too many."""
    with pytest.raises(InvalidRequest):
        parse_parameters(encoded)


def test_one_name_in_query_and_body_is_repeated() -> None:
    """A005: two parts, one name."""
    with pytest.raises(InvalidRequest):
        parse_parameters(b"a=1", b"a=2")
