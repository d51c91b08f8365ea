"""Resetting, changing and setting a password, on both stores."""

import asyncio
from datetime import timedelta
from time import perf_counter

import pytest
from tests.fakes.counting import CountingStore
from tests.support.people import ANOTHER, CAUSE, EMAIL, PASSWORD, People, people
from tests.support.proof import rounds

from limen.authentication.api import SignedIn
from limen.authentication.errors import LinkUnusable, NoPassword, WrongCredentials
from limen.identity.api import User
from limen.kernel.errors import Invalid, TooMany
from limen.kernel.ids import SessionId
from limen.kernel.request import Cause

__all__ = ["people"]


async def link(people: People, email: str = EMAIL) -> str:
    await people.ask_reset(email)
    return people.mailer.token("reset_password")


async def change(
    people: People, user: User, current: str = PASSWORD, new: str = ANOTHER,
    session: SessionId | None = None, cause: Cause = CAUSE,
) -> None:  # fmt: skip
    await people.authentication.change_password(
        people.store, people.tenant, user=user.id, current=current, new=new,
        session=session, cause=cause,
    )  # fmt: skip


async def signed_in(people: People, password: str = PASSWORD) -> SignedIn:
    outcome = await people.sign_in(password=password)
    assert isinstance(outcome, SignedIn)
    return outcome


async def test_a_reset_sets_the_password_ends_everything_and_signs_nobody_in(
    people: People,
) -> None:
    """R080, R104, R082, A043: sessions end, the owner is told, no session is made."""
    user = await people.person()
    before = await signed_in(people)
    secret = await link(people)
    checked = await people.authentication.check_reset(people.store, secret)
    assert checked.id == user.id
    assert await people.reset(secret) is None
    assert not await people.sessions.list_of(people.store, user.id)
    assert await people.sessions.browser(people.store, before.browser.secret) is None
    assert people.mailer.names() == ["reset_password", "password_changed"]
    with pytest.raises(WrongCredentials):
        await people.sign_in()
    await signed_in(people, ANOTHER)
    assert len(await people.facts("password_reset.completed")) == 1


async def test_the_link_is_built_from_configuration(people: People) -> None:
    """R083: the issuer, a path and the secret."""
    await people.person()
    secret = await link(people)
    text = people.mailer.newest("reset_password").text
    assert f"http://localhost:8400/recover/reset?token={secret}" in text
    assert len(secret) == 43  # 256 bits (R079)


async def test_a_link_works_once_and_for_half_an_hour(people: People) -> None:
    """R079: single use, 30 minutes, nothing changes before."""
    user = await people.person()
    secret = await link(people)
    assert await people.find(user.id) == user
    await people.reset(secret)
    with pytest.raises(LinkUnusable):
        await people.reset(secret)
    secret = await link(people)
    people.clock.advance(timedelta(minutes=30))
    with pytest.raises(LinkUnusable):
        await people.authentication.check_reset(people.store, secret)
    with pytest.raises(LinkUnusable):
        await people.reset(secret)


async def test_a_refused_password_does_not_use_the_link_up(people: People) -> None:
    """R070: says why; the link still works."""
    await people.person()
    secret = await link(people)
    with pytest.raises(Invalid):
        await people.reset(secret, "short")
    await people.reset(secret)


@pytest.mark.proof
async def test_a_hundred_uses_of_one_link_set_one_password(people: People) -> None:
    """A061, I6: exactly one wins, in each of ten rounds (200 in proof)."""
    await people.person()
    for round_ in rounds(10, proof=200):
        secret = await link(people)
        people.clock.advance(timedelta(hours=2))
        secret = await link(people)
        results = await asyncio.gather(
            *(
                people.authentication.complete_reset(
                    people.store, people.tenant, secret=secret,
                    password=f"password of round {round_} and guest {guest}", cause=Cause(),
                )
                for guest in range(100)
            ),
            return_exceptions=True,
        )  # fmt: skip
        winners = [n for n, result in enumerate(results) if not isinstance(result, BaseException)]
        assert len(winners) == 1
        assert all(isinstance(r, LinkUnusable) for r in results if r is not None)
        await signed_in(people, f"password of round {round_} and guest {winners[0]}")


async def test_asking_costs_the_same_for_everybody(people: People) -> None:
    """R078, A063: known, unknown, pending, suspended, without a password: one composed mail,
    the same reads and units, no hash; only the known ones find a mail."""
    await people.person("known@example.com")
    await people.person("pending@example.com", active=False)
    await people.person("without@example.com", password=None)
    suspended = await people.person("suspended@example.com")
    await people.move(suspended.id, "suspended", "because")
    counting = CountingStore(people.store)
    seen: set[tuple[int, ...]] = set()
    for name in ("known", "unknown", "pending", "without", "suspended"):
        counting.reset()
        composed = len(people.mailer.composed)
        answer = await people.authentication.request_reset(
            counting, people.tenant, email=f"{name}@example.com", cause=CAUSE
        )
        assert answer is None
        seen.add((len(people.mailer.composed) - composed, counting.reads, counting.units))
    assert seen == {(1, 1, 2)}
    assert people.hasher.calls == 0
    assert [mail.to for _, mail in people.mailer.sent] == [
        "known@example.com", "pending@example.com", "without@example.com",
    ]  # fmt: skip


async def test_an_answer_takes_at_least_its_floor(people: People) -> None:
    """A063: what is unequal after equal work hides below it."""
    from limen.authentication.settings import AuthenticationSettings

    people.use(settings=AuthenticationSettings(answer_floor=timedelta(milliseconds=30)))
    started = perf_counter()
    await people.ask_reset("nobody@example.com")
    assert perf_counter() - started >= 0.03


async def test_mail_goes_to_the_stored_address_alone(people: People) -> None:
    """A057: whatever spelling was typed."""
    await people.person("Ada@Example.com")
    await people.ask_reset("aDA@eXAMPLE.COM")
    assert [mail.to for _, mail in people.mailer.sent] == ["Ada@example.com"]


async def test_an_unproven_second_address_gets_no_link(people: People) -> None:
    """A057, A061: whoever added it to the account need not own it."""
    user = await people.person()
    await people.store.transact(
        lambda tx: people.accounts.add_email(tx, user.id, "b@example.com", CAUSE, verified=False)
    )
    await people.ask_reset("b@example.com")
    assert not people.mailer.sent
    facts = await people.facts("password_reset.requested")
    assert [fact.reason for fact in facts] == ["address_unproven"]


async def test_a_reset_proves_the_mailbox_of_a_pending_account(people: People) -> None:
    """The stranger's password of a hijacked sign-up dies with it."""
    await people.sign_up(password=ANOTHER)
    confirmation = people.mailer.token("confirm_address")
    await people.reset(await link(people), PASSWORD)
    user = await people.accounts.find_by_email(people.store, EMAIL)
    assert user is not None
    assert user.status == "active"
    await signed_in(people)
    with pytest.raises(LinkUnusable):
        await people.confirm(confirmation)


async def test_a_suspended_account_cannot_be_reset_open(people: People) -> None:
    user = await people.person()
    secret = await link(people)
    await people.move(user.id, "suspended", "because")
    with pytest.raises(LinkUnusable):
        await people.reset(secret)
    again = await people.find(user.id)
    assert again is not None
    assert again.status == "suspended"


async def test_a_reset_ends_a_lockout(people: People) -> None:
    """R083: limits on recovery do not block, and recovery clears those on sign-in."""
    await people.person()
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            await people.sign_in(password=ANOTHER, cause=Cause())
    with pytest.raises(TooMany):
        await people.sign_in(cause=Cause())
    await people.reset(await link(people))
    await signed_in(people, ANOTHER)


async def test_any_new_password_withdraws_every_link(people: People) -> None:
    """A061: reset and e-mail change links of before are dead, by each way to a new password."""
    user = await people.person()

    async def pending() -> list[str]:
        people.clock.advance(timedelta(hours=2))
        reset = await link(people)
        await people.authentication.request_email_change(
            people.store, people.tenant, user=user.id, address="new@example.com", cause=CAUSE
        )
        return [
            reset,
            people.mailer.token("address_change_new"),
            people.mailer.token("address_change_old"),
        ]

    async def by_change() -> None:
        await change(people, user, PASSWORD, ANOTHER)

    async def by_setting() -> None:
        await people.authentication.set_password(
            people.store, people.tenant, user=user.id, password=PASSWORD, cause=CAUSE
        )

    for act in (by_change, by_setting):
        reset, new, old = await pending()
        await act()
        with pytest.raises(LinkUnusable):
            await people.reset(reset)
        for secret in (new, old):
            with pytest.raises(LinkUnusable):
                await people.authentication.confirm_email_change(
                    people.store, people.tenant, secret=secret, cause=CAUSE
                )


async def test_a_change_needs_the_current_password(people: People) -> None:
    """R071, R074: and wrong ones are counted as sign-ins."""
    user = await people.person()
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            await change(people, user, current=ANOTHER, cause=Cause())
    with pytest.raises(TooMany):
        await change(people, user, cause=Cause())
    with pytest.raises(TooMany):
        await people.sign_in(cause=Cause())


async def test_a_change_keeps_this_session_and_ends_the_others(people: People) -> None:
    """R104, R034, R082."""
    user = await people.person()
    await signed_in(people)
    kept = (await signed_in(people)).browser.current
    assert kept is not None
    await change(people, user, session=kept.id)
    assert [s.id for s in await people.sessions.list_of(people.store, user.id)] == [kept.id]
    assert people.mailer.names() == ["password_changed"]
    with pytest.raises(WrongCredentials):
        await people.sign_in()


async def test_of_parallel_changes_one_wins(people: People) -> None:
    user = await people.person()
    results = await asyncio.gather(
        *(change(people, user, new=f"{ANOTHER} {n}", cause=Cause()) for n in range(5)),
        return_exceptions=True,
    )
    assert [r for r in results if r is None] == [None]
    assert len(await people.facts("password.set")) == 1


async def test_an_account_without_a_password_has_none_to_change(people: People) -> None:
    user = await people.person(password=None)
    with pytest.raises(NoPassword):
        await change(people, user)


async def test_the_rules_hear_the_persons_own_names(people: People) -> None:
    """R070: context words."""
    user = await people.person(username="ada-l")
    await change(people, user)
    assert {"ada-l", EMAIL} <= set(people.rules.names)


async def test_a_first_password_is_no_news(people: People) -> None:
    user = await people.person(password=None)
    for expected in ([], ["password_changed"]):
        await people.authentication.set_password(
            people.store, people.tenant, user=user.id, password=PASSWORD, cause=CAUSE
        )
        assert people.mailer.names() == expected


async def test_no_secret_reaches_the_log_of_facts(people: People) -> None:
    """R151: neither passwords nor links, in clear data or in the sealed part's length alone."""
    await people.person()
    secret = await link(people)
    await people.reset(secret)
    await signed_in(people, ANOTHER)
    for fact in await people.facts():
        for hidden in (secret, PASSWORD, ANOTHER):
            assert hidden not in fact.data
            assert hidden.encode() not in (fact.personal or b"")
