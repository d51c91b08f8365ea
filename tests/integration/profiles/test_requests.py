"""FAPI 2.0 at the endpoints: the way that works, and every weaker one with the reason."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.support.assertions import Keys
from tests.support.dpop import ProofKey
from tests.support.fapi import Party, body_of, party
from tests.support.oauth import Answer, Provider
from tests.support.requests import set_policy

from limen.oauth.options import ClientOptions

PROFILES = ("fapi2", "fapi2_message_signing")
SP, MS = "FAPI 2.0 Security Profile", "FAPI 2.0 Message Signing"


@pytest.mark.parametrize("alg", ["ES256", "PS256", "EdDSA"])
@pytest.mark.parametrize("profile", PROFILES)
async def test_the_strict_way_works(provider: Provider, profile: str, alg: str) -> None:
    """R016, R018, R052: pushed, proven by keys, bound; FAPI 2.0 Security Profile §5.3.2."""
    one = await party(provider, profile, alg=alg)
    secret, _ = await provider.sign_in(await provider.person())
    found = await one.tokens(secret, scope="openid offline_access")
    assert (found["token_type"], found["expires_in"]) == ("DPoP", 300)
    assert body_of(found["access_token"])["cnf"] == {"jkt": one.proofs.jkt}
    userinfo = one.proofs.using(found["access_token"], "/oauth2/userinfo")
    assert (await provider.send("GET", "/oauth2/userinfo", headers=userinfo)).status == 200
    assert (await provider.userinfo(found["access_token"])).status == 401


# Each weaker variant

Try = Callable[[Party], Awaitable[Answer]]


async def plain(one: Party) -> Answer:
    return await one.provider.authorize(one.asked())


async def hybrid(one: Party) -> Answer:
    return await one.push(one.asked(response_type="code id_token"))


async def implicit(one: Party) -> Answer:
    return await one.push(one.asked(response_type="token"))


async def without_pkce(one: Party) -> Answer:
    return await one.push(one.asked(code_challenge=None, code_challenge_method=None))


async def plain_pkce(one: Party) -> Answer:
    return await one.push(one.asked(code_challenge="v" * 43, code_challenge_method="plain"))


async def unsigned(one: Party) -> Answer:
    return await one.push(one.provider.authorization(one.client, response_mode="jwt"))


async def plain_answer(one: Party) -> Answer:
    return await one.push(one.asked(response_mode="query"))


async def elsewhere(one: Party) -> Answer:
    return await one.push(one.asked(redirect_uri="https://app.example/callback/"))


async def no_redirect(one: Party) -> Answer:
    return await one.push(one.asked(redirect_uri=None))


async def endpoint_audience(one: Party) -> Answer:
    return await one.push(one.asked(), aud=one.provider.tenant.issuer + "/oauth2/par")


async def listed_audience(one: Party) -> Answer:
    return await one.push(one.asked(), aud=[one.provider.tenant.issuer])


async def far_future(one: Party) -> Answer:
    now = int(one.provider.clock.now().timestamp())
    return await one.push(one.asked(), iat=now + 61, exp=now + 120)


async def unproven(one: Party) -> Answer:
    return await one.provider.form("/oauth2/par", one.asked())


async def bearer(one: Party) -> Answer:
    return await one.provider.token(
        {"grant_type": "authorization_code", "code": "x"} | one.assertion()
    )


async def weak_proof(one: Party) -> Answer:
    proofs = ProofKey(one.provider, "RS256")
    return await one.token({"grant_type": "authorization_code", "code": "x"}, proofs.header())


async def password(one: Party) -> Answer:
    fields = {"grant_type": "password", "username": "ada", "password": "x"}
    return await one.token(fields)


async def old_object(one: Party) -> Answer:
    now = int(one.provider.clock.now().timestamp())
    fields = one.provider.authorization(one.client, response_mode="jwt")
    return await one.push(one.signed(fields, nbf=now - 3601, exp=now + 60))


async def lasting_object(one: Party) -> Answer:
    now = int(one.provider.clock.now().timestamp())
    fields = one.provider.authorization(one.client, response_mode="jwt")
    return await one.push(one.signed(fields, exp=now + 3601))


async def weak_object(one: Party) -> Answer:
    fields = one.provider.authorization(one.client, response_mode="jwt")
    rsa = Keys("RS256")
    return await one.push(replace(one, keys=rsa).signed(fields))


WEAKER: list[tuple[str, Try, str, str]] = [
    ("fapi2", plain, "invalid_request", f"{SP} 5.3.2.2-3"),
    ("fapi2", hybrid, "unsupported_response_type", f"{SP} 5.3.2.2-1"),
    ("fapi2", implicit, "unsupported_response_type", f"{SP} 5.3.2.2-1"),
    ("fapi2", without_pkce, "invalid_request", f"{SP} 5.3.2.2-5"),
    ("fapi2", plain_pkce, "invalid_request", f"{SP} 5.3.2.2-5"),
    ("fapi2", elsewhere, "invalid_request", "redirect_uri"),
    ("fapi2", no_redirect, "invalid_request", "redirect_uri"),
    ("fapi2", endpoint_audience, "invalid_client", ""),
    ("fapi2", listed_audience, "invalid_client", ""),
    ("fapi2", far_future, "invalid_client", ""),
    ("fapi2", unproven, "invalid_client", ""),
    ("fapi2", bearer, "invalid_dpop_proof", "must send a DPoP proof"),
    ("fapi2", weak_proof, "invalid_dpop_proof", f"{SP} 5.4.1-1"),
    ("fapi2", password, "unsupported_grant_type", ""),
    ("fapi2_message_signing", plain, "invalid_request", f"{SP} 5.3.2.2-3"),
    ("fapi2_message_signing", unsigned, "invalid_request", f"{MS} 5.3.1-1"),
    ("fapi2_message_signing", plain_answer, "invalid_request", f"{MS} 5.4.1-1"),
    ("fapi2_message_signing", old_object, "invalid_request_object", "an hour"),
    ("fapi2_message_signing", lasting_object, "invalid_request_object", "an hour"),
    ("fapi2_message_signing", weak_object, "invalid_request_object", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("profile", "weaker", "error", "why"), WEAKER, ids=[f"{w[0]}-{w[1].__name__}" for w in WEAKER]
)
async def test_a_weaker_way_is_refused_with_the_reason(
    provider: Provider, profile: str, weaker: Try, error: str, why: str
) -> None:
    """R015, R016, R018, R021, R022, R046, R052, A013, A017: FAPI 2.0 Security Profile §5.3.2.1,
    §5.3.2.2, §5.4.1, FAPI 2.0 Message Signing §5.3.1, §5.4.1."""
    answer = await weaker(await party(provider, profile))
    said: dict[str, Any] = answer.query if answer.location else answer.json
    if "response" in said:
        said = body_of(said["response"])
    assert said["error"] == error
    assert why in said["error_description"]


@pytest.mark.parametrize("seconds", [0, 10])
async def test_clocks_may_be_ten_seconds_ahead(provider: Provider, seconds: int) -> None:
    """R052: FAPI 2.0 Security Profile §5.3.2.1-13."""
    one = await party(provider)
    at = int(provider.clock.now().timestamp()) + seconds
    assert (await one.push(one.asked(), iat=at, nbf=at, exp=at + 60)).status == 201


async def test_a_code_waits_a_minute_and_a_request_less_than_ten(provider: Provider) -> None:
    """R016, R023: FAPI 2.0 Security Profile §5.3.2.1-11, §5.3.2.2-12."""
    one = await party(provider)
    pushed = await one.push(one.asked())
    assert pushed.json["expires_in"] < 600
    secret, _ = await provider.sign_in(await provider.person())
    code = await one.code(secret)
    provider.clock.advance(timedelta(seconds=61))
    assert (await one.token(one.redemption(code))).json["error"] == "invalid_grant"


async def test_a_code_is_used_once_and_is_bound(provider: Provider) -> None:
    """R024, A017: FAPI 2.0 Security Profile §5.3.2.2-9 and §5.3.2.1-12 (RFC 9449 §10.1)."""
    one = await party(provider)
    secret, _ = await provider.sign_in(await provider.person())
    pushed = await one.push(one.asked(), one.proofs.header("/oauth2/par"))
    asked = {"client_id": one.client.client_id, "request_uri": pushed.json["request_uri"]}
    answer = await provider.authorize(asked, secret)
    await provider.approve(answer, secret)
    code = (await provider.resume(answer, secret)).query["code"]
    stranger = (await party(provider)).proofs
    refused = await one.token(one.redemption(code), stranger.header())
    assert refused.json["error"] == "invalid_grant"
    assert (await one.token(one.redemption(code))).status == 200
    assert (await one.token(one.redemption(code))).json["error"] == "invalid_grant"


async def test_refresh_tokens_do_not_rotate(provider: Provider) -> None:
    """R028, R033: FAPI 2.0 Security Profile §5.3.2.1-9: the same token, with the client's proof
    and its key each time; elsewhere each use still gives a new one."""
    one = await party(provider)
    secret, _ = await provider.sign_in(await provider.person())
    found = await one.tokens(secret, scope="openid offline_access")
    fields = {"grant_type": "refresh_token", "refresh_token": found["refresh_token"]}
    for _ in range(3):
        answer = await one.token(fields)
        assert answer.status == 200, answer.body
        assert "refresh_token" not in answer.json
        assert body_of(answer.json["access_token"])["cnf"] == {"jkt": one.proofs.jkt}
        provider.clock.advance(timedelta(minutes=10))
    assert len(await provider.reasons("token_family.renewed")) == 3
    bearer = await provider.token(fields | one.assertion())
    assert bearer.json["error"] == "invalid_dpop_proof"
    other = await party(provider)
    assert (await other.token(fields)).json["error"] == "invalid_grant"
    revoked = await provider.form(
        "/oauth2/revoke", {"token": found["refresh_token"]} | one.assertion()
    )
    assert revoked.status == 200
    assert (await one.token(fields)).json["error"] == "invalid_grant"


async def test_rotated_before_it_became_strict(provider: Provider) -> None:
    """R028, R029: a repeat gets the one successor until that is used; then it is a replay."""
    one = await party(provider, "oauth21")
    secret, _ = await provider.sign_in(await provider.person())
    found = await one.tokens(secret, scope="openid offline_access")
    first = {"grant_type": "refresh_token", "refresh_token": found["refresh_token"]}
    second = (await one.token(first)).json["refresh_token"]
    await set_policy(provider, profile="fapi2")
    assert (await one.token(first)).json["refresh_token"] == second
    renewing = {"grant_type": "refresh_token", "refresh_token": second}
    assert (await one.token(renewing)).status == 200
    assert (await one.token(first)).json["error"] == "invalid_grant"
    assert (await one.token(renewing)).json["error"] == "invalid_grant"


async def test_errors_are_signed_too(provider: Provider) -> None:
    """R008: FAPI 2.0 Message Signing §5.4.1: what goes back through the browser is JARM."""
    one = await party(provider, "fapi2_message_signing")
    answer = await provider.authorize(await one.pushed(prompt="none"))
    said = body_of(answer.query["response"])
    assert (said["error"], said["aud"]) == ("login_required", one.client.client_id)


async def test_introspection_is_signed(provider: Provider) -> None:
    """R048: FAPI 2.0 Message Signing §5.5.1 (RFC 9701 §5)."""
    one = await party(provider, "fapi2_message_signing")
    secret, _ = await provider.sign_in(await provider.person())
    token = (await one.tokens(secret))["access_token"]
    fields = {"token": token} | one.assertion()
    plain = await provider.form("/oauth2/introspect", fields)
    assert plain.status == 400
    assert f"{MS} 5.5.1-1" in plain.json["error_description"]
    accept = ("accept", "application/token-introspection+jwt")
    fields = {"token": token} | one.assertion()
    signed = await provider.form("/oauth2/introspect", fields, accept)
    assert body_of(signed.body.decode())["token_introspection"]["active"] is True


# A tenant that becomes stricter


async def test_a_tenant_stops_what_is_weaker_and_says_why(provider: Provider) -> None:
    """R051, R052: the stricter of client and tenant holds, at every back-channel endpoint."""
    shop = await provider.client()
    public = await provider.client("spa")
    keys = Keys()
    bearer = await provider.client(
        auth_method="private_key_jwt", options=ClientOptions(jwks=keys.jwks)
    )
    await set_policy(provider, profile="fapi2")
    for path in ("/oauth2/token", "/oauth2/par", "/oauth2/introspect", "/oauth2/revoke"):
        answer = await provider.form(path, {"token": "x"}, provider.basic(shop))
        assert (answer.status, answer.json["error"]) == (401, "invalid_client")
        assert f"{SP} 5.3.2.1-6" in answer.json["error_description"]
    answer = await provider.token(provider.credentials(public))
    assert f"{SP} 5.3.2.1-3" in answer.json["error_description"]
    one = Party(provider, bearer, keys, (await party(provider)).proofs)
    answer = await one.token({"grant_type": "authorization_code", "code": "x"})
    assert answer.json["error"] == "unauthorized_client"
    assert f"{SP} 5.3.2.1-4" in answer.json["error_description"]
    assert (await provider.reasons("token.refused"))[-1] == "below_profile"


async def test_a_lax_client_of_a_strict_tenant_is_strict(provider: Provider) -> None:
    """R016: profile oauth21 of a client takes nothing from its tenant's."""
    one = await party(provider, "oauth21")
    await set_policy(provider, profile="fapi2")
    answer = await provider.authorize(provider.authorization(one.client))
    assert f"{SP} 5.3.2.2-3" in answer.query["error_description"]
    secret, _ = await provider.sign_in(await provider.person())
    assert (await one.tokens(secret))["expires_in"] == 300


async def test_discovery_says_what_holds(provider: Provider) -> None:
    """R038, R051: FAPI 2.0 Security Profile §5.3.2.1-1."""
    await set_policy(provider, profile="fapi2_message_signing")
    said = (await provider.send("GET", "/.well-known/openid-configuration")).json
    assert said["response_types_supported"] == ["code"]
    assert said["require_pushed_authorization_requests"] is True
    assert said["require_signed_request_object"] is True
    assert said["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]  # no mTLS here
    assert "RS256" not in said["id_token_signing_alg_values_supported"]
    assert all(mode.endswith("jwt") for mode in said["response_modes_supported"])


# OAuth 2.1, the profile of everybody


@pytest.mark.parametrize(
    "changes",
    [
        {"response_type": "token"},
        {"response_type": "id_token token"},
        {"code_challenge": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
    ],
)
async def test_oauth_21_has_no_implicit_grant_and_no_plain_pkce(
    provider: Provider, changes: dict[str, str | None]
) -> None:
    """R015, R021, R022, R046, A013, A017: OAuth 2.1 §4.1.1, §10.1."""
    client = await provider.client()
    answer = await provider.authorize(provider.authorization(client, **changes))
    assert answer.query["error"] in ("unsupported_response_type", "invalid_request")
    assert "code" not in answer.query


async def test_oauth_21_has_no_password_grant(provider: Provider) -> None:
    """R014: OAuth 2.1 §10.2."""
    client = await provider.client()
    fields = {"grant_type": "password", "username": "ada", "password": "x"}
    answer = await provider.token(fields | provider.credentials(client))
    assert answer.json["error"] == "unsupported_grant_type"


async def test_oauth_21_takes_no_token_in_a_query(provider: Provider) -> None:
    """R054: OAuth 2.1 §5.1.1, and with it FAPI 2.0 Security Profile §5.3.4."""
    client = await provider.client()
    secret, _ = await provider.sign_in(await provider.person())
    token = (await provider.tokens(client, secret))["access_token"]
    answer = await provider.send("GET", "/oauth2/userinfo", query=f"access_token={token}")
    assert answer.status in (400, 401)
