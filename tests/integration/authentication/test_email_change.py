"""Changing one's address needs both mailboxes, on both stores."""

import asyncio

import pytest
from tests.support.people import CAUSE, EMAIL, People, people

from limen.authentication.errors import LinkUnusable
from limen.identity.api import User
from limen.kernel.errors import Invalid
from limen.kernel.request import Cause

__all__ = ["people"]
NEW = "new@example.com"


async def ask(people: People, user: User, address: str = NEW) -> None:
    await people.authentication.request_email_change(
        people.store, people.tenant, user=user.id, address=address, cause=CAUSE
    )


async def use(people: People, secret: str) -> str:
    return await people.authentication.confirm_email_change(
        people.store, people.tenant, secret=secret, cause=Cause()
    )


async def addresses(people: People, user: User) -> list[tuple[str, bool, bool]]:
    now = await people.find(user.id)
    assert now is not None
    return [(e.address, e.verified_at is not None, e.is_primary) for e in now.emails]


@pytest.mark.parametrize("first", ["new", "old"])
async def test_it_changes_when_both_sides_agreed(people: People, first: str) -> None:
    """R082, R106: in either order; both addresses are told."""
    user = await people.person()
    await ask(people, user)
    assert [mail.to for _, mail in people.mailer.sent] == [NEW, EMAIL]
    second = "old" if first == "new" else "new"
    assert await use(people, people.mailer.token(f"address_change_{first}")) == "waiting"
    assert await addresses(people, user) == [(EMAIL, True, True)]
    assert await use(people, people.mailer.token(f"address_change_{second}")) == "changed"
    assert await addresses(people, user) == [(NEW, True, True)]
    assert [mail.to for name, mail in people.mailer.sent if name == "address_changed"] == [
        NEW, EMAIL,
    ]  # fmt: skip
    assert len(await people.facts("email_change.requested", "email.changed")) == 2


async def test_one_side_twice_is_not_both(people: People) -> None:
    user = await people.person()
    await ask(people, user)
    secret = people.mailer.token("address_change_new")
    assert await use(people, secret) == "waiting"
    with pytest.raises(LinkUnusable):
        await use(people, secret)
    assert await addresses(people, user) == [(EMAIL, True, True)]


async def test_an_unverified_address_is_not_asked(people: People) -> None:
    user = await people.person(active=False)
    await people.move(user.id, "active")
    await ask(people, user)
    assert [mail.to for _, mail in people.mailer.sent] == [NEW]
    assert await use(people, people.mailer.token("address_change_new")) == "changed"
    assert await addresses(people, user) == [(NEW, True, True)]


async def test_a_second_request_takes_the_place_of_the_first(people: People) -> None:
    """A061: only the address that the link was mailed to becomes verified."""
    user = await people.person()
    await ask(people, user, "one@example.com")
    one_new = people.mailer.token("address_change_new")
    one_old = people.mailer.token("address_change_old")
    await ask(people, user, "two@example.com")
    for secret in (one_new, one_old):
        with pytest.raises(LinkUnusable):
            await use(people, secret)
    assert await use(people, people.mailer.token("address_change_old")) == "waiting"
    assert await use(people, people.mailer.token("address_change_new")) == "changed"
    assert await addresses(people, user) == [("two@example.com", True, True)]


async def test_parallel_requests_leave_one_consistent_change(people: People) -> None:
    """A061: whichever pair of links works, it is one change's."""
    user = await people.person()
    await asyncio.gather(*(ask(people, user, f"n{n}@example.com") for n in range(4)))
    links = [
        (name, mail.to, mail.text.partition("?token=")[2].split()[0])
        for name, mail in people.mailer.sent
    ]
    outcomes: list[tuple[str, str]] = []
    for name, to, secret in links:
        try:
            outcomes.append((name + to, await use(people, secret)))
        except LinkUnusable:
            continue
    assert [outcome for _, outcome in outcomes].count("changed") <= 1
    held = await addresses(people, user)
    assert len(held) == 1
    if held[0][0] != EMAIL:
        assert any(held[0][0] in place for place, _ in outcomes)


async def test_both_sides_at_once_change_it_once(people: People) -> None:
    user = await people.person()
    await ask(people, user)
    secrets = [people.mailer.token("address_change_new"), people.mailer.token("address_change_old")]
    results = await asyncio.gather(
        *(use(people, secret) for secret in secrets * 10), return_exceptions=True
    )
    said = [result for result in results if not isinstance(result, BaseException)]
    assert sorted(said) == ["changed", "waiting"]
    assert await addresses(people, user) == [(NEW, True, True)]


async def test_a_strangers_proven_address_is_not_told_of_to_the_asker(people: People) -> None:
    """R078: the owner gets a mail, the asker the same answer."""
    await people.person(NEW)
    user = await people.person()
    assert await ask(people, user) is None
    assert people.mailer.names() == ["already_registered"]
    assert people.mailer.newest("already_registered").to == NEW


async def test_an_address_proven_elsewhere_meanwhile_is_lost(people: People) -> None:
    user = await people.person()
    await ask(people, user)
    await people.person(NEW)
    await use(people, people.mailer.token("address_change_old"))
    with pytest.raises(LinkUnusable):
        await use(people, people.mailer.token("address_change_new"))
    assert await addresses(people, user) == [(EMAIL, True, True)]


async def test_a_pending_squatter_gives_way(people: People) -> None:
    await people.person(NEW, active=False)
    user = await people.person()
    await ask(people, user)
    await use(people, people.mailer.token("address_change_old"))
    assert await use(people, people.mailer.token("address_change_new")) == "changed"
    assert await addresses(people, user) == [(NEW, True, True)]


async def test_ones_own_address_is_no_new_one(people: People) -> None:
    user = await people.person()
    with pytest.raises(Invalid):
        await ask(people, user, "ADA@example.com")
    assert not people.mailer.sent


async def test_nothing_changes_while_nobody_agrees(people: People) -> None:
    """A061: the address is not in the account before it is proven."""
    user = await people.person()
    await ask(people, user)
    assert await people.find(user.id) == user
    assert await people.accounts.find_by_email(people.store, NEW) is None
