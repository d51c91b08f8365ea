"""What is asked of the person: claims, levels, a fresh sign-in, an account, a consent for once.

OpenID Connect Core §5.5; Initiating User Registration.
"""

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.support.oauth import CAUSE, Provider, decoded

from limen.oauth.api import Client
from limen.oauth.options import ClientOptions


async def allowed(
    provider: Provider, client: Client, secret: str, *, remember: bool, **changes: str | None
) -> str:
    """Return the code of a request that the person allowed."""
    asked = await provider.authorize(provider.authorization(client, **changes), secret)
    assert "/consent?" in asked.location
    await provider.oauth.interactions.approve(
        provider.store, provider.tenant, asked.query["flow"], browser=secret,
        binding="the-random-secret-of-one-browser", cause=CAUSE, remember=remember,
    )  # fmt: skip
    return (await provider.resume(asked, secret)).query["code"]


# Claims


async def with_claims(
    provider: Provider, claims: dict[str, Any], **profile: Any
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return what ID token and userinfo say, and the token answer."""
    client = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person(**profile))
    answer = await provider.tokens(client, secret, claims=json.dumps(claims))
    userinfo = (await provider.userinfo(answer["access_token"])).json
    return decoded(answer["id_token"]), userinfo, answer | {"client": client}


async def test_claims_come_where_they_are_asked(provider: Provider) -> None:
    """R056: Core §5.5, each of its forms; what is unknown is left out."""
    claims = {
        "id_token": {
            "email": None, "name": {"essential": True}, "nickname": {"value": "Ada"},
            "auth_time": {"essential": True}, "acr": {"values": ["urn:none", "aal1"]},
            "unknown": {"essential": True}, "iss": {"value": "https://evil.test"},
        },
        "userinfo": {
            "given_name": {"values": ["Ada", "Bob"]}, "locale": None, "zoneinfo": None,
            "family_name#ja-Kana-JP": None, "family_name": {"value": [1, {"a": 2.5}]},
        },
        "another": 7,
    }  # fmt: skip
    said, info, _ = await with_claims(
        provider, claims, given_name="Ada", family_name="Lovelace", nickname="Ada", locale="en"
    )
    assert (said["email"], said["name"], said["nickname"]) == (
        "ada@example.com", "Ada Lovelace", "Ada",
    )  # fmt: skip
    assert said["iss"] == provider.tenant.issuer
    assert "unknown" not in said
    assert said["acr"] == "aal1"
    assert {"given_name", "family_name", "locale", "sub"} == info.keys()


async def test_claims_survive_a_refresh(provider: Provider) -> None:
    """Core §12.2: userinfo goes on to say what was asked of it by name."""
    _, info, answer = await with_claims(provider, {"userinfo": {"email": None}})
    assert info["email"] == "ada@example.com"
    fields = {"grant_type": "refresh_token", "refresh_token": answer["refresh_token"]}
    refreshed = await provider.token(fields | provider.credentials(answer["client"]))
    again = (await provider.userinfo(refreshed.json["access_token"])).json
    assert again == info


@pytest.mark.parametrize(
    "text", ['{"id_token":{},"id_token":{}}', '{"userinfo":[]}', '{"id_token":{"sub":7}}', "7",
             '{"id_token":{"acr":{"essential":"yes"}}}', "{" * 4000, "é"],
)  # fmt: skip
async def test_claims_that_cannot_be_read_are_refused(provider: Provider, text: str) -> None:
    """A099: a name twice means two things."""
    client = await provider.client()
    answer = await provider.authorize(provider.authorization(client, claims=text))
    assert answer.query["error"] == "invalid_request"


async def test_a_claim_names_the_person(provider: Provider) -> None:
    """Core §5.5.1: another one's session does not do."""
    ada, bob = await provider.person(), await provider.person("bob@example.com")
    client = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(ada)
    for place in ("id_token", "userinfo"):
        for user, error in ((ada, None), (bob, "login_required")):
            claims = json.dumps({place: {"sub": {"value": str(user.id)}}})
            asked = provider.authorization(client, claims=claims, prompt="none")
            answer = await provider.authorize(asked, secret)
            assert answer.query.get("error") == error


# Levels and freshness


async def test_an_essential_level_is_reached_or_refused(provider: Provider) -> None:
    """R044: Core §5.5.1.1; a wish is only tried once."""
    client = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())

    def asking(values: list[str], *, essential: bool) -> dict[str, str]:
        acr = {"id_token": {"acr": {"essential": essential, "values": values}}}
        return provider.authorization(client, claims=json.dumps(acr))

    refused = await provider.authorize(asking(["urn:unknown"], essential=True), secret)
    assert refused.query["error"] == "unmet_authentication_requirements"
    for values, essential in ((["aal1"], True), (["urn:unknown", "aal1"], True), (["x"], False)):
        assert (
            "code" in (await provider.authorize(asking(values, essential=essential), secret)).query
        )
    for wish in ("aal1", "urn:unknown", "urn:unknown aal1"):
        asked = provider.authorization(client, acr_values=wish)
        assert "code" in (await provider.authorize(asked, secret)).query


async def test_a_client_has_its_own_defaults(provider: Provider) -> None:
    """R014: default_max_age and default_acr_values, where the request says nothing."""
    options = ClientOptions(default_max_age=60, default_acr_values=("aal1", "urn:unknown"))
    client = await provider.client(options=options, skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    asked = provider.authorization(client)
    assert "code" in (await provider.authorize(asked, secret)).query
    provider.clock.advance(timedelta(seconds=61))
    assert "/signin?" in (await provider.authorize(asked, secret)).location
    longer = provider.authorization(client, max_age="3600")
    assert "code" in (await provider.authorize(longer, secret)).query


# Making an account


async def test_prompt_create_leads_to_the_sign_up_page(provider: Provider) -> None:
    """R014: also for somebody who is signed in; a fresh sign-in ends it (it may be another's)."""
    client = await provider.client(skip_consent=True)
    person = await provider.person()
    secret, _ = await provider.sign_in(person)
    provider.clock.advance(timedelta(seconds=1))
    asked = provider.authorization(client, prompt="create", login_hint="new@example.com")
    assert (await provider.authorize(asked)).location.startswith("/signup?flow=")
    waits = await provider.authorize(asked, secret)
    assert waits.location.startswith("/signup?flow=")
    assert (await provider.resume(waits, secret)).location.startswith("/signup?flow=")
    provider.clock.advance(timedelta(seconds=1))
    new = await provider.person("new@example.com")
    secret, _ = await provider.sign_in(new, browser=secret)
    done = await provider.resume(waits, secret)
    tokens = (await provider.token(provider.redemption(client, done.query["code"]))).json
    assert decoded(tokens["id_token"])["sub"] == str(new.id)
    document = (await provider.send("GET", "/.well-known/openid-configuration")).json
    assert "create" in document["prompt_values_supported"]


@pytest.mark.parametrize("text", ["create none", "create login", "create consent"])
async def test_prompt_create_is_alone(provider: Provider, text: str) -> None:
    client = await provider.client()
    answer = await provider.authorize(provider.authorization(client, prompt=text))
    assert answer.query["error"] == "invalid_request"


# Consent for once


async def test_a_consent_for_once_is_not_remembered(provider: Provider) -> None:
    """R012: it carries the tokens of this request, and the next one asks again."""
    client = await provider.client()
    secret, _ = await provider.sign_in(await provider.person())
    for _ in range(2):
        code = await allowed(provider, client, secret, remember=False, scope="openid email")
        tokens = (await provider.token(provider.redemption(client, code))).json
        assert tokens["scope"] == "openid email"
        assert (await provider.userinfo(tokens["access_token"])).status == 200
    assert [fact["remembered"] for fact in await provider.data("consent.given")] == [False, False]
    code = await allowed(provider, client, secret, remember=True)
    asked = provider.authorization(client)
    assert "code" in (await provider.authorize(asked, secret)).query
    await allowed(provider, client, secret, remember=False, scope="openid email")
    asked = await provider.authorize(provider.authorization(client, scope="openid email"), secret)
    assert "/consent?" in asked.location


async def test_what_was_allowed_once_can_be_withdrawn(provider: Provider) -> None:
    """R012, R035: the application is listed, and its tokens end with the grant."""
    client = await provider.client()
    person = await provider.person()
    secret, _ = await provider.sign_in(person)
    code = await allowed(provider, client, secret, remember=False)
    tokens = (await provider.token(provider.redemption(client, code))).json
    [application] = await provider.oauth.grants.list_of(provider.store, person.id)
    assert application.scopes == ()
    await provider.store.transact(
        lambda tx: provider.oauth.grants.revoke(tx, application.grant, CAUSE, user=person.id)
    )
    assert (await provider.userinfo(tokens["access_token"])).status == 401
