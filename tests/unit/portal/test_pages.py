"""Every hosted page, rendered with hostile values, keeps its promises."""

from uuid import uuid4

import pytest
from tests.fakes.clock import FrozenClock
from tests.fakes.faces import (
    FakeAuthentication,
    FakeDevices,
    FakeInteractions,
    FakeLogout,
    FakeOneTime,
    FakeSessions,
    FakeUsers,
    a_client,
    a_session,
    a_user,
    an_interaction,
    confirmed,
    signed_in,
)
from tests.support.pages import HOSTILE, PAGES, TENANT, a_request, check_page, location

from limen.authentication.api import AddressUnconfirmed
from limen.authentication.errors import LinkUnusable, ProofNeeded, WrongCredentials
from limen.kernel.errors import FieldError, Invalid, NotFound, Refusal, TooMany
from limen.oauth.api import DetailText, LogoutRequest, ScopeText
from limen.platform.http.answers import InternalError
from limen.platform.http.cookies import cookie_name
from limen.portal.destinations import Destinations
from limen.portal.errors import FlowEnded, SetupLinkUnusable
from limen.portal.pages.consent import ConsentPages
from limen.portal.pages.home import HomePages
from limen.portal.pages.recover import RecoverPages
from limen.portal.pages.select import SelectPages
from limen.portal.pages.setup import SetupPages
from limen.portal.pages.signin import SignInPages
from limen.portal.pages.signout import SignOutPages
from limen.portal.pages.signup import SignUpPages
from limen.portal.pages.verify import VerifyPages
from limen.portal.settings import PortalSettings
from limen.portal.setup import SetupLinks


def sign_in_pages(
    authentication: FakeAuthentication | None = None,
    *,
    interactions: FakeInteractions | None = None,
    users: FakeUsers | None = None,
    sessions: FakeSessions | None = None,
) -> SignInPages:
    return SignInPages(
        PAGES, Destinations(interactions or FakeInteractions()),
        authentication or FakeAuthentication(), users or FakeUsers(),
        sessions or FakeSessions(), FakeDevices(),
    )  # fmt: skip


def hostile_flow(**more: object) -> FakeInteractions:
    client = a_client(HOSTILE, policy_uri="https://app.example/privacy", tos_uri=None)
    return FakeInteractions(an_interaction(client, login_hint=HOSTILE, **more))


async def test_sign_in_has_the_fields_that_password_managers_find() -> None:
    page = check_page(await sign_in_pages().show(a_request("/signin")))
    assert {"username", "current-password"} <= page.autocompletes()
    assert page.all("button", type_="submit")
    assert page.title.startswith("Sign in")


async def test_sign_in_to_an_application_names_it_and_lets_the_form_lead_there() -> None:
    """A115: client name and login hint are text."""
    pages = sign_in_pages(interactions=hostile_flow())
    response = await pages.show(a_request("/signin", query={"flow": "h1"}))
    page = check_page(response)
    assert "&lt;svg onload" in page.text
    assert page.all("input", name="flow")[0]["value"] == "h1"
    assert response.csp == {"form-action": "'self' https://app.example"}
    assert (b"cross-origin-opener-policy", b"unsafe-none") in response.headers


async def test_an_unknown_flow_is_a_page_that_says_so() -> None:
    with pytest.raises(FlowEnded):
        await sign_in_pages().show(a_request("/signin", query={"flow": "gone"}))


async def test_wrong_credentials_say_the_same_whatever_was_wrong() -> None:
    """R078: one text; the password is not echoed, the identifier is escaped."""
    pages = sign_in_pages(FakeAuthentication(WrongCredentials()))
    form = {"username": HOSTILE, "password": "not-this-password"}
    response = await pages.submit(a_request("/signin", form=form))
    page = check_page(response)
    assert response.status == 401
    assert "not-this-password" not in page.text
    assert page.all("div", role="alert", tabindex="-1")
    assert not response.cookies


async def test_too_many_attempts_say_how_long_to_wait() -> None:
    pages = sign_in_pages(FakeAuthentication(TooMany(retry_after=90)))
    response = await pages.submit(a_request("/signin", form={"username": "a", "password": "b"}))
    assert "90 seconds" in check_page(response).text
    assert response.status == 429
    assert (b"retry-after", b"90") in response.headers


async def test_signing_in_sets_a_new_cookie_and_goes_on() -> None:
    """R099, R005: the new secret, and 303."""
    authentication = FakeAuthentication(signed_in(a_user()))
    pages = sign_in_pages(authentication)
    form = {"username": "ada", "password": "x", "next": "/account/sessions", "remember": "1"}
    response = await pages.submit(a_request("/signin", form=form, browser="old"))
    assert location(response) == "/account/sessions"
    session, device = response.cookies
    assert "Max-Age" in session and "HttpOnly" in session and "SameSite=Lax" in session
    assert "new-secret" not in session
    assert "device" in device
    assert authentication.calls[0][1]["browser"] == "old"


@pytest.mark.parametrize("evil", ["//evil", "/\\evil", "https://evil.example", "/%2f%2fevil"])
async def test_next_never_leads_away(evil: str) -> None:
    """A011"""
    pages = sign_in_pages(FakeAuthentication(signed_in(a_user())))
    form = {"username": "ada", "password": "x", "next": evil}
    assert location(await pages.submit(a_request("/signin", form=form))) == "/account"


async def test_a_pending_person_gets_no_further_than_the_confirmation() -> None:
    user = a_user(address="a@example.org", status="pending")
    pages = sign_in_pages(FakeAuthentication(AddressUnconfirmed(user)))
    response = await pages.submit(a_request("/signin", form={"username": "a", "password": "b"}))
    page = check_page(response)
    assert "a@example.org" in page.text
    assert not response.cookies


async def test_who_is_signed_in_goes_to_the_account_unless_asked_again() -> None:
    user = a_user()
    sessions = FakeSessions([a_session(user)])
    pages = sign_in_pages(users=FakeUsers([user]), sessions=sessions)
    secret = sessions.secret
    assert location(await pages.show(a_request("/signin", browser=secret))) == "/account"
    again = a_request("/signin", browser=secret, query={"next": "/account", "again": "1"})
    page = check_page(await pages.show(again))
    assert page.all("input", name="username")[0]["value"] == "ada@example.org"
    other = a_request("/signin", browser=secret, query={"other": "1"})
    assert "value" not in check_page(await pages.show(other)).all("input", name="username")[0]


def select_pages(sessions: FakeSessions, users: FakeUsers, flow: FakeInteractions) -> SelectPages:
    return SelectPages(PAGES, Destinations(flow), flow, users, sessions, FakeLogout())


async def test_the_switcher_lists_accounts_and_chooses_only_the_browsers_own() -> None:
    """R099: choosing gives the browser a new cookie; another's session is nothing here."""
    one, two = a_user(HOSTILE), a_user("Grace", "grace@example.org")
    sessions = FakeSessions([a_session(one), a_session(two)])
    flow = hostile_flow()
    pages = select_pages(sessions, FakeUsers([one, two]), flow)
    shown = a_request("/signin/select", browser=sessions.secret, query={"flow": "h1"})
    page = check_page(await pages.show(shown))
    assert len(page.all("input", type_="radio")) == 2
    form = {"session": str(sessions.live[1].id), "flow": "h1"}
    chosen = await pages.choose(a_request("/x", browser=sessions.secret, form=form))
    assert location(chosen).startswith("/oauth2/authorize")
    assert flow.decisions == [str(sessions.live[1].id)]
    assert chosen.cookies
    for foreign in (str(uuid4()), "nonsense", HOSTILE):
        with pytest.raises(NotFound):
            await pages.choose(a_request("/x", browser=sessions.secret, form={"session": foreign}))


async def test_signing_one_account_out_leaves_the_others() -> None:
    one, two = a_user(), a_user("Grace")
    sessions = FakeSessions([a_session(one), a_session(two)])
    pages = select_pages(sessions, FakeUsers([one, two]), FakeInteractions())
    form = {"session": str(sessions.live[0].id)}
    await pages.sign_out(a_request("/x", browser=sessions.secret, form=form))
    assert sessions.ended == [sessions.live[0].id]
    with pytest.raises(NotFound):
        await pages.sign_out(
            a_request("/x", browser=sessions.secret, form={"session": str(uuid4())})
        )


def sign_up_pages(authentication: FakeAuthentication) -> SignUpPages:
    return SignUpPages(PAGES, Destinations(FakeInteractions()), authentication)


async def test_sign_up_asks_for_new_credentials() -> None:
    page = check_page(await sign_up_pages(FakeAuthentication()).show(a_request("/signup")))
    assert {"username", "new-password", "name"} <= page.autocompletes()


async def test_sign_up_answers_everybody_alike() -> None:
    """R078: the page knows nothing but what was typed."""
    authentication = FakeAuthentication()
    form = {"email": HOSTILE, "password": "some password of mine", "name": HOSTILE}
    page = check_page(await sign_up_pages(authentication).submit(a_request("/signup", form=form)))
    assert page.title.startswith("Confirm your address")
    assert authentication.calls[0][1]["browser_binding"] == "the-binding"


async def test_a_refused_password_is_explained_at_its_field() -> None:
    refusal = Invalid(FieldError("password", "too_short", f"Too short {HOSTILE}"))
    pages = sign_up_pages(FakeAuthentication(refusal))
    form = {"email": "a@example.org", "password": "short-secret"}
    response = await pages.submit(a_request("/signup", form=form))
    page = check_page(response)
    assert response.status == 422
    field = page.all("input", name="password")[0]
    assert field["aria-invalid"] == "true" and "password-error" in field["aria-describedby"]
    assert page.all("input", name="email")[0]["value"] == "a@example.org"
    assert "short-secret" not in page.text
    assert page.title.startswith("Error")


def verify_pages(outcome: object) -> VerifyPages:
    return VerifyPages(PAGES, Destinations(FakeInteractions()), FakeAuthentication(outcome))


async def test_a_link_in_the_same_browser_confirms_at_once_without_a_referrer() -> None:
    response = await verify_pages(confirmed(a_user(), "/demo")).show(
        a_request("/verify", query={"token": "secret-token"})
    )
    page = check_page(response)
    assert "secret-token" not in page.text
    assert page.all("a", data_action="continue")[0]["href"] == "/demo"
    assert (b"referrer-policy", b"no-referrer") in response.headers


async def test_a_link_in_another_browser_leaves_the_address_and_asks_for_the_password() -> None:
    """R010: the page with the form has no secret in its address."""
    first = await verify_pages(ProofNeeded()).show(a_request("/verify", query={"token": "t0ken"}))
    assert location(first) == "/verify"
    cookie = first.cookies[0].partition(";")[0].partition("=")
    pages = verify_pages(confirmed(a_user()))
    shown = await pages.show(a_request("/verify", cookies={cookie[0]: cookie[2]}))
    assert {"current-password"} <= check_page(shown).autocompletes()
    form = {"password": "right"}
    done = await pages.submit(a_request("/verify", cookies={cookie[0]: cookie[2]}, form=form))
    assert check_page(done).title.startswith("Address confirmed")
    assert pages.authentication.calls[-1][1]["secret"] == "t0ken"
    assert "Max-Age=0" in done.cookies[0]


async def test_a_used_link_says_so_and_offers_a_new_one() -> None:
    response = await verify_pages(LinkUnusable()).show(a_request("/verify", query={"token": "x"}))
    page = check_page(response)
    assert response.status == 410
    assert page.all("a", data_action="resend")


async def test_a_change_of_address_is_confirmed_by_a_button_not_by_the_link() -> None:
    pages = verify_pages("waiting")
    first = await pages.show_change(a_request("/verify/change", query={"token": "t"}))
    name, _, value = first.cookies[0].partition(";")[0].partition("=")
    check_page(await pages.show_change(a_request("/verify/change", cookies={name: value})))
    assert pages.authentication.calls == []
    done = await pages.confirm_change(a_request("/x", cookies={name: value}, form={"a": "b"}))
    check_page(done)
    assert pages.authentication.calls[0][0] == "confirm_email_change"


async def test_the_page_to_send_a_link_again_is_the_same_for_everybody() -> None:
    page = check_page(await verify_pages(None).show(a_request("/verify")))
    assert "username" in page.autocompletes()
    sent = await verify_pages(None).resend(a_request("/x", form={"email": HOSTILE}))
    check_page(sent)


def recover_pages(outcome: object) -> RecoverPages:
    return RecoverPages(PAGES, Destinations(FakeInteractions()), FakeAuthentication(outcome))


async def test_recovery_answers_everybody_alike() -> None:
    """R078"""
    check_page(await recover_pages(None).show(a_request("/recover")))
    sent = await recover_pages(None).submit(a_request("/recover", form={"email": HOSTILE}))
    assert "on its way" in check_page(sent).text


async def test_a_reset_link_moves_its_token_out_of_the_address() -> None:
    """R010, R080: nobody is signed in by a reset."""
    user = a_user()
    pages = recover_pages(user)
    first = await pages.show_reset(a_request("/recover/reset", query={"token": "t0ken"}))
    assert location(first) == "/recover/reset"
    assert (b"referrer-policy", b"no-referrer") in first.headers
    name, _, value = first.cookies[0].partition(";")[0].partition("=")
    page = check_page(await pages.show_reset(a_request("/recover/reset", cookies={name: value})))
    assert {"username", "new-password"} <= page.autocompletes()
    assert page.all("input", name="token")[0]["value"] == "t0ken"
    form = {"token": "t0ken", "password": "new"}
    done = await pages.reset(a_request("/recover/reset", form=form))
    assert location(done).startswith("/signin?done=password_reset")
    assert all("session" not in cookie for cookie in done.cookies)


@pytest.mark.parametrize("cookies", [{}, {"link": "x"}])
async def test_a_reset_page_without_its_link_offers_a_new_one(cookies: dict[str, str]) -> None:
    named = {cookie_name(TENANT.issuer, k): v for k, v in cookies.items()}
    response = await recover_pages(a_user()).show_reset(a_request("/recover/reset", cookies=named))
    check_page(response)
    assert response.status == 400


def consent_pages(flow: FakeInteractions, sessions: FakeSessions, users: FakeUsers) -> ConsentPages:
    return ConsentPages(PAGES, Destinations(flow), flow, users, sessions)


async def test_consent_says_who_asks_for_what_and_refusing_is_as_easy() -> None:
    """R012, A115: client and person are text; the two answers stand side by side."""
    user = a_user(HOSTILE)
    sessions = FakeSessions([a_session(user)])
    flow = hostile_flow(scopes=(ScopeText("x", HOSTILE, HOSTILE),), resources=(HOSTILE,))
    pages = consent_pages(flow, sessions, FakeUsers([user]))
    shown = a_request("/consent", browser=sessions.secret, query={"flow": "h1"})
    response = await pages.show(shown)
    page = check_page(response)
    approve, deny = page.all("button", name="decision")
    assert approve["data-action"] == "approve" and approve["type"] == "submit"
    assert deny["data-action"] == "deny" and "type" not in deny
    assert response.csp == {"form-action": "'self' https://app.example"}


@pytest.mark.parametrize(
    ("decision", "expected"),
    [("approve", "approve"), ("deny", "deny"), ("", "deny"), ("x", "deny")],
)
async def test_only_an_explicit_yes_is_one(decision: str, expected: str) -> None:
    flow = hostile_flow()
    pages = consent_pages(flow, FakeSessions(), FakeUsers())
    form = {"flow": "h1", "decision": decision}
    location(await pages.submit(a_request("/consent", form=form)))
    assert flow.decisions == [expected]


@pytest.mark.parametrize("always", [False, True])
async def test_what_is_asked_in_detail_is_shown_and_may_be_for_once(always: bool) -> None:
    """R012, A115: every field, as text; where each time is asked anyway there is no choice."""
    user = a_user()
    sessions = FakeSessions([a_session(user)])
    detail = DetailText("pay", HOSTILE, ((HOSTILE, HOSTILE), ("amount", "45 EUR")))
    flow = hostile_flow(details=(detail,), asks_always=always)
    pages = consent_pages(flow, sessions, FakeUsers([user]))
    shown = a_request("/consent", browser=sessions.secret, query={"flow": "h1"})
    page = check_page(await pages.show(shown))
    assert b"<dd>45 EUR</dd>" in (await pages.show(shown)).body
    assert len(page.all("input", name="once")) == (0 if always else 1)


@pytest.mark.parametrize(("once", "expected"), [("1", "approve once"), (None, "approve")])
async def test_a_yes_may_be_for_once(once: str | None, expected: str) -> None:
    flow = hostile_flow()
    pages = consent_pages(flow, FakeSessions(), FakeUsers())
    form = {"flow": "h1", "decision": "approve"} | ({"once": once} if once else {})
    location(await pages.submit(a_request("/consent", form=form)))
    assert flow.decisions == [expected]


async def test_consent_without_a_person_or_a_request_is_not_shown() -> None:
    flow = hostile_flow()
    pages = consent_pages(flow, FakeSessions(), FakeUsers())
    shown = await pages.show(a_request("/consent", query={"flow": "h1"}))
    assert location(shown) == "/signin?flow=h1"
    with pytest.raises(FlowEnded):
        await pages.show(a_request("/consent"))


def sign_out_pages(asked: LogoutRequest, sessions: FakeSessions) -> SignOutPages:
    return SignOutPages(PAGES, FakeLogout(asked), sessions)


async def test_signing_out_is_asked_first_and_keeps_the_parameters() -> None:
    user = a_user()
    sessions = FakeSessions([a_session(user)])
    client = a_client(HOSTILE)
    pages = sign_out_pages(
        LogoutRequest(client, False, None, "https://app.example/bye?state=s"), sessions
    )
    query = {"state": HOSTILE, "client_id": client.client_id, "unknown": HOSTILE}
    response = await pages.show(a_request("/signout", browser=sessions.secret, query=query))
    page = check_page(response)
    assert page.all("input", name="state") and not page.all("input", name="unknown")
    assert response.csp == {"form-action": "'self' https://app.example"}
    form = {"state": "s", "client_id": client.client_id}
    done = await pages.submit(a_request("/signout", browser=sessions.secret, form=form))
    assert location(done) == "https://app.example/bye?state=s"
    assert sessions.ended == [sessions.live[0].id]
    assert "Max-Age=0" in done.cookies[0]


async def test_a_proven_request_signs_out_at_once() -> None:
    sessions = FakeSessions([a_session(a_user())])
    pages = sign_out_pages(LogoutRequest(None, True, sessions.live[0].id, None), sessions)
    request = a_request("/signout", browser=sessions.secret, query={"id_token_hint": "x"})
    assert location(await pages.show(request)).startswith("/signin?done=signed_out")
    assert sessions.ended


async def test_another_persons_session_is_never_ended() -> None:
    sessions = FakeSessions([a_session(a_user())])
    pages = sign_out_pages(LogoutRequest(None, True, uuid4(), None), sessions)
    request = a_request("/signout", browser=sessions.secret, form={"id_token_hint": "x"})
    await pages.submit(request)
    assert sessions.ended == [sessions.live[0].id]


async def test_the_set_up_link_works_once_and_survives_a_refused_password() -> None:
    created: list[str] = []
    refusals: list[Refusal] = [Invalid(FieldError("password", "short", "Too short."))]

    async def create(*_: object, email: str, **_k: object) -> None:
        if refusals:
            raise refusals.pop()
        created.append(email)

    links = SetupLinks(FakeOneTime())
    request = a_request()
    link = await links.issue(request.store, TENANT)
    token = link.partition("token=")[2]
    pages = SetupPages(PAGES, links, create)
    first = await pages.show(a_request("/setup", query={"token": token}))
    name, _, value = first.cookies[0].partition(";")[0].partition("=")
    page = check_page(await pages.show(a_request("/setup", cookies={name: value})))
    assert {"username", "new-password"} <= page.autocompletes()
    form = {"token": token, "email": "root@example.org", "password": "x"}
    again = check_page(await pages.submit(a_request("/setup", form=form)))
    renewed = again.all("input", name="token")[0]["value"]
    with pytest.raises(SetupLinkUnusable):
        await pages.submit(a_request("/setup", form=form))
    done = await pages.submit(a_request("/setup", form={**form, "token": renewed}))
    assert location(done).startswith("/signin?done=set_up")
    assert created == ["root@example.org"]
    with pytest.raises(SetupLinkUnusable):
        await pages.submit(a_request("/setup", form={**form, "token": renewed}))


async def test_a_newer_set_up_link_ends_the_older_one() -> None:
    links = SetupLinks(FakeOneTime())
    store = a_request().store
    old = (await links.issue(store, TENANT)).partition("token=")[2]
    new = (await links.issue(store, TENANT)).partition("token=")[2]
    assert not await links.is_usable(store, old)
    assert await links.is_usable(store, new)


def home_pages() -> HomePages:
    return HomePages(PAGES, FakeSessions(), FrozenClock(), PortalSettings())


async def test_the_front_page_and_the_well_known_addresses() -> None:
    check_page(await home_pages().show(a_request("/")))
    changed = await home_pages().change_password(a_request("/.well-known/change-password"))
    assert location(changed) == "/account/security"
    text = (await home_pages().security_txt(a_request())).body.decode()
    assert "Contact: mailto:security@localhost\n" in text
    assert "Expires: 2030-04-01T00:00:00Z\n" in text


async def test_a_theme_is_kept_and_rendered_from_the_first_byte() -> None:
    form = {"theme": "dark", "back": "/signin?flow=h1"}
    response = await home_pages().prefer(a_request("/preferences", form=form))
    assert location(response) == "/signin?flow=h1"
    name, _, value = response.cookies[0].partition(";")[0].partition("=")
    page = check_page(await home_pages().show(a_request("/", cookies={name: value})))
    assert page.all("html")[0]["data-theme"] == "dark"
    bad = await home_pages().prefer(a_request("/x", form={"theme": HOSTILE, "back": "//evil"}))
    assert location(bad) == "/" and not bad.cookies


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 409, 412, 413, 421, 422, 429, 500, 503]
)
def test_every_refusal_has_a_page_with_what_to_do_and_a_reference(status: int) -> None:
    """A115: whatever the refusal repeats is text."""
    refusal = type("Some", (Refusal,), {"status": status, "code": "some"})(hint=f"No: {HOSTILE}")
    response = PAGES.error(a_request("/x", query={"state": HOSTILE}), refusal)
    page = check_page(response)
    assert response.status == status
    assert "ABCD-EF" in page.text


def test_a_fault_of_ours_says_nothing_of_its_inside() -> None:
    page = check_page(PAGES.error(a_request(), InternalError("KeyError at secret-place")))
    assert "secret-place" not in page.text


def test_a_wrong_redirect_uri_is_compared_for_administrators_and_in_dev_only() -> None:
    """R003, A115: expected against received, escaped, and nothing for everybody else."""
    from limen.platform.templating import Pages

    refusal = Refusal("x")
    refusal.received = f"https://app.example/callbak{HOSTILE}"  # type: ignore[attr-defined]
    refusal.registered = ("https://app.example/callback", "https://other.example/")  # type: ignore[attr-defined]
    page = check_page(PAGES.error(a_request(), refusal))
    assert page.all("mark") and "https://other.example/" in page.text
    production = Pages(dev=False, engine=PAGES.engine, assets=PAGES.assets)
    stranger = check_page(production.error(a_request(), refusal))
    assert "callback" not in stranger.text
    request = a_request()
    request.permissions = frozenset({"clients:read"})
    assert check_page(production.error(request, refusal)).all("mark")


def test_a_rendering_leaves_nothing_for_the_next() -> None:
    first = PAGES.error(a_request("/private-path"), Refusal(hint="only for the first"))
    second = PAGES.error(a_request("/other"), Refusal(hint="second"))
    assert b"only for the first" in first.body
    assert b"only for the first" not in second.body and b"private-path" not in second.body
