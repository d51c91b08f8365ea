"""Making oneself an account and confirming its address, on both stores."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fakes.counting import CountingStore
from tests.fakes.mailer import MemoryMailer
from tests.support.people import ANOTHER, BROWSER, CAUSE, EMAIL, PASSWORD, People, people

from limen.authentication.api import AddressUnconfirmed, SignedIn
from limen.authentication.errors import (
    LinkUnusable,
    MailUnavailable,
    ProofNeeded,
    SignUpClosed,
    WrongCredentials,
)
from limen.authentication.settings import AuthenticationSettings
from limen.identity.api import Profile
from limen.kernel.errors import Invalid, TooMany
from limen.kernel.request import Cause

__all__ = ["people"]
OTHER_BROWSER = "the-secret-of-another-browser"


async def resend(people: People, email: str = EMAIL, binding: str = OTHER_BROWSER) -> None:
    await people.authentication.send_confirmation(
        people.store, people.tenant, email=email, browser_binding=binding,
        continue_to=None, cause=CAUSE,
    )  # fmt: skip


async def test_sign_up_confirm_and_sign_in(people: People) -> None:
    """R077: the account is pending until its address is proven."""
    await people.sign_up(profile=Profile(name="Ada", locale="de"))
    assert people.mailer.names() == ["confirm_address"]
    assert people.mailer.newest("confirm_address").to == EMAIL
    user = await people.accounts.find_by_email(people.store, EMAIL)
    assert user is not None
    assert (user.status, user.profile.name) == ("pending", "Ada")
    assert isinstance(await people.sign_in(), AddressUnconfirmed)
    confirmed = await people.confirm(people.mailer.token("confirm_address"))
    assert (confirmed.user.status, confirmed.continue_to) == ("active", "/account")
    assert isinstance(await people.sign_in(), SignedIn)


async def test_a_link_works_once(people: People) -> None:
    """R079 (for addresses): single use, kept as a digest."""
    await people.sign_up()
    secret = people.mailer.token("confirm_address")
    await people.confirm(secret)
    with pytest.raises(LinkUnusable):
        await people.confirm(secret)
    with pytest.raises(LinkUnusable):
        await people.confirm("made-up")


async def test_a_link_works_for_a_day(people: People) -> None:
    await people.sign_up()
    secret = people.mailer.token("confirm_address")
    people.clock.advance(timedelta(hours=24))
    with pytest.raises(LinkUnusable):
        await people.confirm(secret)


async def test_another_browser_needs_the_password(people: People) -> None:
    """A061, pre-hijacking: whoever signs up with a stranger's address gains nothing by it."""
    await people.sign_up()
    secret = people.mailer.token("confirm_address")
    for binding in (OTHER_BROWSER, None, ""):
        with pytest.raises(ProofNeeded):
            await people.confirm(secret, browser_binding=binding)
    with pytest.raises(WrongCredentials):
        await people.confirm(secret, browser_binding=OTHER_BROWSER, password=ANOTHER)
    user = await people.accounts.find_by_email(people.store, EMAIL)
    assert user is not None
    assert user.status == "pending"
    confirmed = await people.confirm(secret, browser_binding=OTHER_BROWSER, password=PASSWORD)
    assert confirmed.user.status == "active"


async def test_guesses_at_a_link_count_as_sign_ins_do(people: People) -> None:
    """R074, A046: over any path; the same ten."""
    await people.sign_up()
    secret = people.mailer.token("confirm_address")
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            await people.confirm(secret, browser_binding=None, password=ANOTHER, cause=Cause())
    with pytest.raises(TooMany):
        await people.confirm(secret, browser_binding=None, password=PASSWORD, cause=Cause())
    with pytest.raises(TooMany):
        await people.sign_in(cause=Cause())


async def test_asking_again_does_not_bind_the_link_to_whoever_asks(people: People) -> None:
    """A061: the victim asks again in their own browser; the stranger's password stays unusable."""
    await people.sign_up(password=ANOTHER)  # the stranger, with the victim's address
    old = people.mailer.token("confirm_address")
    await resend(people)
    new = people.mailer.token("confirm_address")
    with pytest.raises(LinkUnusable):
        await people.confirm(old)
    with pytest.raises(ProofNeeded):
        await people.confirm(new, browser_binding=OTHER_BROWSER)
    assert (await people.confirm(new)).user.status == "active"  # the browser that signed up


async def test_signing_up_again_replaces_the_password_and_the_links(people: People) -> None:
    """A061: of two who sign up with one address only the mailbox and the last password count."""
    await people.sign_up(password=ANOTHER, profile=Profile(name="Eve"))
    old = people.mailer.token("confirm_address")
    await people.sign_up(browser_binding=OTHER_BROWSER)
    new = people.mailer.token("confirm_address")
    with pytest.raises(LinkUnusable):
        await people.confirm(old)
    with pytest.raises(ProofNeeded):
        await people.confirm(new, browser_binding=BROWSER)
    user = (await people.confirm(new, browser_binding=OTHER_BROWSER)).user
    assert user.profile.name == "Ada"
    with pytest.raises(WrongCredentials):
        await people.sign_in(password=ANOTHER)
    assert isinstance(await people.sign_in(), SignedIn)


async def test_the_owner_of_a_known_address_is_told_and_nothing_changes(people: People) -> None:
    """R078: by mail, to the stored address; the caller gets the same answer."""
    user = await people.person("Ada@example.com")
    assert await people.sign_up("ADA@EXAMPLE.COM", ANOTHER) is None
    assert people.mailer.names() == ["already_registered"]
    assert people.mailer.newest("already_registered").to == "Ada@example.com"
    assert await people.find(user.id) == user
    assert isinstance(await people.sign_in(), SignedIn)
    (fact,) = await people.facts("sign_up.refused")
    assert fact.reason == "address_taken"


async def test_every_sign_up_costs_one_hash_one_mail_and_as_many_units(people: People) -> None:
    """R078, A063: new, pending, known, suspended."""
    await people.person("known@example.com")
    suspended = await people.person("suspended@example.com")
    await people.move(suspended.id, "suspended", "because")
    await people.person("pending@example.com", active=False)
    counting = CountingStore(people.store)
    seen: set[tuple[int, ...]] = set()
    for name in ("new", "pending", "known", "suspended"):
        counting.reset()
        hashes, mails, composed = (
            people.hasher.calls, len(people.mailer.sent), len(people.mailer.composed),
        )  # fmt: skip
        await people.sign_up(f"{name}@example.com", store=counting)
        seen.add(
            (
                people.hasher.calls - hashes, len(people.mailer.sent) - mails,
                len(people.mailer.composed) - composed, counting.reads, counting.units,
            )
        )  # fmt: skip
    assert seen == {(1, 1, 1, 1, 2)}


async def test_only_five_mails_an_hour_go_to_an_address(people: People) -> None:
    """R083: silently, whoever asks; then it goes on."""
    for _ in range(7):
        await people.sign_up()
    assert len(people.mailer.sent) == 5
    await resend(people)
    await people.ask_reset()
    assert len(people.mailer.sent) == 5
    people.clock.advance(timedelta(hours=1, seconds=1))
    await resend(people)
    assert len(people.mailer.sent) == 6


async def test_one_address_asks_for_a_limited_number_of_mails(people: People) -> None:
    """A071: counted by IP address, apart from sign-ins (R083)."""
    await people.person()
    for number in range(30):
        await resend(people, f"u{number}@example.com")
    with pytest.raises(TooMany):
        await resend(people, "u31@example.com")
    assert isinstance(await people.sign_in(), SignedIn)


async def test_parallel_sign_ups_make_one_account(people: People) -> None:
    """A061: the loser of the race signs up again for the account that the winner made."""
    await asyncio.gather(*(people.sign_up(cause=Cause()) for _ in range(5)))
    assert len(await people.facts("user.created")) == 1
    assert len(people.mailer.sent) == 5
    confirmed = await people.confirm(await _working_link(people))
    assert confirmed.user.status == "active"


async def _working_link(people: People) -> str:
    for _, mail in people.mailer.sent:
        secret = mail.text.partition("?token=")[2].split()[0]
        entry = await people.ports.one_time.find(
            people.store, "confirm_address", secret, _payload()
        )
        if entry is not None:
            return secret
    raise AssertionError("no link works")


def _payload():
    from limen.authentication.model import ConfirmPayload

    return ConfirmPayload


async def test_parallel_uses_of_one_link_confirm_once(people: People) -> None:
    """A061, I6."""
    await people.sign_up()
    secret = people.mailer.token("confirm_address")
    results = await asyncio.gather(
        *(people.confirm(secret) for _ in range(30)), return_exceptions=True
    )
    assert sum(not isinstance(result, BaseException) for result in results) == 1
    assert len(await people.facts("email.verified")) == 1


@pytest.mark.parametrize(
    "where", ["https://evil.example/", "//evil.example", "/\\evil", "javascript:1", "a", "/a\nb"]
)
async def test_a_link_leads_back_to_a_path_of_ours_only(people: People, where: str) -> None:
    """R004, A003: what is no path on this server is forgotten."""
    await people.sign_up(continue_to=where)
    confirmed = await people.confirm(people.mailer.token("confirm_address"))
    assert confirmed.continue_to is None


async def test_closed_sign_up_and_missing_mail_are_said_plainly(people: People) -> None:
    people.use(settings=AuthenticationSettings(sign_up=False))
    with pytest.raises(SignUpClosed):
        await people.sign_up()
    open_, closed = (
        replace(people.tenant, settings={"sign_up_mode": m}) for m in ("open", "closed")
    )
    people.tenant = open_
    await people.sign_up()
    people.use(settings=AuthenticationSettings())
    people.tenant = closed
    with pytest.raises(SignUpClosed):
        await people.sign_up()
    people.tenant = open_
    people.use(settings=AuthenticationSettings(), mailer=MemoryMailer(ready=False))
    with pytest.raises(MailUnavailable):
        await people.sign_up()
    with pytest.raises(MailUnavailable):
        await people.ask_reset()
    with pytest.raises(MailUnavailable):
        await resend(people)


async def test_a_refused_sign_up_leaves_nothing(people: People) -> None:
    for email, password, field in (
        ("no address", PASSWORD, "email"),
        (EMAIL, "short", "password"),
    ):
        with pytest.raises(Invalid) as refused:
            await people.sign_up(email, password)
        assert refused.value.errors[0].field == field
    assert await people.accounts.find_by_email(people.store, EMAIL) is None
    assert not people.mailer.sent


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "Ada\r\nBcc: eve@example.org",
    "Ada\u2028Bcc: eve@example.org",
    "{{7*7}}",
    "{% include '/etc/passwd' %}",
    "%(link)s",
]


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_name_cannot_become_markup_headers_or_code_in_a_mail(
    people: People, name: str
) -> None:
    """A067: refused as a name, or escaped in the text, one recipient, no header."""
    try:
        await people.sign_up(profile=Profile(name=name))
    except Invalid as refused:
        assert refused.errors[0].field == "name"
        return
    mail = people.mailer.newest("confirm_address")
    assert mail.to == EMAIL
    assert "\n" not in mail.subject + mail.to
    assert "<img" not in mail.html
    assert "49" not in mail.text.partition("http")[0]
    assert name in mail.text
