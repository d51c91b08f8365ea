"""A person's own pages: hostile values stay text, other people's things stay theirs."""

from typing import Any
from uuid import uuid4

import pytest
from tests.fakes.clock import START, FrozenClock
from tests.fakes.faces import (
    FakeAuthentication,
    FakeGrants,
    FakeMailer,
    FakeOneTime,
    FakeSessions,
    FakeUsers,
    a_client,
    a_session,
    a_user,
)
from tests.support.pages import HOSTILE, PAGES, TENANT, UNKNOWN, a_request, check_page, location

from limen.account.errors import AddressLinkUnusable
from limen.account.model import device_name
from limen.account.pages.applications import ApplicationPages
from limen.account.pages.emails import EmailPages
from limen.account.pages.overview import OverviewPages
from limen.account.pages.profile import ProfilePages
from limen.account.pages.security import SecurityPages
from limen.account.pages.sessions import SessionPages
from limen.account.person import Shell
from limen.account.routes import FRESH, ROUTES
from limen.account.usecases.add_address import Ports
from limen.authentication.errors import WrongCredentials
from limen.identity.api import Email, Profile, User
from limen.kernel.errors import Conflict, NotFound, Unauthenticated
from limen.kernel.ids import EmailId, GrantId
from limen.kernel.routes import Caller
from limen.oauth.api import ConnectedApp, ScopeText
from limen.platform.http.messages import Request
from limen.platform.limits import Limiter


def of(user: User, path: str = "/account", session: Any = None, **more: Any) -> Request:
    caller = Caller(TENANT.id, user=user.id, session=session)
    return a_request(path, caller=caller, **more)


def shell(user: User, **more: Any) -> Shell:
    return Shell(PAGES, FakeUsers([user], **more))


def hostile_user() -> User:
    profile = Profile(name=HOSTILE, website=HOSTILE, zoneinfo=HOSTILE)
    return a_user(HOSTILE, HOSTILE, profile=profile, username=HOSTILE)


async def test_the_overview_and_the_profile_are_safe_to_look_at() -> None:
    """A115"""
    user = hostile_user()
    overview = OverviewPages(
        shell(user), FakeSessions([a_session(user)]), FakeGrants(), FrozenClock()
    )
    page = check_page(await overview.show(of(user)))
    assert page.all("a", aria_current="page")[0]["href"] == "/account"
    page = check_page(await ProfilePages(shell(user)).show(of(user, "/account/profile")))
    assert page.all("input", name="website")[0]["value"] == HOSTILE
    assert page.all("input", name="version")[0]["value"] == "3"


async def test_a_profile_is_saved_against_the_version_that_was_shown() -> None:
    user = a_user(profile=Profile(name="Ada", phone_number="+1", phone_number_verified=True))
    pages = ProfilePages(shell(user))
    form = {"name": "Ada L.", "version": "3"}
    assert location(await pages.save(of(user, form=form))) == "/account/profile?done=saved"
    ((_, _, saved),) = pages.shell.users.done
    assert saved.name == "Ada L." and saved.phone_number is None
    assert not saved.phone_number_verified
    stale = await pages.save(of(user, form={"name": HOSTILE, "version": "2"}))
    page = check_page(stale)
    assert stale.status == 412
    assert page.all("input", name="name")[0]["value"] == HOSTILE
    for nonsense in ("", "x", "-1", "9" * 30, "²"):
        response = await pages.save(of(user, form={"version": nonsense}))
        assert response.status == 422 if nonsense else 412


def email_pages(
    user: User, *others: User, outcome: Any = None, taken: tuple[str, ...] = ()
) -> EmailPages:
    users = FakeUsers([user, *others], set(taken))
    adding = Ports(users, FakeOneTime(), FakeMailer(), Limiter(FrozenClock()))
    return EmailPages(Shell(PAGES, users), FakeAuthentication(outcome), adding)


def with_two_addresses() -> User:
    first = Email(EmailId(uuid4()), "ada@example.org", START, is_primary=True)
    second = Email(EmailId(uuid4()), "lovelace@example.org", START, is_primary=False)
    third = Email(EmailId(uuid4()), HOSTILE, None, is_primary=False)
    return a_user(emails=(first, second, third))


async def test_addresses_are_listed_with_what_may_be_done_to_them() -> None:
    user = with_two_addresses()
    page = check_page(await email_pages(user).show(of(user, "/account/emails")))
    assert len(page.all("button", data_action="remove")) == 2
    assert len(page.all("button", data_action="make-primary")) == 1
    assert len(page.all("button", data_action="resend")) == 1


async def test_an_address_that_is_taken_gets_the_same_answer_and_no_mail() -> None:
    """R078: neither the answer nor a mail tells whose it is."""
    user, other = a_user(), a_user("Grace", "grace@example.org")
    pages = email_pages(user, other)
    answers = [
        location(await pages.add(of(user, form={"email": address})))
        for address in ("new@example.org", "grace@example.org")
    ]
    assert answers == ["/account/emails?done=link_sent"] * 2
    assert [mail.to for mail in pages.ports.mailer.queued] == ["new@example.org"]
    refused = await pages.add(of(user, form={"email": HOSTILE}))
    assert refused.status == 422 and check_page(refused).title.startswith("Error")


async def ask_to_add(pages: EmailPages, user: User, address: str) -> dict[str, str]:
    """Ask for a link and open it; return the cookies that the browser has then."""
    await pages.add(of(user, form={"email": address}))
    (_, token), *_ = reversed(pages.ports.one_time.kept)
    opened = await pages.link(a_request("/account/emails/link", query={"token": token}))
    assert location(opened) == "/account/emails/confirm"
    name, _, value = opened.cookies[0].partition(";")[0].partition("=")
    return {name: value}


async def test_an_address_joins_once_its_mailbox_was_used() -> None:
    """R010, R082: by a button, once, and the confirmed addresses are told."""
    user = a_user()
    pages = email_pages(user)
    cookies = await ask_to_add(pages, user, "new@example.org")
    check_page(await pages.show_confirm(of(user, "/account/emails/confirm", cookies=cookies)))
    assert pages.shell.users.done == []
    done = await pages.confirm(of(user, cookies=cookies, form={"a": "b"}))
    assert location(done) == "/account/emails?done=added"
    assert pages.shell.users.done == [("add_email", user.id, "new@example.org")]
    assert pages.ports.mailer.queued[-1].to == "ada@example.org"
    with pytest.raises(AddressLinkUnusable):
        await pages.confirm(of(user, cookies=cookies, form={"a": "b"}))


async def test_a_link_adds_nothing_to_another_persons_account() -> None:
    user, thief = a_user(), a_user("Mallory", "mallory@example.org")
    pages = email_pages(user, thief)
    cookies = await ask_to_add(pages, thief, "ada.private@example.org")
    with pytest.raises(AddressLinkUnusable):
        await pages.show_confirm(of(user, cookies=cookies))
    with pytest.raises(AddressLinkUnusable):
        await pages.confirm(of(user, cookies=cookies, form={"a": "b"}))
    with pytest.raises(AddressLinkUnusable):
        await pages.link(a_request("/account/emails/link"))


async def test_nobodys_mailbox_is_filled() -> None:
    """R083: limits by person and by address."""
    user = a_user()
    pages = email_pages(user)
    statuses = [
        (await pages.add(of(user, form={"email": "v@example.org"}))).status for _ in range(5)
    ]
    assert statuses == [303, 303, 303, 429, 429]


async def test_changes_of_addresses_are_told_to_every_confirmed_one() -> None:
    """R082"""
    user = with_two_addresses()
    pages = email_pages(user)
    form = {"email_id": str(user.emails[1].id)}
    location(await pages.make_primary(of(user, form=form)))
    assert {mail.to for mail in pages.ports.mailer.queued} == {
        "ada@example.org",
        "lovelace@example.org",
    }
    with pytest.raises(Conflict):
        await pages.remove(of(user, form={"email_id": str(user.emails[0].id)}))


@pytest.mark.parametrize("named", ["", "x", UNKNOWN, HOSTILE])
async def test_only_ones_own_addresses_can_be_named(named: str) -> None:
    user = a_user()
    pages = email_pages(user)
    for change in (pages.make_primary, pages.remove, pages.resend):
        with pytest.raises(NotFound):
            await change(of(user, form={"email_id": named}))
    assert pages.shell.users.done == []


async def test_a_new_primary_address_is_asked_for_on_both_sides() -> None:
    user = a_user()
    pages = email_pages(user)
    done = await pages.change(of(user, form={"new_email": "new@example.org"}))
    assert location(done) == "/account/emails?done=change_sent"
    assert pages.authentication.calls[0][0] == "request_email_change"
    refused = email_pages(user, outcome=WrongCredentials())
    check_page(await refused.change(of(user, form={"new_email": HOSTILE})))


async def test_the_password_is_changed_with_the_old_one_and_never_echoed() -> None:
    """R071"""
    user = a_user()
    pages = SecurityPages(shell(user), FakeAuthentication())
    page = check_page(await pages.show(of(user, "/account/security")))
    assert {"username", "current-password", "new-password"} <= page.autocompletes()
    form = {"current": "old-secret", "password": "new-secret"}
    done = await pages.change_password(of(user, form=form))
    assert location(done) == "/account/security?done=password_changed"
    wrong = SecurityPages(shell(user), FakeAuthentication(WrongCredentials()))
    page = check_page(await wrong.change_password(of(user, form=form)))
    assert "old-secret" not in page.text and "new-secret" not in page.text


async def test_sessions_are_shown_and_ended_but_only_ones_own() -> None:
    """R105, A043: no credential on the page; another's session is nothing here."""
    user, other = a_user(), a_user("Grace")
    own, foreign = a_session(user, user_agent=HOSTILE), a_session(other)
    here = a_session(user)
    sessions = FakeSessions([own, here, foreign])
    pages = SessionPages(shell(user), sessions, FrozenClock())
    page = check_page(await pages.show(of(user, "/account/sessions", session=here.id)))
    assert len(page.all("button", data_action="end-session")) == 2
    assert str(foreign.id) not in page.text and sessions.secret not in page.text
    for named in (str(foreign.id), str(uuid4()), "x"):
        with pytest.raises(NotFound):
            await pages.end(of(user, form={"session": named}))
    location(await pages.end(of(user, form={"session": str(own.id)})))
    assert sessions.ended == [own.id]
    location(await pages.end_others(of(user, session=here.id, form={"a": "b"})))
    assert here.id not in sessions.ended


async def test_connected_applications_are_shown_and_withdrawn() -> None:
    """R012"""
    user = a_user()
    grant = GrantId(uuid4())
    scopes = (ScopeText("openid", HOSTILE, ""),)
    grants = FakeGrants([ConnectedApp(grant, a_client(HOSTILE), scopes, START, START)])
    pages = ApplicationPages(shell(user), grants)
    page = check_page(await pages.show(of(user, "/account/applications")))
    assert len(page.all("button", data_action="revoke")) == 1
    location(await pages.revoke(of(user, form={"grant": str(grant)})))
    for named in ("x", str(uuid4())):
        with pytest.raises(NotFound):
            await pages.revoke(of(user, form={"grant": named}))
    empty = ApplicationPages(shell(user), FakeGrants())
    check_page(await empty.show(of(user, "/account/applications")))


async def test_what_was_done_is_said_from_a_list_never_echoed() -> None:
    """A115"""
    user = a_user()
    pages = ProfilePages(shell(user))
    said = check_page(await pages.show(of(user, query={"done": "saved"})))
    assert said.all("div", role="status")
    unsaid = check_page(await pages.show(of(user, query={"done": HOSTILE})))
    assert not unsaid.all("div", role="status")


async def test_without_a_person_there_is_no_page() -> None:
    with pytest.raises(Unauthenticated):
        await ProfilePages(shell(a_user())).show(a_request("/account/profile"))


def test_changing_addresses_needs_a_fresh_sign_in() -> None:
    """R106: every route of addresses declares it; all own pages need a session."""
    for route in ROUTES:
        if route.operation == "my_emails.link":  # moves a secret, and shows nothing
            continue
        assert route.access.kind == "session" and route.cache == "no-store"
        is_emails = route.path.startswith("/account/emails")
        assert (route.freshness == FRESH) == is_emails
        assert route.method == "GET" or route.csrf == "form"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/140 Safari/604", "Chrome, iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18 Safari/605", "Safari, macOS"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8.0", "curl"), ("", None), (None, None), ("something else", None),
    ],
)  # fmt: skip
def test_devices_have_names_that_their_owners_know(agent: str | None, name: str | None) -> None:
    assert device_name(agent) == name
