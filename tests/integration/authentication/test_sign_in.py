"""Signing in by password, on both stores."""

import asyncio
from datetime import timedelta

import pytest
from tests.fakes.counting import CountingStore
from tests.support.people import ANOTHER, CAUSE, EMAIL, PASSWORD, People, people

from limen.authentication.api import AddressUnconfirmed, SignedIn
from limen.authentication.errors import HashingOverloaded, PasswordMustChange, WrongCredentials
from limen.kernel.errors import Refusal, TooMany
from limen.kernel.request import Cause
from limen.kernel.uow import Tx

__all__ = ["people"]
WRONG = "wrong horse battery staple"


async def test_the_right_password_starts_a_session(people: People) -> None:
    """R044: the session says truthfully how the person proved themselves."""
    user = await people.person(username="ada")
    for identifier in (EMAIL, "ADA@example.COM", "Ada"):
        outcome = await people.sign_in(identifier)
        assert isinstance(outcome, SignedIn)
        session = outcome.browser.current
        assert session is not None
        assert (session.user, session.amr, session.acr) == (user.id, ("pwd",), "aal1")
    now = await people.find(user.id)
    assert now is not None
    assert now.last_sign_in_at == people.clock.now()
    assert len(await people.facts("sign_in.succeeded")) == 3
    assert not await people.facts("sign_in.refused")


async def test_a_new_sign_in_gives_the_browser_a_new_secret(people: People) -> None:
    """R099: the old one is dead."""
    await people.person()
    first = await people.sign_in()
    assert isinstance(first, SignedIn)
    second = await people.sign_in(browser=first.browser.secret)
    assert isinstance(second, SignedIn)
    assert second.browser.secret != first.browser.secret
    assert await people.sessions.browser(people.store, first.browser.secret) is None


async def test_every_refusal_is_the_same_and_costs_the_same(people: People) -> None:
    """R078, A063: unknown, wrong, suspended, inactive, deleted, without a password: same
    code, status, words, hash calls, reads and units."""
    known = await people.person("known@example.com")
    suspended = await people.person("suspended@example.com")
    await people.move(suspended.id, "suspended", "because")
    inactive = await people.person("inactive@example.com")
    await people.move(inactive.id, "inactive")
    deleted = await people.person("deleted@example.com")
    await people.move(deleted.id, "deleted")
    await people.person("without@example.com", password=None)
    await people.person("pending@example.com", active=False)
    del known
    counting = CountingStore(people.store)
    seen: set[tuple[object, ...]] = set()
    tries = [
        ("nobody@example.com", PASSWORD), ("nobody", PASSWORD), ("not an identifier", PASSWORD),
        ("known@example.com", WRONG), ("suspended@example.com", PASSWORD),
        ("suspended@example.com", WRONG), ("inactive@example.com", PASSWORD),
        ("deleted@example.com", PASSWORD), ("without@example.com", PASSWORD),
        ("pending@example.com", WRONG), ("known@example.com", "\ud800"), ("a,b@c", "x" * 5000),
        ("known@example.com", ""), ("a\0b", PASSWORD), ("\ud800", PASSWORD), ("", PASSWORD),
    ]  # fmt: skip
    await people.vault.keyring(people.store)
    for identifier, password in tries:
        counting.reset()
        before = people.hasher.calls
        with pytest.raises(WrongCredentials) as refused:
            await people.sign_in(identifier, password, store=counting)
        error = refused.value
        seen.add(
            (
                error.code, error.status, error.shown, people.hasher.calls - before,
                counting.reads, counting.units,
            )
        )  # fmt: skip
    assert seen == {("wrong_credentials", 401, WrongCredentials.hint, 1, 2, 3)}
    assert not people.mailer.sent


async def test_the_log_knows_what_the_caller_must_not(people: People) -> None:
    """R150, A129: one fact for each refusal, with its reason and no password in it."""
    user = await people.person()
    await people.move(user.id, "suspended", "because")
    for identifier, password in ((EMAIL, PASSWORD), (EMAIL, WRONG), ("nobody", WRONG)):
        with pytest.raises(WrongCredentials):
            await people.sign_in(identifier, password)
    facts = await people.facts("sign_in.refused")
    assert [fact.reason for fact in facts] == ["user_suspended", "wrong_password", "unknown_user"]
    assert [fact.target for fact in facts] == [str(user.id), str(user.id), None]
    for fact in facts:
        assert "horse" not in fact.data
        assert b"horse" not in (fact.personal or b"")


async def test_a_pending_person_gets_no_session_but_may_confirm(people: People) -> None:
    """contract.md: only as far as the page that confirms or sends again; wrong ones not so far."""
    user = await people.person(active=False)
    outcome = await people.sign_in()
    assert isinstance(outcome, AddressUnconfirmed)
    assert outcome.user.id == user.id
    assert not await people.sessions.list_of(people.store, user.id)
    with pytest.raises(WrongCredentials):
        await people.sign_in(password=WRONG)


async def test_a_password_known_to_others_lets_nobody_in(people: People) -> None:
    """R075: only its owner's mailbox helps."""
    user = await people.person()

    async def mark(tx: Tx) -> None:
        await people.ports.passwords.put(tx, user.id, f"now:{PASSWORD}", must_change=True)

    await people.store.transact(mark)
    with pytest.raises(PasswordMustChange):
        await people.sign_in()
    with pytest.raises(WrongCredentials):
        await people.sign_in(password=WRONG)
    await people.ask_reset()
    await people.reset(people.mailer.token("reset_password"))
    assert isinstance(await people.sign_in(password=ANOTHER), SignedIn)


async def test_an_outdated_hash_is_renewed_at_sign_in(people: People) -> None:
    """R072: once, and the password stays the same."""
    user = await people.person()
    people.hasher.parameters = "later"
    await people.sign_in()
    stored = await people.ports.passwords.find(people.store, user.id)
    assert stored is not None
    assert stored.hash == f"later:{PASSWORD}"
    await people.sign_in()
    assert people.hasher.hashed == 1
    assert len(await people.facts("password.rehashed")) == 1


async def test_a_sign_in_that_races_a_new_password_does_not_survive_it(people: People) -> None:
    """A061: the unit looks again at what was verified before it."""
    user = await people.person()
    verify = people.hasher.verify

    async def slow(reader: object, password: str, hashed: str | None):
        verdict = await verify(reader, password, hashed)
        if verdict.ok:
            await people.authentication.set_password(
                people.store, people.tenant, user=user.id, password=ANOTHER, cause=CAUSE
            )
        return verdict

    people.hasher.verify = slow  # type: ignore[method-assign]
    with pytest.raises(WrongCredentials):
        await people.sign_in()
    assert not await people.sessions.list_of(people.store, user.id)


async def test_someone_suspended_between_proof_and_session_gets_none(people: People) -> None:
    """R103: the gate is asked inside the unit."""
    user = await people.person()
    verify = people.hasher.verify

    async def slow(reader: object, password: str, hashed: str | None):
        await people.move(user.id, "suspended", "just now")
        return await verify(reader, password, hashed)

    people.hasher.verify = slow  # type: ignore[method-assign]
    with pytest.raises(WrongCredentials):
        await people.sign_in()
    assert not await people.sessions.list_of(people.store, user.id)


async def test_parallel_guesses_cannot_outrun_the_count(people: People) -> None:
    """A073, R074: 200 at once, and no more than the limit are looked at."""
    await people.person()
    causes = [Cause(ip=f"198.51.{n}.1") for n in range(200)]
    results = await asyncio.gather(
        *(people.sign_in(password=WRONG, cause=cause) for cause in causes), return_exceptions=True
    )
    assert people.hasher.calls == 10
    kinds = [type(result) for result in results]
    assert kinds.count(WrongCredentials) == 10
    assert kinds.count(TooMany) == 190
    with pytest.raises(TooMany):
        await people.sign_in()


async def test_an_unknown_name_is_locked_as_a_known_one(people: People) -> None:
    """A063: the eleventh try of either must wait, for the same time."""
    await people.person()
    waits: list[int] = []
    for identifier in (EMAIL, "nobody@example.com"):
        for _ in range(10):
            with pytest.raises(WrongCredentials):
                await people.sign_in(identifier, WRONG, cause=Cause())
        with pytest.raises(TooMany) as refused:
            await people.sign_in(identifier, WRONG, cause=Cause())
        waits.append(refused.value.retry_after)
    assert waits[0] == waits[1]


async def test_the_owner_is_told_of_a_lockout_once(people: People) -> None:
    """R082: suspicious attempts are told to the proven address; the fact has the person."""
    user = await people.person()
    for _ in range(12):
        with pytest.raises(Refusal):
            await people.sign_in(password=WRONG, cause=Cause())
    assert people.mailer.names() == ["account_locked"]
    (fact,) = await people.facts("account.locked")
    assert fact.target == str(user.id)


async def test_a_wait_ends_and_the_right_password_then_works(people: People) -> None:
    await people.person()
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            await people.sign_in(password=WRONG, cause=Cause())
    with pytest.raises(TooMany) as refused:
        await people.sign_in(cause=Cause())
    people.clock.advance(refused.value.retry_after)
    assert isinstance(await people.sign_in(cause=Cause()), SignedIn)
    for _ in range(10):  # and the count is at its beginning again
        with pytest.raises(WrongCredentials):
            await people.sign_in(password=WRONG, cause=Cause())


async def test_a_known_browser_is_not_locked_out_by_strangers(people: People) -> None:
    """R074, R083: the device's own count; it too ends at the limit."""
    user = await people.person()
    device = await people.ports.devices.remember(people.store, None, user.id)
    for _ in range(12):
        with pytest.raises(Refusal):
            await people.sign_in(password=WRONG, cause=Cause())
    assert isinstance(await people.sign_in(device=device, cause=Cause()), SignedIn)
    with pytest.raises(TooMany):  # the strangers' count was not forgotten by it
        await people.sign_in(cause=Cause())
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            await people.sign_in(password=WRONG, device=device, cause=Cause())
    with pytest.raises(TooMany):
        await people.sign_in(device=device, cause=Cause())


async def test_a_device_helps_nobody_else(people: People) -> None:
    await people.person()
    eve = await people.person("eve@example.com")
    device = await people.ports.devices.remember(people.store, None, eve.id)
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            await people.sign_in(password=WRONG, device=device, cause=Cause())
    with pytest.raises(TooMany):
        await people.sign_in(password=WRONG, device=device, cause=Cause())


async def test_all_names_of_a_person_share_the_hard_limit(people: People) -> None:
    """R074: 100 in a row over any path, then only a reset helps."""
    user = await people.person(username="ada")
    await people.store.transact(
        lambda tx: people.accounts.add_email(tx, user.id, "b@example.com", CAUSE, verified=True)
    )
    looked_at = 0
    for _ in range(60):
        for identifier in (EMAIL, "ada", "b@example.com"):
            try:
                await people.sign_in(identifier, WRONG, cause=Cause())
            except WrongCredentials:
                looked_at += 1
            except TooMany:
                pass
        people.clock.advance(timedelta(minutes=16))
    assert looked_at == 100
    with pytest.raises(TooMany):
        await people.sign_in(cause=Cause())
    await people.ask_reset()
    await people.reset(people.mailer.token("reset_password"))
    assert isinstance(await people.sign_in(password=ANOTHER, cause=Cause()), SignedIn)


async def test_an_overload_is_no_failed_attempt(people: People) -> None:
    """performance: 503 with Retry-After, and nobody is locked out by our load."""
    await people.person()
    people.hasher.overloaded = True
    for _ in range(20):
        with pytest.raises(HashingOverloaded) as refused:
            await people.sign_in()
        assert (refused.value.status, refused.value.retry_after) == (503, 2)
    people.hasher.overloaded = False
    assert isinstance(await people.sign_in(), SignedIn)


async def test_sign_ins_of_many_people_at_once_are_not_mixed_up(people: People) -> None:
    """A041: every session has the right person."""
    users = [await people.person(f"u{n}@example.com") for n in range(30)]
    outcomes = await asyncio.gather(
        *(people.sign_in(f"u{n}@example.com", cause=Cause()) for n in range(30))
    )
    for user, outcome in zip(users, outcomes, strict=True):
        assert isinstance(outcome, SignedIn)
        assert outcome.user.id == user.id
        assert outcome.browser.current is not None
        assert outcome.browser.current.user == user.id
