"""What a client may be registered with beyond the basics."""

from typing import Any

import pytest

from limen.kernel.errors import Invalid
from limen.oauth import grants
from limen.oauth.api import NewClient
from limen.oauth.model.metadata import CIBA
from limen.oauth.model.registration import complete
from limen.oauth.options import ClaimRule, ClientOptions

INSTALLED = {name: grant.client_types for name, grant in grants.discover().items()}
INSTALLED[CIBA] = frozenset({"web"})
URI = "https://app.example/cb"
KEY = {"kty": "EC", "crv": "P-256", "x": "x", "y": "y"}
JWKS = {"keys": [KEY]}


def errors_of(auth_method: str | None = None, **values: Any) -> list[tuple[str, str]]:
    basics = {"name": "Shop", "type": "web", "redirect_uris": [URI], "auth_method": auth_method}
    chosen = {name: values.pop(name) for name in (*basics, "grant_types") if name in values}
    new = NewClient(**(basics | chosen), options=ClientOptions(**values))
    try:
        complete(new, INSTALLED)
    except Invalid as refused:
        return [(error.field.removeprefix("options."), error.code) for error in refused.errors]
    return []


FINE: list[dict[str, Any]] = [
    {"auth_method": "private_key_jwt", "jwks": JWKS},
    {"auth_method": "private_key_jwt", "jwks_uri": "https://app.example/jwks"},
    {"auth_method": "private_key_jwt", "jwks": JWKS, "token_endpoint_auth_signing_alg": "PS256"},
    {"auth_method": "client_secret_jwt", "token_endpoint_auth_signing_alg": "HS256"},
    {"auth_method": "tls_client_auth", "tls_client_auth_san_dns": "app.example"},
    {"auth_method": "self_signed_tls_client_auth", "jwks": JWKS},
    {"response_types": ("code", "code id_token")},
    {"request_uris": ("https://app.example/ro#hash",)},
    {"subject_type": "pairwise"},
    {"subject_type": "pairwise", "redirect_uris": [URI, "https://b.example/cb"],
     "sector_identifier_uri": "https://app.example/sector"},
    {"id_token_encrypted_response_alg": "RSA-OAEP-256", "jwks": JWKS},
    {"request_object_encryption_alg": "ECDH-ES", "request_object_encryption_enc": "A256GCM"},
    {"frontchannel_logout_uri": "https://app.example/bye", "frontchannel_logout_session_required": True},
    {"grant_types": ["authorization_code", CIBA], "backchannel_token_delivery_mode": "poll"},
    {"type": "m2m", "redirect_uris": [], "grant_types": ["client_credentials"]},
]  # fmt: skip


@pytest.mark.parametrize("values", FINE, ids=lambda values: str(values)[:70])
def test_what_goes_together(values: dict[str, Any]) -> None:
    assert errors_of(**values) == []


WRONG: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"auth_method": "private_key_jwt"}, ("jwks", "required")),
    ({"auth_method": "self_signed_tls_client_auth"}, ("jwks", "required")),
    ({"auth_method": "tls_client_auth"}, ("tls_client_auth_subject_dn", "required")),
    ({"auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "CN=a",
      "tls_client_auth_san_dns": "a"}, ("tls_client_auth_subject_dn", "required")),
    ({"auth_method": "tls_client_auth", "tls_client_auth_san_dns": ""},
     ("tls_client_auth_san_dns", "invalid")),
    ({"tls_client_auth_san_dns": "a"}, ("tls_client_auth_san_dns", "not_allowed")),
    ({"auth_method": "magic"}, ("auth_method", "not_allowed")),
    ({"token_endpoint_auth_signing_alg": "ES256"}, ("token_endpoint_auth_signing_alg", "invalid")),
    ({"auth_method": "private_key_jwt", "jwks": JWKS, "token_endpoint_auth_signing_alg": "HS256"},
     ("token_endpoint_auth_signing_alg", "invalid")),
    ({"auth_method": "private_key_jwt", "jwks": JWKS, "token_endpoint_auth_signing_alg": "none"},
     ("token_endpoint_auth_signing_alg", "invalid")),
    ({"jwks": JWKS, "jwks_uri": "https://app.example/jwks"}, ("jwks_uri", "not_allowed")),
    ({"jwks_uri": "javascript:alert(1)"}, ("jwks_uri", "invalid")),
    ({"jwks_uri": "http://169.254.169.254/latest"}, ("jwks_uri", "invalid")),
    ({"jwks_uri": "https://user:pw@app.example/"}, ("jwks_uri", "invalid")),
    ({"jwks": {"keys": []}}, ("jwks", "invalid")),
    ({"jwks": {"keys": "abc"}}, ("jwks", "invalid")),
    ({"jwks": {"keys": [KEY] * 21}}, ("jwks", "invalid")),
    ({"jwks": {"keys": [KEY | {"x5c": ["A" * 33_000]}]}}, ("jwks", "invalid")),
    ({"jwks": {"keys": [KEY | {"d": "secret"}]}}, ("jwks", "invalid")),
    ({"jwks": {"keys": [{"kty": "oct", "k": "secret"}]}}, ("jwks", "invalid")),
    ({"jwks": {"keys": ["text"]}}, ("jwks", "invalid")),
    ({"response_types": ("token",)}, ("response_types", "invalid")),
    ({"response_types": ("id_token token",)}, ("response_types", "invalid")),
    ({"response_types": ()}, ("response_types", "invalid")),
    ({"response_types": ("code",) * 11}, ("response_types", "invalid")),
    ({"type": "m2m", "redirect_uris": [], "response_types": ("code id_token",)},
     ("response_types", "not_allowed")),
    ({"request_object_signing_alg": "none"}, ("request_object_signing_alg", "invalid")),
    ({"userinfo_signed_response_alg": "HS256"}, ("userinfo_signed_response_alg", "invalid")),
    ({"id_token_encrypted_response_enc": "A256GCM"},
     ("id_token_encrypted_response_alg", "required")),
    ({"id_token_encrypted_response_alg": "RSA1_5", "jwks": JWKS},
     ("id_token_encrypted_response_alg", "invalid")),
    ({"id_token_encrypted_response_alg": "ECDH-ES"}, ("jwks", "required")),
    ({"introspection_encrypted_response_alg": "ECDH-ES", "jwks": JWKS,
      "introspection_encrypted_response_enc": "A1"},
     ("introspection_encrypted_response_enc", "invalid")),
    ({"subject_type": "pairwise", "redirect_uris": [URI, "https://b.example/cb"]},
     ("sector_identifier_uri", "required")),
    ({"sector_identifier_uri": "file:///etc/passwd"}, ("sector_identifier_uri", "invalid")),
    ({"frontchannel_logout_uri": "https://evil.example/"}, ("frontchannel_logout_uri", "invalid")),
    ({"frontchannel_logout_uri": "https://app.example:444/"},
     ("frontchannel_logout_uri", "invalid")),
    ({"frontchannel_logout_session_required": True},
     ("frontchannel_logout_session_required", "not_allowed")),
    ({"backchannel_logout_session_required": True},
     ("backchannel_logout_session_required", "not_allowed")),
    ({"backchannel_logout_uri": "https://app.example/x#f"}, ("backchannel_logout_uri", "invalid")),
    ({"backchannel_token_delivery_mode": "poll"},
     ("backchannel_token_delivery_mode", "not_allowed")),
    ({"grant_types": ["authorization_code", CIBA], "backchannel_token_delivery_mode": "ping"},
     ("backchannel_client_notification_endpoint", "required")),
    ({"backchannel_client_notification_endpoint": "https://app.example/n"},
     ("backchannel_client_notification_endpoint", "not_allowed")),
    ({"default_max_age": -1}, ("default_max_age", "out_of_range")),
    ({"id_token_lifetime": 10 ** 9}, ("id_token_lifetime", "out_of_range")),
    ({"request_uris": ("https://app.example/r",) * 51}, ("request_uris", "invalid")),
    ({"request_uris": ("ftp://app.example/r",)}, ("request_uris[0]", "invalid")),
    ({"contacts": tuple(f"a{n}@b" for n in range(11))}, ("contacts", "invalid")),
    ({"contacts": ("a\n@b",)}, ("contacts", "invalid")),
    ({"authorization_details_types": ("",)}, ("authorization_details_types", "invalid")),
    ({"software_id": "x" * 201}, ("software_id", "invalid")),
    ({"claim_rules": tuple(ClaimRule(claim=f"c{n}") for n in range(51))},
     ("claim_rules", "invalid")),
    ({"claim_rules": (ClaimRule(claim=""),)}, ("claim_rules[0]", "invalid")),
    ({"claim_rules": (ClaimRule(claim="a", scope="a b"),)}, ("claim_rules[0]", "invalid")),
]  # fmt: skip


@pytest.mark.parametrize(("values", "error"), WRONG, ids=lambda value: str(value)[:70])
def test_what_does_not(values: dict[str, Any], error: tuple[str, str]) -> None:
    """R015, R017, R038, R046, R051, R052, A005, A113, A117: one field, one code."""
    assert errors_of(**values) == [error]


def test_a_public_client_proves_nothing() -> None:
    """R051, A023: an app that cannot keep a secret has no method."""
    for kind in ("spa", "native"):
        for method in ("client_secret_jwt", "private_key_jwt", "tls_client_auth"):
            found = errors_of(type=kind, auth_method=method, jwks=JWKS)
            assert ("auth_method", "not_allowed") in found
