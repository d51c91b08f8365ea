"""Requests that wait for a person: what is asked, and what counts as done."""

import asyncio
import json

import pytest
from tests.support.oauth import BINDING, CAUSE, REDIRECT, Provider, decoded

from limen.kernel.errors import NotFound
from limen.kernel.ids import SessionId, new_id
from limen.oauth.errors import InteractionEnded


async def test_without_a_session_the_person_signs_in_and_comes_back(provider: Provider) -> None:
    """A013, A049: the browser holds a handle, the server everything else."""
    client = await provider.client(skip_consent=True)
    user = await provider.person()
    asked = await provider.authorize(provider.authorization(client, login_hint="ada@example.com"))
    assert asked.location.startswith("/signin?flow=")
    waiting = await provider.oauth.interactions.find(
        provider.store, provider.tenant, asked.query["flow"], browser=None, binding=BINDING
    )
    assert waiting is not None
    assert (waiting.needs, waiting.login_hint) == ("sign_in", "ada@example.com")
    assert waiting.form_action == "https://app.example"
    still = await provider.resume(asked, None)
    assert still.location == asked.location
    secret, _ = await provider.sign_in(user)
    answer = await provider.resume(asked, secret)
    assert answer.location.startswith(REDIRECT + "?code=")


async def test_a_handle_opens_in_its_own_browser_only_and_once(provider: Provider) -> None:
    """A013, A037, A069: not with another binding, not a second time, not after an hour."""
    client = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    asked = await provider.authorize(provider.authorization(client, prompt="login"), secret)
    foreign = await provider.resume(asked, secret, binding="another-browser")
    assert (foreign.status, "location" in foreign.headers) == (400, False)
    provider.clock.advance(1)
    secret, _ = await provider.sign_in(await provider.person("bob@example.com"), browser=secret)
    assert (await provider.resume(asked, secret)).query["code"]
    assert (await provider.resume(asked, secret)).status == 400
    late = await provider.authorize(provider.authorization(client, prompt="login"), secret)
    provider.clock.advance(3601)
    assert (await provider.resume(late, secret)).status == 400


async def test_prompt_login_takes_a_new_sign_in_and_nothing_else(provider: Provider) -> None:
    """R014: coming back without one asks again; afterwards auth_time is fresh."""
    client = await provider.client(skip_consent=True)
    user = await provider.person()
    secret, before = await provider.sign_in(user)
    provider.clock.advance(60)
    asked = await provider.authorize(provider.authorization(client, prompt="login"), secret)
    assert asked.location.startswith("/signin?flow=")
    assert (await provider.resume(asked, secret)).location == asked.location
    provider.clock.advance(5)
    secret, _ = await provider.sign_in(user, browser=secret)
    answer = await provider.resume(asked, secret)
    issued = await provider.token(provider.redemption(client, answer.query["code"]))
    fresh = decoded(issued.json["id_token"])["auth_time"]
    assert fresh >= int(before.authenticated_at.timestamp()) + 65


@pytest.mark.parametrize(("max_age", "asks"), [("59", True), ("0", True), ("3600", False)])
async def test_max_age_counts_from_the_last_real_sign_in(
    provider: Provider, max_age: str, asks: bool
) -> None:
    """R014: max_age in seconds; with prompt=none the client is told instead."""
    client = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    provider.clock.advance(60)
    answer = await provider.authorize(provider.authorization(client, max_age=max_age), secret)
    assert answer.location.startswith("/signin?flow=") == asks
    silent = await provider.authorize(
        provider.authorization(client, max_age=max_age, prompt="none"), secret
    )
    assert silent.query.get("error") == ("login_required" if asks else None)


async def test_prompt_none_never_asks(provider: Provider) -> None:
    """R014: login_required, consent_required, or a code."""
    client = await provider.client()
    silent = provider.authorization(client, prompt="none")
    assert (await provider.authorize(silent)).query["error"] == "login_required"
    secret, _ = await provider.sign_in(await provider.person())
    assert (await provider.authorize(silent, secret)).query["error"] == "consent_required"
    await provider.code(client, secret)
    assert "code" in (await provider.authorize(silent, secret)).query


async def test_more_than_was_allowed_is_asked_for(provider: Provider) -> None:
    """R012: a wider scope, and a claim of another scope, ask again; a narrower one does not."""
    client = await provider.client()
    secret, _ = await provider.sign_in(await provider.person())
    await provider.code(client, secret, scope="openid email")
    narrow = await provider.authorize(provider.authorization(client, scope="openid"), secret)
    assert "code" in narrow.query
    wide = provider.authorization(client, scope="openid profile")
    assert "/consent?" in (await provider.authorize(wide, secret)).location
    claim = provider.authorization(client, claims='{"userinfo":{"phone_number":null}}')
    assert "/consent?" in (await provider.authorize(claim, secret)).location


async def test_a_refused_consent_ends_the_request(provider: Provider) -> None:
    """R012: access_denied at the client; the request cannot be approved afterwards."""
    client = await provider.client()
    secret, _ = await provider.sign_in(await provider.person())
    asked = await provider.authorize(provider.authorization(client), secret)
    deny = provider.oauth.interactions.deny
    where = {"browser": secret, "binding": BINDING, "cause": CAUSE}
    await deny(provider.store, provider.tenant, asked.query["flow"], **where)
    with pytest.raises(InteractionEnded):
        await provider.oauth.interactions.approve(
            provider.store, provider.tenant, asked.query["flow"], **where
        )
    answer = await provider.resume(asked, secret)
    assert answer.query["error"] == "access_denied"
    assert (await provider.resume(asked, secret)).status == 400
    assert await provider.reasons("consent.refused") == ["consent_refused"]


async def test_an_app_that_proves_nothing_is_always_asked(provider: Provider) -> None:
    """R013: a native app on a loopback port or a scheme; prompt=none then fails."""
    uri = "com.example.app:/callback"
    client = await provider.client("native", redirect_uris=[uri, "http://127.0.0.1/cb"])
    secret, _ = await provider.sign_in(await provider.person())
    for redirect in (uri, "http://127.0.0.1:49152/cb"):
        for _ in range(2):
            asked = await provider.authorize(
                provider.authorization(client, redirect_uri=redirect), secret
            )
            assert asked.location.startswith("/consent?flow=")
            await provider.approve(asked, secret)
            answer = await provider.resume(asked, secret)
            assert answer.location.startswith(redirect + "?code=")
    silent = provider.authorization(client, redirect_uri=uri, prompt="none")
    assert (await provider.authorize(silent, secret)).query["error"] == "consent_required"


async def test_an_account_is_chosen_on_the_server(provider: Provider) -> None:
    """A013: prompt=select_account is done once a session of this browser was chosen."""
    client = await provider.client(skip_consent=True)
    ada, bob = await provider.person(), await provider.person("bob@example.com")
    secret, first = await provider.sign_in(ada)
    secret, _ = await provider.sign_in(bob, browser=secret)
    provider.clock.advance(1)
    asked = await provider.authorize(
        provider.authorization(client, prompt="select_account"), secret
    )
    assert asked.location.startswith("/signin/select?flow=")
    assert (await provider.resume(asked, secret)).location == asked.location
    choose = provider.oauth.interactions.choose_account
    where = {"browser": secret, "binding": BINDING}
    with pytest.raises(NotFound):
        await choose(provider.store, provider.tenant, asked.query["flow"],
                     session=SessionId(new_id()), **where)  # fmt: skip
    await choose(provider.store, provider.tenant, asked.query["flow"], session=first.id, **where)
    answer = await provider.resume(asked, secret)
    issued = await provider.token(provider.redemption(client, answer.query["code"]))
    assert decoded(issued.json["access_token"])["sub"] == str(ada.id)


async def test_a_hint_chooses_among_the_accounts_of_the_browser(provider: Provider) -> None:
    """OpenID Connect Core §3.1.2.1: id_token_hint, and the claim sub with a value."""
    client = await provider.client(skip_consent=True)
    ada, bob = await provider.person(), await provider.person("bob@example.com")
    secret, _ = await provider.sign_in(ada)
    hint = (await provider.tokens(client, secret))["id_token"]
    secret, _ = await provider.sign_in(bob, browser=secret)
    current = await provider.tokens(client, secret)
    assert decoded(current["access_token"])["sub"] == str(bob.id)
    hinted = await provider.tokens(client, secret, id_token_hint=hint, prompt="none")
    assert decoded(hinted["access_token"])["sub"] == str(ada.id)
    claims = json.dumps({"id_token": {"sub": {"value": str(ada.id)}}})
    wished = await provider.tokens(client, secret, claims=claims, prompt="none")
    assert decoded(wished["access_token"])["sub"] == str(ada.id)
    alone, _ = await provider.sign_in(bob)
    answer = await provider.authorize(
        provider.authorization(client, id_token_hint=hint, prompt="none"), alone
    )
    assert answer.query["error"] == "login_required"


async def test_requests_nobody_came_back_to_are_deleted(provider: Provider) -> None:
    """A135: abandoned flows do not pile up."""
    client = await provider.client()
    for _ in range(3):
        await provider.authorize(provider.authorization(client))
    provider.clock.advance(3601)
    from limen.oauth.store.interactions import SqlInteractions

    assert await provider.store.transact(SqlInteractions().purge) == 3
    await provider.tasks[0].run()


async def test_form_post_sends_the_answer_by_a_page(provider: Provider) -> None:
    """R046, OAuth 2.0 Form Post Response Mode: a button without scripts, a nonce with them."""
    client = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    answer = await provider.authorize(
        provider.authorization(client, response_mode="form_post"), secret
    )
    assert answer.status == 200
    assert b'action="https://app.example/callback"' in answer.body
    assert b'name="code"' in answer.body
    assert b'name="iss" value="http://localhost:8400"' in answer.body
    assert b"<button" in answer.body
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


async def test_of_many_returns_exactly_one_gets_a_code(provider: Provider) -> None:
    """A037: a request that waited ends once, however many tabs come back with it."""
    client = await provider.client(skip_consent=True)
    user = await provider.person()
    asked = await provider.authorize(provider.authorization(client))
    secret, _ = await provider.sign_in(user)
    answers = await asyncio.gather(*(provider.resume(asked, secret) for _ in range(30)))
    assert sorted(answer.status for answer in answers) == [303] + [400] * 29


async def test_first_consents_at_once_make_one_grant(provider: Provider) -> None:
    """R012: several tabs at once, each with its own scopes: one grant that holds them all."""
    client = await provider.client()
    user = await provider.person()
    secret, _ = await provider.sign_in(user)
    scopes = ["openid", "openid email", "openid profile", "openid phone"]
    asked = [
        await provider.authorize(provider.authorization(client, scope=scope), secret)
        for scope in scopes
    ]
    await asyncio.gather(*(provider.approve(one, secret) for one in asked))
    codes = await asyncio.gather(*(provider.resume(one, secret) for one in asked))
    assert all("code" in answer.query for answer in codes)
    apps = await provider.oauth.grants.list_of(provider.store, user.id)
    assert [{scope.name for scope in app.scopes} for app in apps] == [
        {"openid", "email", "profile", "phone"}
    ]
