"""Front-channel and RP-initiated logout through the whole application, as a browser sees them.

Front-Channel Logout, RP-Initiated Logout.
"""

import re
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from tests.fakes.clock import FrozenClock
from tests.support.apps import CAUSE, Running
from tests.support.oauth import ISSUER, Answer, Provider
from tests.support.pages import Read
from tests.support.world import Visitor, provider_of

from limen.oauth.api import Client
from limen.oauth.options import ClientOptions

APP = "https://app.example"
AFTER = f"{APP}/bye"


@pytest.fixture
def provider(limen: Running, clock: FrozenClock) -> Provider:
    return provider_of(limen, clock, limen.tenant)


async def front(provider: Provider, path: str = "/out", **changes: Any) -> Client:
    options = ClientOptions(frontchannel_logout_uri=APP + path, **changes.pop("options", {}))
    given: dict[str, Any] = {
        "skip_consent": True, "options": options, "post_logout_redirect_uris": [AFTER],
    }  # fmt: skip
    return await provider.client(**(given | changes))


async def signed_in(provider: Provider, *clients: Client) -> tuple[Visitor, Any, list[str]]:
    secret, session = await provider.sign_in(await provider.person())
    hints = [(await provider.tokens(client, secret))["id_token"] for client in clients]
    await provider.snapshots.poll()
    return Visitor(provider, secret), session, hints


async def logout(visitor: Visitor, **parameters: str) -> Answer:
    return await visitor.get("/oauth2/logout", urlencode(parameters))


async def page_of(visitor: Visitor, answer: Answer) -> tuple[Answer, Read]:
    assert answer.location.startswith("/signout/done?left="), (answer.status, answer.location)
    path, _, query = answer.location.partition("?")
    shown = await visitor.get(path, query)
    assert shown.status == 200, shown.body
    return shown, Read(shown.body.decode())


async def test_every_application_is_asked_in_a_frame_and_the_page_goes_on(
    provider: Provider,
) -> None:
    """R009, A115, A137: iss and sid, exactly these sources, without JavaScript too."""
    one, two = await front(provider, "/out?keep=1"), await front(provider, "/two", name="Two")
    visitor, session, (hint, _) = await signed_in(provider, one, two)
    answer = await logout(
        visitor, id_token_hint=hint, post_logout_redirect_uri=AFTER, state="a&b=c\r\nX: y"
    )
    shown, page = await page_of(visitor, answer)
    frames = {frame["src"] for frame in page.all("iframe")}
    says = urlencode({"iss": ISSUER, "sid": str(session.id)})
    assert frames == {f"{APP}/out?keep=1&{says}", f"{APP}/two?{says}"}
    for frame in page.all("iframe"):
        assert frame["sandbox"] == "allow-scripts allow-same-origin"
        assert frame["referrerpolicy"] == "no-referrer"
    policy = shown.headers["content-security-policy"]
    sources = re.findall(r"frame-src ([^;]*)", policy)
    assert set(sources[0].split()) == {f"{APP}/out", f"{APP}/two"}
    assert "frame-ancestors 'none'" in policy
    (go_on,) = page.all("a", data_action="continue")
    assert go_on["href"] == f"{AFTER}?{urlencode({'state': 'a&b=c' + chr(13) + chr(10) + 'X: y'})}"
    (refresh,) = page.all("meta", http_equiv="refresh")
    assert refresh["content"] == f"5; url={go_on['href']}"
    assert page.all("li", data_standing="asked")


async def test_the_page_is_this_browsers_and_not_for_ever(
    provider: Provider, clock: FrozenClock
) -> None:
    """A013: nobody else learns which applications somebody used."""
    client = await front(provider)
    visitor, _, (hint,) = await signed_in(provider, client)
    answer = await logout(visitor, id_token_hint=hint)
    query = answer.location.partition("?")[2]
    stranger = Visitor(provider, None, binding="another-browsers-random-secret")
    refused = [
        await stranger.get("/signout/done", query),
        await visitor.get("/signout/done"),
        await visitor.get("/signout/done", "left=nonsense"),
        await visitor.get("/signout/done", "left=" + "x" * 3000),
    ]
    assert [one.status for one in refused] == [404] * 4
    assert all(b"Shop" not in one.body for one in refused)
    assert (await visitor.get("/signout/done", query)).status == 200
    clock.advance(31 * 60)
    assert (await visitor.get("/signout/done", query)).status == 404


@pytest.mark.parametrize("path", ["/a;script-src%20*", "/a,b", "/a;frame-src", "/a'b", "/a(b)"])
async def test_an_address_cannot_widen_the_policy(provider: Provider, path: str) -> None:
    """R009: what separates directives and sources is escaped in them."""
    client = await front(provider, path)
    visitor, _, (hint,) = await signed_in(provider, client)
    shown, _ = await page_of(visitor, await logout(visitor, id_token_hint=hint))
    policy = shown.headers["content-security-policy"]
    names = [directive.split()[0] for directive in policy.split("; ")]
    assert len(names) == len(set(names))
    (source,) = [d.split()[1:] for d in policy.split("; ") if d.startswith("frame-src")]
    assert len(source) == 1 and not set(source[0]) & set(";, ")


async def test_no_more_frames_than_a_page_can_bear(provider: Provider) -> None:
    """A135: of thousands of applications, the first fifty are asked by the browser."""
    clients = [await front(provider, f"/{n}", name=f"A{n}") for n in range(55)]
    visitor, session, (hint,) = await signed_in(provider, clients[0])

    async def note(tx: Any) -> None:
        from limen.oauth.logouts.store import SqlParticipants

        for client in clients:
            await SqlParticipants().note(tx, client, session=session.id, user=session.user)

    await provider.store.transact(note)
    shown, page = await page_of(visitor, await logout(visitor, id_token_hint=hint))
    assert len(page.all("iframe")) == 50
    assert len(shown.headers["content-security-policy"]) < 4096


async def test_who_waits_for_the_person_is_not_kept_waiting_for_nothing(
    provider: Provider,
) -> None:
    """The back channel needs no browser: the person goes on at once."""
    options = ClientOptions(backchannel_logout_uri=f"{APP}/back")
    client = await provider.client(
        skip_consent=True, options=options, post_logout_redirect_uris=[AFTER]
    )
    visitor, _, (hint,) = await signed_in(provider, client)
    answer = await logout(visitor, id_token_hint=hint, post_logout_redirect_uri=AFTER)
    assert answer.location == AFTER


async def test_whoever_signs_out_here_sees_who_knows(provider: Provider) -> None:
    """After a confirmed sign-out the page lists each application and whether it was told."""
    options = ClientOptions(backchannel_logout_uri=f"{APP}/back")
    told = await provider.client(skip_consent=True, options=options, name="Told")
    plain = await provider.client(skip_consent=True, name="Plain")
    visitor, _, _ = await signed_in(provider, told, plain)
    answer = await visitor.post("/signout", {"csrf": await visitor.csrf()})
    _, page = await page_of(visitor, answer)
    assert page.all("li", data_standing="waiting") and page.all("li", data_standing="not_told")
    assert "Told" in page.text and "Plain" in page.text
    assert not page.all("iframe") and not page.all("meta", http_equiv="refresh")
    assert any("Max-Age=0" in cookie for cookie in answer.cookies)


async def test_one_account_of_several_signs_out_of_its_applications(provider: Provider) -> None:
    """The chooser of accounts: its frames are loaded, and then the chooser is there again."""
    client = await front(provider)
    visitor, session, _ = await signed_in(provider, client)
    bob = await provider.person("bob@example.com")
    secret, _ = await provider.sign_in(bob, browser=visitor.secret)
    visitor = Visitor(provider, secret)
    fields = {"session": str(session.id), "csrf": await visitor.csrf()}
    _, page = await page_of(visitor, await visitor.post("/signin/select/sign-out", fields))
    assert len(page.all("iframe")) == 1
    (go_on,) = page.all("a", data_action="continue")
    assert go_on["href"] == "/signin/select"


async def test_nobody_to_tell_nothing_to_show(provider: Provider) -> None:
    visitor, _, _ = await signed_in(provider, await provider.client(skip_consent=True))
    answer = await visitor.post("/signout", {"csrf": await visitor.csrf()})
    assert answer.location == "/signin?done=signed_out&other=1"


async def test_a_session_that_lives_has_no_frames(provider: Provider) -> None:
    """A front-channel address is only ever asked after the end."""
    from limen.oauth.api import LogoutRequest

    client = await front(provider)
    visitor, session, _ = await signed_in(provider, client)
    asked = LogoutRequest(client=None, confirmed=True, session=session.id, continue_to=None)
    page = await provider.oauth.logout.after(
        provider.store, provider.tenant, session.id, asked, binding=visitor.binding
    )
    assert page is not None
    shown = await visitor.get("/signout/done", page.partition("?")[2])
    assert b"<iframe" not in shown.body


# RP-initiated logout, attacked.


async def test_a_page_of_somebody_else_ends_nothing(provider: Provider) -> None:
    """R019, A069: an attacker's own hint in the victim's browser leads to a question at most."""
    client = await front(provider)
    victim, session, _ = await signed_in(provider, client)
    theirs, _ = await provider.sign_in(await provider.person("eve@example.com"))
    hint = (await provider.tokens(client, theirs))["id_token"]
    answer = await logout(victim, id_token_hint=hint, post_logout_redirect_uri=AFTER)
    assert answer.location.startswith("/signout?")
    plain = await victim.post("/signout", {})
    assert plain.status in (400, 403)
    browser = await provider.sessions.browser(provider.store, victim.secret)
    assert [one.id for one in browser.sessions] == [session.id]
    mine = await provider.sessions.browser(provider.store, theirs)
    assert len(mine.sessions) == 1  # nor is the attacker's, elsewhere


async def test_a_logout_hint_chooses_but_proves_nothing(provider: Provider) -> None:
    """RP-Initiated Logout §2: of two accounts in a browser, the one that is meant is asked."""
    client = await provider.client(skip_consent=True)
    visitor, _, _ = await signed_in(provider, client)
    other = await provider.person("bob@example.com", name="Bob")
    secret, bobs = await provider.sign_in(other, browser=visitor.secret)
    secret, _ = await provider.sign_in(
        await provider.person("cy@example.com", name="Cy"), browser=secret
    )
    visitor = Visitor(provider, secret)
    for hint in ("bob@example.com", str(other.id), str(bobs.id), "bob"):
        answer = await logout(visitor, logout_hint=hint, ui_locales="de en")
        assert answer.location.startswith("/signout?")
        shown = await visitor.get("/signout", answer.location.partition("?")[2])
        assert b'lang="de"' in shown.body and b"Angemeldet als Bob" in shown.body
    fields = {"logout_hint": "bob@example.com", "csrf": await visitor.csrf()}
    assert (await visitor.post("/signout", fields)).status == 303
    left = await provider.sessions.browser(provider.store, secret)
    assert bobs.id not in [one.id for one in left.sessions] and len(left.sessions) == 2
    unknown = await logout(visitor, logout_hint='nobody@example.com"><svg onload=1>')
    shown = await visitor.get("/signout", unknown.location.partition("?")[2])
    assert b"Signed in as Cy" in shown.body and b"<svg onload" not in shown.body


async def test_hints_that_prove_nothing(provider: Provider, limen: Running) -> None:
    """R019, R040, A095: another tenant's, another kind of token, a forged or altered one."""
    client = await front(provider)
    visitor, session, (hint,) = await signed_in(provider, client)
    acme = await limen.app.contexts.tenancy.tenants.create("acme", "Acme", CAUSE)
    await limen.app.base.platform.snapshots.poll()
    away = provider_of(limen, provider.clock, acme)
    theirs = await away.client(skip_consent=True)
    secret, _ = await away.sign_in(await away.person())
    foreign = (await away.tokens(theirs, secret))["id_token"]
    access = (await provider.tokens(client, visitor.secret or ""))["access_token"]
    head, body, signature = hint.split(".")
    wrong = [
        foreign, access, f"{head}.{body}.{'A' * len(signature)}", f"{head}.{body}.",
        f"{head}.{body}", hint + "x", f"{body}.{head}.{signature}", "x" * 5000,
    ]  # fmt: skip
    for text in wrong:
        answer = await logout(visitor, id_token_hint=text, post_logout_redirect_uri=AFTER)
        assert (answer.status, answer.location) == (400, ""), text[:40]
    elsewhere = await front(provider, name="Elsewhere", post_logout_redirect_uris=[f"{APP}/else"])
    for parameters in (
        {"id_token_hint": hint, "client_id": elsewhere.client_id},
        {"id_token_hint": hint, "post_logout_redirect_uri": f"{APP}/else"},
        {"client_id": client.client_id, "post_logout_redirect_uri": f"{APP}/else"},
        {"client_id": client.client_id, "post_logout_redirect_uri": f"{AFTER}?x=1"},
        {"client_id": client.client_id, "post_logout_redirect_uri": f"{AFTER}#x"},
        {"client_id": client.client_id, "post_logout_redirect_uri": "javascript:alert(1)"},
        {"post_logout_redirect_uri": AFTER},
    ):
        answer = await logout(visitor, **parameters)
        assert (answer.status, answer.location) == (400, ""), parameters
        assert b"alert(1)" not in answer.body
    repeated = await visitor.get("/oauth2/logout", f"state=a&state=b&id_token_hint={quote(hint)}")
    assert repeated.status == 400
    browser = await provider.sessions.browser(provider.store, visitor.secret)
    assert [one.id for one in browser.sessions] == [session.id]


async def test_the_question_keeps_what_was_asked_and_the_answer_goes_back(
    provider: Provider,
) -> None:
    """R019: client_id, address and state survive the question; the token does not travel."""
    client = await front(provider)
    visitor, _, (hint,) = await signed_in(provider, client)
    asked = await logout(
        visitor, client_id=client.client_id, post_logout_redirect_uri=AFTER, state="s'\"<>"
    )
    path, _, query = asked.location.partition("?")
    shown = await visitor.get(path, query)
    fields = {
        one["name"]: one["value"]
        for one in Read(shown.body.decode()).all("input", type_="hidden")
        if one["name"] in ("client_id", "post_logout_redirect_uri", "state")
    }
    assert fields["state"] == "s'\"<>" and hint not in shown.body.decode()
    done = await visitor.post("/signout", fields | {"csrf": await visitor.csrf()})
    _, page = await page_of(visitor, done)
    (go_on,) = page.all("a", data_action="continue")
    assert parse_qs(urlsplit(go_on["href"]).query) == {"state": ["s'\"<>"]}


async def test_discovery_says_so(provider: Provider) -> None:
    document = (await provider.send("GET", "/.well-known/openid-configuration")).json
    for channel in ("backchannel", "frontchannel"):
        assert document[f"{channel}_logout_supported"] is True
        assert document[f"{channel}_logout_session_supported"] is True
    assert document["end_session_endpoint"] == f"{ISSUER}/oauth2/logout"
