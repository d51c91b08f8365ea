"""RP-initiated logout: proven, or confirmed; back only to what is registered.

RP-Initiated Logout.
"""

from urllib.parse import urlencode

import pytest
from tests.support.oauth import Answer, Provider

AFTER = "https://app.example/bye"


async def logout(provider: Provider, secret: str | None, **parameters: str) -> Answer:
    headers = [await provider.cookies(secret)]
    return await provider.send(
        "GET", "/oauth2/logout", query=urlencode(parameters), headers=headers
    )


async def ready(provider: Provider) -> tuple[str, str, str]:
    client = await provider.client(skip_consent=True, post_logout_redirect_uris=[AFTER])
    secret, _ = await provider.sign_in(await provider.person())
    issued = await provider.tokens(client, secret)
    return secret, issued["id_token"], client.client_id


@pytest.mark.parametrize("age", [0, 1000])
async def test_a_hint_of_this_session_needs_no_question(provider: Provider, age: int) -> None:
    """R019: an expired hint is good enough; state comes back; the session is over."""
    secret, hint, _ = await ready(provider)
    provider.clock.advance(age)
    await provider.snapshots.poll()
    answer = await logout(
        provider, secret, id_token_hint=hint, post_logout_redirect_uri=AFTER, state="s"
    )
    assert (answer.status, answer.location) == (303, f"{AFTER}?state=s")
    assert any("Max-Age=0" in cookie for cookie in answer.cookies)
    client = await provider.client(skip_consent=True)
    silent = provider.authorization(client, prompt="none")
    assert (await provider.authorize(silent, secret)).query["error"] == "login_required"


async def test_without_a_hint_the_person_is_asked(provider: Provider) -> None:
    """R019: nothing ends before the person confirmed, and no token is in the address."""
    secret, hint, client_id = await ready(provider)
    answer = await logout(
        provider, secret, client_id=client_id, post_logout_redirect_uri=AFTER, state="s"
    )
    assert answer.status == 303
    assert answer.location.startswith("/signout?")
    assert answer.query["client_id"] == client_id
    foreign, _ = await provider.sign_in(await provider.person("bob@example.com"))
    asked = await logout(provider, foreign, id_token_hint=hint, post_logout_redirect_uri=AFTER)
    assert asked.location.startswith("/signout?")
    assert hint not in asked.location
    assert await provider.reasons("session.ended") == []


WRONG = [
    {"post_logout_redirect_uri": "https://app.example/bye/"},
    {"post_logout_redirect_uri": "https://evil.test/"},
    {"post_logout_redirect_uri": "https://app.example/callback"},
    {"id_token_hint": "nonsense"},
    {"id_token_hint": "a.b.c"},
    {"client_id": "another"},
]


async def test_a_wrong_request_is_a_page_and_ends_nothing(provider: Provider) -> None:
    """R019, R004: exact addresses, genuine hints, one client."""
    secret, hint, _ = await ready(provider)
    for change in WRONG:
        parameters = {"id_token_hint": hint, "post_logout_redirect_uri": AFTER} | change
        answer = await logout(provider, secret, **parameters)
        assert (answer.status, "location" in answer.headers) == (400, False), change
    assert await provider.reasons("session.ended") == []


async def test_an_address_without_a_client_leads_nowhere(provider: Provider) -> None:
    """R019: a post_logout_redirect_uri of nobody is refused."""
    secret, _, _ = await ready(provider)
    assert (await logout(provider, secret, post_logout_redirect_uri=AFTER)).status == 400


async def test_a_form_goes_round_by_get(provider: Provider) -> None:
    """R005: a form of another site brings no cookies; the request is looked at by GET."""
    _, hint, _ = await ready(provider)
    answer = await provider.form(
        "/oauth2/logout", {"id_token_hint": hint, "post_logout_redirect_uri": AFTER, "x": "y"}
    )
    assert answer.status == 303
    assert answer.location.startswith("/oauth2/logout?")
    assert answer.query["id_token_hint"] == hint
    assert "x" not in answer.query


async def test_another_account_of_the_browser_stays(provider: Provider) -> None:
    """A035: the hint's session ends, and no other."""
    secret, hint, _ = await ready(provider)
    secret, other = await provider.sign_in(await provider.person("bob@example.com"), browser=secret)
    answer = await logout(provider, secret, id_token_hint=hint, post_logout_redirect_uri=AFTER)
    assert answer.location == AFTER
    assert answer.cookies == ()
    browser = await provider.sessions.browser(provider.store, secret)
    assert [session.id for session in browser.sessions] == [other.id]
