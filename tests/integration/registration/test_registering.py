"""Dynamic client registration (RFC 7591), as anybody tries it.

OpenID Connect Registration.
"""

from typing import Any

import pytest
from tests.support.oauth import Answer, Provider, decoded
from tests.support.registration import (
    REGISTER,
    URI,
    initial_token,
    policy,
    register,
    registered,
    send,
)

DCR: dict[str, Any] = {
    "client_name": "Shop", "client_name#de": "Laden", "grant_types": ["authorization_code", "refresh_token"],
    "contacts": ["ops@app.example"], "software_id": "shop", "unheard_of": {"a": 1},
    "logo_uri": "https://app.example/logo.png", "policy_uri": None,
}  # fmt: skip


def refused(answer: Answer, code: str, status: int = 400) -> None:
    assert (answer.status, answer.json["error"]) == (status, code), answer.body
    assert answer.headers["cache-control"] == "no-store"
    description = answer.json["error_description"]
    assert description.isascii()
    assert not {'"', "\\"} & set(description)


async def clients_of(provider: Provider) -> int:
    return len(await provider.data("client.self_registered"))


async def test_it_is_closed_to_whoever_has_no_token(provider: Provider) -> None:
    """R057: by default a token is needed; the challenge says of which kind."""
    answer = await register(provider)
    refused(answer, "invalid_token", 401)
    assert answer.headers["www-authenticate"] == f'Bearer realm="{provider.tenant.issuer}"'
    wrong = await register(provider, token="wrong")
    refused(wrong, "invalid_token", 401)
    assert 'error="invalid_token"' in wrong.headers["www-authenticate"]
    assert await provider.reasons("registration.refused") == [
        "initial_token_missing", "initial_token_invalid",
    ]  # fmt: skip
    assert await clients_of(provider) == 0


async def test_where_it_is_switched_off_nothing_answers(provider: Provider) -> None:
    """A091, R057: not even with a token that was made before, nor for what was registered."""
    token = await initial_token(provider)
    await policy(provider, registration="open")
    made = await registered(provider)
    await policy(provider, registration="closed")
    assert (await register(provider, token=token)).status == 404
    assert (await register(provider)).status == 404
    path = f"{REGISTER}/{made['client_id']}"
    for method in ("GET", "PUT", "DELETE"):
        body = {} if method == "PUT" else None
        answer = await send(provider, method, path, body, made["registration_access_token"])
        assert answer.status == 404
    discovery = await provider.send("GET", "/.well-known/openid-configuration")
    assert "registration_endpoint" not in discovery.json


async def test_an_application_registers_itself(provider: Provider) -> None:
    """R053, R055: ids and secrets are ours, shown once; unknown fields are ignored."""
    await policy(provider, registration="open")
    made = await registered(provider, **DCR)
    assert made["client_name"] == "Shop"
    assert made["token_endpoint_auth_method"] == "client_secret_basic"
    assert made["response_types"] == ["code"]
    assert made["application_type"] == "web"
    assert made["client_secret_expires_at"] == 0
    assert len(made["client_secret"]) >= 43
    assert made["contacts"] == ["ops@app.example"]
    assert made["scope"] == "openid profile email phone address offline_access"
    assert made["id_token_signed_response_alg"] == "RS256"
    assert made["registration_client_uri"].endswith(f"/oauth2/register/{made['client_id']}")
    assert "unheard_of" not in made
    assert "policy_uri" not in made
    [created] = await provider.data("client.created")
    assert created["registered"] == "open"
    facts = str(await provider.data("client.created")) + str(
        await provider.data("client.self_registered")
    )
    assert made["client_secret"] not in facts
    assert made["registration_access_token"] not in facts


async def test_what_registered_itself_signs_people_in(provider: Provider) -> None:
    """R012, R057: consent is asked, and the token is for the one that asked."""
    await policy(provider, registration="open")
    made = await registered(provider)
    client = await provider.oauth.clients.find(provider.store, made["client_id"])
    assert client is not None
    assert (client.registered, client.skip_consent) == ("open", False)
    provider.secrets[client.id] = made["client_secret"]
    browser, _ = await provider.sign_in(await provider.person())
    answer = await provider.authorize(provider.authorization(client), browser)
    assert "/consent?" in answer.location
    tokens = await provider.tokens(client, browser)
    assert decoded(tokens["access_token"])["client_id"] == made["client_id"]


@pytest.mark.parametrize(
    ("uris", "code"),
    [
        (["javascript:alert(1)"], "invalid_redirect_uri"),
        (["data:text/html,x"], "invalid_redirect_uri"),
        (["http://evil.example/cb"], "invalid_redirect_uri"),
        (["https://app.example/cb#f"], "invalid_redirect_uri"),
        (["https://*.example/cb"], "invalid_redirect_uri"),
        (["https://user@app.example/cb"], "invalid_redirect_uri"),
        (["https://app.example/../cb"], "invalid_redirect_uri"),
        (["https://app.example/cb?code=1"], "invalid_redirect_uri"),
        (["https://аpp.example/cb"], "invalid_redirect_uri"),
        (["myapp:/cb"], "invalid_redirect_uri"),
        ([""], "invalid_redirect_uri"),
        ([URI, URI], "invalid_redirect_uri"),
        ([f"https://app.example/{n}" for n in range(51)], "invalid_redirect_uri"),
        (["https://app.example/" + "a" * 2048], "invalid_redirect_uri"),
        ([], "invalid_redirect_uri"),
        ("https://app.example/cb", "invalid_redirect_uri"),
        ([1], "invalid_redirect_uri"),
    ],
)  # fmt: skip
async def test_redirect_uris_that_nobody_gets(provider: Provider, uris: Any, code: str) -> None:
    """R002, R057, R059, A001, A003, A005, A009: one rule for every way to register."""
    await policy(provider, registration="open")
    refused(await register(provider, redirect_uris=uris), code)
    assert await clients_of(provider) == 0


REFUSED: list[dict[str, Any]] = [
    {"grant_types": ["client_credentials"], "redirect_uris": []},
    {"grant_types": ["password"]},
    {"grant_types": ["authorization_code", "urn:ietf:params:oauth:grant-type:token-exchange"]},
    {"grant_types": "authorization_code"},
    {"response_types": ["token"]},
    {"response_types": ["id_token"]},
    {"scope": "openid users:write"},
    {"scope": "openid account:write"},
    {"scope": "openid orders:read"},
    {"scope": "openid unheard:of"},
    {"scope": "openid openid"},
    {"scope": "a" * 3000},
    {"scope": 7},
    {"token_endpoint_auth_method": "private_key_jwt"},
    {"token_endpoint_auth_method": "magic"},
    {"token_endpoint_auth_method": "tls_client_auth"},
    {"jwks": {"keys": [{"kty": "oct", "k": "x"}]}},
    {"jwks": {"keys": []}},
    {"jwks_uri": "https://127.0.0.1/jwks", "jwks": {"keys": [{"kty": "EC"}]}},
    {"jwks_uri": "http://127.0.0.1/jwks"},
    {"jwks_uri": "file:///etc/passwd"},
    {"logo_uri": "http://169.254.169.254/latest/meta-data"},
    {"logo_uri": "javascript:alert(1)"},
    {"client_uri": "http://app.example"},
    {"sector_identifier_uri": "http://127.0.0.1/"},
    {"backchannel_logout_uri": "http://127.0.0.1:22/"},
    {"initiate_login_uri": "http://localhost/"},
    {"request_uris": ["http://127.0.0.1/ro"]},
    {"post_logout_redirect_uris": ["javascript:alert(1)"]},
    {"client_name": "Lіmen"},
    {"client_name": "𝐋imen"},
    {"client_name": "Shop\u202egnp.exe"},
    {"client_name": "x" * 201},
    {"client_name": ["Shop"]},
    {"contacts": [f"a{n}@app.example" for n in range(11)]},
    {"application_type": "desktop"},
    {"id_token_signed_response_alg": "none"},
    {"id_token_signed_response_alg": "HS256"},
    {"request_object_signing_alg": "none"},
    {"subject_type": "pairwise", "redirect_uris": [URI, "https://other.example/cb"]},
]  # fmt: skip


@pytest.mark.parametrize("metadata", REFUSED, ids=lambda metadata: str(metadata)[:60])
async def test_metadata_that_nobody_gets(provider: Provider, metadata: dict[str, Any]) -> None:
    """R015, R038, R056, R057, A023, A067, A117: refused by name, and nothing is made."""
    await provider.api()
    await policy(provider, registration="open")
    refused(await register(provider, **metadata), "invalid_client_metadata")
    assert await clients_of(provider) == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"text"', b"\xff", b'{"a":1}{'])
async def test_what_is_no_metadata(provider: Provider, body: bytes) -> None:
    """R138, A121"""
    await policy(provider, registration="open")
    answer = await send(provider, "POST", REGISTER, body)
    assert (answer.status, answer.json["error"]) == (400, "invalid_client_metadata")


async def test_what_is_too_large_is_not_read(provider: Provider) -> None:
    """A121, A135: metadata has a size, and a depth."""
    await policy(provider, registration="open")
    assert (await send(provider, "POST", REGISTER, b"{" + b" " * 70_000 + b"}")).status == 413
    deep = b'{"jwks":' * 40 + b"{}" + b"}" * 40
    assert (await send(provider, "POST", REGISTER, deep)).status == 400


async def test_options_of_administrators_are_not_taken(provider: Provider) -> None:
    """A023, R115: nobody gives themselves trust."""
    await policy(provider, registration="open")
    made = await registered(
        provider, skip_consent=True, trusted=True, profile="fapi2", claim_rules=[{"claim": "x"}],
        token_exchange_impersonation=True, audiences=["https://api.example.com"],
        client_id="019a0000-0000-7000-8000-00000000dead", client_secret="mine",
    )  # fmt: skip
    client = await provider.oauth.clients.find(provider.store, made["client_id"])
    assert client is not None
    assert (client.skip_consent, client.audiences, client.options.profile) == (False, (), None)
    assert not client.options.token_exchange_impersonation
    assert client.options.claim_rules == ()
    assert made["client_id"] != "019a0000-0000-7000-8000-00000000dead"
    assert made["client_secret"] != "mine"


async def test_whoever_listens_on_the_device_keeps_no_secret_there(provider: Provider) -> None:
    """R013, R059: loopback and own schemes are public clients, asked for consent each time."""
    await policy(provider, registration="open")
    for uri in ("http://127.0.0.1:33418/", "http://localhost/cb", "com.example.app:/cb"):
        made = await registered(
            provider, redirect_uris=[uri], token_endpoint_auth_method="client_secret_post"
        )
        assert made["token_endpoint_auth_method"] == "none"
        assert made["application_type"] == "native"
        assert "client_secret" not in made
    mixed = await registered(provider, redirect_uris=[URI, "http://127.0.0.1/"])
    assert mixed["token_endpoint_auth_method"] == "none"
    keys = {"keys": [{"kty": "EC", "crv": "P-256", "x": "x", "y": "y"}]}
    refused(
        await register(provider, redirect_uris=["http://127.0.0.1/"], jwks=keys,
                       token_endpoint_auth_method="private_key_jwt"),
        "invalid_client_metadata",
    )  # fmt: skip


async def test_a_policy_bounds_hosts_scopes_and_grants(provider: Provider) -> None:
    """R056, R057"""
    await provider.api()
    await policy(
        provider, registration="open", registration_scopes=["orders:read"],
        registration_grant_types=["authorization_code"], registration_redirect_hosts=["*.app.example"],
    )  # fmt: skip
    fine = await registered(provider, redirect_uris=["https://x.app.example/cb"])
    assert fine["scope"] == "openid profile email phone address orders:read"
    for uri in (URI, "https://evilapp.example/cb", "http://127.0.0.1/", "com.example.app:/cb"):
        refused(await register(provider, redirect_uris=[uri]), "invalid_redirect_uri")
    answer = await register(
        provider, redirect_uris=["https://x.app.example/cb"],
        grant_types=["authorization_code", "refresh_token"],
    )  # fmt: skip
    refused(answer, "invalid_client_metadata")


async def test_a_crowd_is_stopped(provider: Provider) -> None:
    """R057, A071: one address gets a few in an hour, and all together not many more."""
    await policy(provider, registration="open")
    for _ in range(20):
        assert (await register(provider)).status == 201
    answer = await register(provider)
    assert (answer.status, answer.json["error"]) == (429, "temporarily_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert (await register(provider, client="192.0.2.8")).status == 201
    token = await initial_token(provider)
    assert (await register(provider, token=token)).status == 201


async def test_there_is_room_for_so_many(provider: Provider) -> None:
    """A135: a policy says for how many; those of administrators are not counted."""
    await policy(provider, registration="open", registration_max_clients=2)
    await provider.client()
    await registered(provider)
    await registered(provider)
    refused(await register(provider), "invalid_client_metadata")
    assert await provider.reasons("registration.refused") == ["too_many_clients"]


async def test_tenants_have_registrations_of_their_own(provider: Provider) -> None:
    """R118, A077: open here is not open there, and a token is for one."""
    from tests.support.oauth import CAUSE

    await policy(provider, registration="open")
    token = await initial_token(provider)
    acme = provider.in_tenant(await provider.tenants.create("acme", "Acme", CAUSE))
    await provider.snapshots.poll()
    refused(await register(acme), "invalid_token", 401)
    refused(await register(acme, token=token), "invalid_token", 401)
    made = await registered(provider)
    path = f"{REGISTER}/{made['client_id']}"
    answer = await send(acme, "GET", path, token=made["registration_access_token"])
    refused(answer, "invalid_token", 401)


async def test_browsers_may_register(provider: Provider) -> None:
    """The answer can be read from any origin; no cookie counts."""
    await policy(provider, registration="open")
    answer = await send(
        provider, "POST", REGISTER, {"redirect_uris": [URI], "token_endpoint_auth_method": "none"},
        headers=[("origin", "https://app.example")],
    )  # fmt: skip
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json["token_endpoint_auth_method"] == "none"
    assert "client_secret" not in answer.json


async def test_discovery_says_so(provider: Provider) -> None:
    """RFC 8414 §2"""
    document = (await provider.send("GET", "/.well-known/oauth-authorization-server")).json
    assert document["registration_endpoint"] == f"{provider.tenant.issuer}/oauth2/register"
    assert document["client_id_metadata_document_supported"] is False


async def test_nobody_is_sent_on_to_a_stranger_unasked(provider: Provider) -> None:
    """R004, A007 (RFC 9700 §4.11.2): an error of a client that anybody may be is a page.

    Until somebody of this browser allowed it something; whom an administrator let register is
    no stranger.
    """
    await policy(provider, registration="open")
    made = await registered(provider)
    client = await provider.oauth.clients.find(provider.store, made["client_id"])
    assert client is not None
    provider.secrets[client.id] = made["client_secret"]
    browser, _ = await provider.sign_in(await provider.person())
    wrong: list[dict[str, str]] = [
        {"scope": "unheard:of"}, {"prompt": "none"}, {"response_type": "token"},
        {"code_challenge_method": "plain"}, {"request": "x.y.z"},
    ]  # fmt: skip
    for changes in wrong:
        for secret in (browser, None):
            asked = provider.authorization(client, **changes)
            answer = await provider.authorize(asked, secret)
            assert (answer.status, answer.location) == (400, ""), changes
    await provider.tokens(client, browser)
    for changes in wrong[:2]:
        answer = await provider.authorize(provider.authorization(client, **changes), browser)
        assert answer.location.startswith(URI), changes

    token = await initial_token(provider)
    vouched = await register(provider, token=token)
    friend = await provider.oauth.clients.find(provider.store, vouched.json["client_id"])
    assert friend is not None
    assert friend.registered == "dynamic"
    answer = await provider.authorize(provider.authorization(friend, scope="unheard:of"))
    assert answer.location.startswith(URI)
