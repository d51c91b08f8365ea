"""What a profile refuses to register, with the field and the section; and what it would stop.

FAPI 2.0 Security Profile, FAPI-CIBA §5.2.2.
"""

from dataclasses import replace
from typing import Any

import pytest
from tests.support.assertions import Keys
from tests.support.fapi import party
from tests.support.oauth import CAUSE, Provider
from tests.support.requests import set_policy

from limen.kernel.errors import Invalid
from limen.oauth.options import ClientOptions

SP, MS = "FAPI 2.0 Security Profile", "FAPI 2.0 Message Signing"
KEYS = Keys()
GOOD: dict[str, Any] = {"jwks": KEYS.jwks, "dpop_bound_access_tokens": True, "profile": "fapi2"}
SHORT = {"kty": "RSA", "n": "3" * 171, "e": "AQAB", "kid": "short"}
CIBA = "urn:openid:params:grant-type:ciba"
PUSHING = {
    "backchannel_token_delivery_mode": "push",
    "backchannel_client_notification_endpoint": "https://app.example/ciba",
}

WEAKER: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({"type_": "spa", "auth_method": None}, {}, "auth_method", f"{SP} 5.3.2.1-3"),
    ({"type_": "native", "auth_method": None}, {}, "auth_method", f"{SP} 5.3.2.1-3"),
    ({}, {"dpop_bound_access_tokens": False}, "options.dpop_bound_access_tokens", f"{SP} 5.3.2.1-4"),
    ({"auth_method": "client_secret_basic"}, {}, "auth_method", f"{SP} 5.3.2.1-6"),
    ({"auth_method": "client_secret_post"}, {}, "auth_method", f"{SP} 5.3.2.1-6"),
    ({"auth_method": "client_secret_jwt"}, {}, "auth_method", f"{SP} 5.3.2.1-6"),
    ({}, {"response_types": ("code", "code id_token")}, "options.response_types", f"{SP} 5.3.2.2-1"),
    ({}, {"request_uris": ("https://app.example/r",)}, "options.request_uris", f"{SP} 5.3.2.2-3"),
    ({"redirect_uris": ["http://127.0.0.1/cb"]}, {}, "redirect_uris[0]", f"{SP} 5.3.2.2-8"),
    ({"id_token_alg": "RS256"}, {}, "id_token_alg", f"{SP} 5.4.1-1"),
    ({"access_token_alg": "RS256"}, {}, "access_token_alg", f"{SP} 5.4.1-1"),
    ({}, {"token_endpoint_auth_signing_alg": "RS256"},
     "options.token_endpoint_auth_signing_alg", f"{SP} 5.4.1-1"),
    ({}, {"request_object_signing_alg": "RS256"},
     "options.request_object_signing_alg", f"{SP} 5.4.1-1"),
    ({}, {"authorization_signed_response_alg": "RS256"},
     "options.authorization_signed_response_alg", f"{SP} 5.4.1-1"),
    ({"grant_types": ["authorization_code", CIBA]}, PUSHING,
     "options.backchannel_token_delivery_mode", "FAPI-CIBA 5.2.2"),
]  # fmt: skip


def weaker(name: str, changes: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    values = {"auth_method": "private_key_jwt", "name": name, **changes}
    return values | {"options": ClientOptions(**{**GOOD, **options})}


@pytest.mark.parametrize(("changes", "options", "field", "section"), WEAKER)
async def test_what_is_weaker_is_refused_by_field_and_section(
    provider: Provider, changes: dict[str, Any], options: dict[str, Any], field: str, section: str
) -> None:
    """R015, R051, R052, R056: by the client's own profile, and by its tenant's."""
    with pytest.raises(Invalid) as refused:
        await provider.client(**weaker("Own", changes, options))
    found = {error.field: error.message for error in refused.value.errors}
    assert section in found[field]
    await provider.client(**weaker("Lax", changes, {**options, "profile": None}))
    await set_policy(provider, profile="fapi2")
    with pytest.raises(Invalid) as refused:
        await provider.client(**weaker("Tenant's", changes, {**options, "profile": "oauth21"}))
    assert field in {error.field for error in refused.value.errors}


async def test_short_keys_are_refused(provider: Provider) -> None:
    """R038, A097: RSA below 2048 bits cannot be registered at all (FAPI 2.0 SP §5.4.1)."""
    with pytest.raises(Invalid):
        await provider.client(**weaker("Short", {}, {"jwks": {"keys": [SHORT]}}))


async def test_message_signing_needs_keys(provider: Provider) -> None:
    """R017: FAPI 2.0 Message Signing §5.3.1; a certificate alone signs no request."""
    options = {
        "jwks": None, "profile": "fapi2_message_signing", "tls_client_auth_san_dns": "app.example",
    }  # fmt: skip
    with pytest.raises(Invalid) as refused:
        await provider.client(**weaker("TLS", {"auth_method": "tls_client_auth"}, options))
    found = {error.field: error.message for error in refused.value.errors}
    assert f"{MS} 5.3.1-1" in found["options.jwks"]
    await provider.client(
        **weaker("TLS", {"auth_method": "tls_client_auth"}, options | {"profile": "fapi2"})
    )


async def test_a_change_is_judged_as_a_whole(provider: Provider) -> None:
    """R056: nothing weaker by a change; what is refused is not stored."""
    one = await party(provider)
    change = replace(one.client).options
    with pytest.raises(Invalid) as refused:
        await provider.store.transact(
            lambda tx: provider.oauth.clients.change(
                tx, one.client.id, {"redirect_uris": ["http://localhost/cb"]}, CAUSE
            )
        )
    assert [error.field for error in refused.value.errors] == ["redirect_uris[0]"]
    assert (await one.again()).client.redirect_uris == one.client.redirect_uris
    assert (await one.again()).client.options == change


async def test_a_registration_by_protocol_is_judged_too(provider: Provider) -> None:
    """R056, R057: RFC 7591 §3.2.2 in a tenant of a profile."""
    await set_policy(provider, profile="fapi2", registration="open")
    body = b'{"redirect_uris": ["https://app.example/cb"]}'
    answer = await provider.send(
        "POST", "/oauth2/register", body=body, headers=[("content-type", "application/json")]
    )
    assert answer.status == 400, answer.body
    assert answer.json["error"] == "invalid_client_metadata"
    assert SP in answer.json["error_description"]


# The questions of administrators


async def token_of(provider: Provider) -> str:
    scopes = ["clients:read", "clients:write", "settings:read", "settings:write"]
    chief = await provider.client("m2m", name="Chief", scopes=scopes)
    await provider.role(chief)
    return (await provider.machine_token(chief))["access_token"]


async def test_what_a_client_lacks(provider: Provider) -> None:
    """R120: read only; every field with its standard and its section."""
    admin = await token_of(provider)
    shop = await provider.client(id_token_alg="RS256")
    path = f"/api/v1/clients/{shop.id}/profile-check"
    answer = await provider.api_call(admin, "GET", f"{path}")
    assert (answer.json["data"]["profile"], answer.json["data"]["satisfied"]) == ("oauth21", True)
    headers = [("authorization", f"Bearer {admin}")]
    found = (await provider.send("GET", path, query="profile=fapi2", headers=headers)).json["data"]
    assert found["satisfied"] is False
    assert [one["field"] for one in found["weaknesses"]] == [
        "auth_method", "options.dpop_bound_access_tokens", "id_token_alg",
    ]  # fmt: skip
    assert {one["standard"] for one in found["weaknesses"]} == {SP}
    wrong = await provider.send("GET", path, query="profile=fapi3", headers=headers)
    assert wrong.status == 422 or wrong.status == 400
    good = (await party(provider)).client
    path = f"/api/v1/clients/{good.id}/profile-check"
    found = (await provider.send("GET", path, query="profile=fapi2", headers=headers)).json["data"]
    assert (found["satisfied"], found["weaknesses"]) == (True, [])


async def test_who_would_stop_is_known_before(provider: Provider) -> None:
    """R016, R120: nothing changes by asking; a token of an administrator outlives the switch."""
    admin = await token_of(provider)
    await provider.client(name="Weak")
    await party(provider)
    headers = [("authorization", f"Bearer {admin}")]
    path, query = "/api/v1/oauth-policy/profile-check", "profile=fapi2"
    found = (await provider.send("GET", path, query=query, headers=headers)).json["data"]
    assert found["checked"] == 3
    assert {one["name"] for one in found["clients"]} == {"Weak", "Chief"}
    policy = await provider.api_call(admin, "GET", "/api/v1/oauth-policy")
    assert policy.json["data"]["profile"] == "oauth21"
    switch = {"profile": "fapi2"}
    done = await provider.api_call(admin, "PATCH", "/api/v1/oauth-policy", switch)
    assert done.status == 200
    back = await provider.api_call(admin, "PATCH", "/api/v1/oauth-policy", {"profile": None})
    assert back.json["data"]["profile"] == "oauth21"
