"""Accounts and their addresses, on both stores."""

import asyncio

import pytest
from tests.fakes.administrators import LastAdministrator
from tests.fakes.counting import CountingStore
from tests.support.people import CAUSE, EMAIL, People, people

from limen.identity.api import Address, NewUser, Profile, User
from limen.identity.errors import (
    AddressUnverified,
    IllegalTransition,
    PrimaryAddress,
    TooManyAddresses,
)
from limen.identity.ports import UserFilter
from limen.kernel.errors import Conflict, Invalid, NotFound, Stale
from limen.kernel.ids import EmailId, UserId, new_id
from limen.kernel.standing import Principal
from limen.kernel.uow import Tx, UniqueConflict

__all__ = ["people"]
LIVE = ("pending", "active", "suspended", "inactive")


async def test_a_new_account_is_found_by_its_names_however_they_are_typed(people: People) -> None:
    """R150: identifiers are compared case-folded, local part too, and shown as typed."""
    user = await people.person("Ada.Lovelace@Example.COM", username="Ada-L", active=False)
    assert user.username == "Ada-L"
    assert [email.address for email in user.emails] == ["Ada.Lovelace@example.com"]
    for typed in ("ada.lovelace@example.com", "ADA.LOVELACE@EXAMPLE.COM", "ada-l", " ADA-L "):
        found = await people.accounts.find_by_identifier(people.store, typed)
        assert found == user
    assert await people.accounts.find_by_email(people.store, "ADA.lovelace@example.com") == user
    for nobody in ("", "@", "ada", "b@example.com", "a,b@example.com", "x" * 5000):
        assert await people.accounts.find_by_identifier(people.store, nobody) is None


async def test_an_account_and_its_addresses_are_one_read(people: People) -> None:
    """performance.md: userinfo reads the person once."""
    user = await people.person()
    await people.store.transact(
        lambda tx: people.accounts.add_email(tx, user.id, "b@example.com", CAUSE, verified=True)
    )
    counting = CountingStore(people.store)
    found = await people.accounts.find(counting, user.id)
    assert found is not None
    assert len(found.emails) == 2
    assert counting.calls == ["all"]


async def test_a_profile_comes_back_as_it_was_told(people: People) -> None:
    told = Profile(
        name="Zoë 王", zoneinfo="Europe/Zurich", locale="de-CH", phone_number="+41446681800",
        address=Address(locality="Zürich", country="CH"), birthdate="0000-02-29",
    )  # fmt: skip
    user = await people.person(profile=told)
    found = await people.find(user.id)
    assert found is not None
    assert found.profile == told
    assert found.created_at == people.clock.now()


async def test_the_same_address_or_name_is_taken_in_any_spelling(people: People) -> None:
    await people.person("ada@example.com", username="ada")
    for email, username in (("ADA@example.com", None), (None, "ADA")):
        with pytest.raises(UniqueConflict):
            await people.person(email, username=username)


async def test_one_of_many_parallel_creations_wins(people: People) -> None:
    """A061: the store decides who has an address."""
    results = await asyncio.gather(*(people.person() for _ in range(10)), return_exceptions=True)
    assert sum(not isinstance(result, BaseException) for result in results) == 1
    assert all(isinstance(r, UniqueConflict) for r in results if isinstance(r, BaseException))


async def test_a_change_needs_the_current_version(people: People) -> None:
    user = await people.person()
    changed = await people.store.transact(
        lambda tx: people.accounts.change_profile(
            tx, user.id, Profile(name="Ada"), CAUSE, version=user.version
        )
    )
    assert (changed.profile.name, changed.version) == ("Ada", user.version + 1)
    with pytest.raises(Stale):
        await people.store.transact(
            lambda tx: people.accounts.change_profile(
                tx, user.id, Profile(name="Eve"), CAUSE, version=user.version
            )
        )
    (fact,) = await people.facts("user.changed")
    assert '"fields":["name"]' in fact.data
    assert "Ada" not in fact.data


async def test_an_unchanged_profile_is_no_change(people: People) -> None:
    user = await people.person(profile=Profile(name="Ada"))
    same = await people.store.transact(
        lambda tx: people.accounts.change_profile(tx, user.id, Profile(name="Ada"), CAUSE)
    )
    assert same.version == user.version
    assert not await people.facts("user.changed")


async def test_a_username_can_be_changed_and_taken_away_while_an_address_is_left(
    people: People,
) -> None:
    user = await people.person(username="ada")
    named = await people.store.transact(
        lambda tx: people.accounts.change(tx, user.id, CAUSE, username="lovelace")
    )
    assert named.username == "lovelace"
    nameless = await people.store.transact(
        lambda tx: people.accounts.change(tx, user.id, CAUSE, username=None)
    )
    assert nameless.username is None
    only = await people.person(None, username="grace")
    with pytest.raises(Invalid):
        await people.store.transact(
            lambda tx: people.accounts.change(tx, only.id, CAUSE, username=None)
        )


async def test_the_gate_refuses_everybody_who_is_not_active(people: People) -> None:
    """R103, A035: one expression of the one gate, with a code for each state."""
    user = await people.person(active=False)

    async def word() -> str | None:
        return await people.gate.refusal(people.store, Principal(user=user.id))

    assert await word() == "user_pending"
    await people.move(user.id, "active")
    assert await word() is None
    await people.move(user.id, "suspended", "lost laptop")
    assert await word() == "user_suspended"
    await people.move(user.id, "active")
    await people.move(user.id, "inactive")
    assert await word() == "user_inactive"
    await people.move(user.id, "deleted")
    assert await word() == "user_deleted"
    assert await people.gate.refusal(people.store, Principal(user=new_id())) == "user_unknown"


async def test_a_deleted_account_is_found_nowhere_and_its_names_are_free(people: People) -> None:
    user = await people.person(username="ada")
    await people.move(user.id, "deleted")
    assert await people.find(user.id) is None
    assert await people.accounts.find_by_identifier(people.store, "ada") is None
    assert not await people.accounts.list_(people.store, UserFilter(LIVE), after=None, limit=10)
    with pytest.raises(NotFound):
        await people.move(user.id, "active")
    again = await people.person(username="ada")
    assert again.id != user.id


async def test_illegal_moves_change_nothing(people: People) -> None:
    user = await people.person()
    for to, reason in (("active", None), ("pending", None)):
        with pytest.raises(IllegalTransition):
            await people.move(user.id, to, reason)
    with pytest.raises(Invalid):
        await people.move(user.id, "suspended")
    assert await people.find(user.id) == user


async def test_the_last_administrator_stays(people: People) -> None:
    """contract.md: the last administrator can be neither removed nor demoted."""
    user = await people.person()
    people.administrators.last = user.id
    for to in ("suspended", "inactive", "deleted"):
        with pytest.raises(LastAdministrator):
            await people.move(user.id, to, "because")
    assert await people.find(user.id) == user


async def test_every_move_is_a_fact_with_its_reason(people: People) -> None:
    """R150: the reason of a suspension is in the log."""
    user = await people.person(active=False)
    await people.move(user.id, "active")
    await people.move(user.id, "suspended", "lost laptop")
    await people.move(user.id, "deleted")
    names = [fact.name for fact in await people.facts()]
    assert names == [
        "user.created", "email.added", "user.activated", "user.suspended", "user.deleted",
    ]  # fmt: skip
    assert '"reason":"lost laptop"' in (await people.facts("user.suspended"))[0].data
    assert all(EMAIL not in fact.data for fact in await people.facts())


async def test_a_proof_activates_a_pending_account_and_no_suspended_one(people: People) -> None:
    user = await people.person(active=False)

    async def prove(tx: Tx) -> bool:
        return await people.accounts.verify_email(tx, user.id, "ADA@example.com", CAUSE)

    assert await people.store.transact(prove)
    now = await people.find(user.id)
    assert now is not None
    assert now.status == "active"
    assert now.emails[0].verified_at == people.clock.now()
    await people.move(user.id, "suspended", "because")
    assert await people.store.transact(prove)
    after = await people.find(user.id)
    assert after is not None
    assert after.status == "suspended"


async def test_a_proof_of_an_address_that_the_account_lacks_is_none(people: People) -> None:
    user = await people.person(active=False)

    async def prove(tx: Tx) -> bool:
        return await people.accounts.verify_email(tx, user.id, "eve@example.com", CAUSE)

    assert not await people.store.transact(prove)
    assert await people.find(user.id) == user


async def test_whoever_proves_an_address_takes_it_from_whoever_did_not(people: People) -> None:
    """A061: an unproven, pending hold gives way; with it goes the account that was only that."""
    squatter = await people.person("victim@example.com", active=False)
    owner = await people.person("ada@example.com")
    email = await people.store.transact(
        lambda tx: people.accounts.add_email(
            tx, owner.id, "Victim@example.com", CAUSE, verified=True
        )
    )
    assert await people.find(squatter.id) is None
    found = await people.accounts.find_by_email(people.store, "victim@example.com")
    assert found is not None
    assert found.id == owner.id
    assert email.verified_at is not None
    assert [fact.reason or fact.data for fact in await people.facts("email.removed")] != []


async def test_a_proven_address_is_not_taken(people: People) -> None:
    await people.person("ada@example.com")
    eve = await people.person("eve@example.com")
    for verified in (True, False):
        with pytest.raises(UniqueConflict):
            await people.store.transact(
                lambda tx, verified=verified: people.accounts.add_email(
                    tx, eve.id, "ada@example.com", CAUSE, verified=verified
                )
            )


async def test_the_primary_address_is_verified_and_stays_until_another_is(people: People) -> None:
    user = await people.person()
    add = people.accounts.add_email
    second = await people.store.transact(
        lambda tx: add(tx, user.id, "b@example.com", CAUSE, verified=False)
    )
    with pytest.raises(AddressUnverified):
        await people.store.transact(
            lambda tx: people.accounts.make_primary(tx, user.id, second.id, CAUSE)
        )
    await people.store.transact(
        lambda tx: people.accounts.verify_email_id(tx, user.id, second.id, CAUSE)
    )
    with pytest.raises(PrimaryAddress):
        await people.store.transact(
            lambda tx: people.accounts.remove_email(tx, user.id, user.emails[0].id, CAUSE)
        )
    await people.store.transact(
        lambda tx: people.accounts.make_primary(tx, user.id, second.id, CAUSE)
    )
    await people.store.transact(
        lambda tx: people.accounts.remove_email(tx, user.id, user.emails[0].id, CAUSE)
    )
    now = await people.find(user.id)
    assert now is not None
    assert [(e.address, e.is_primary) for e in now.emails] == [("b@example.com", True)]
    assert now.version > user.version
    with pytest.raises(NotFound):
        await people.store.transact(
            lambda tx: people.accounts.make_primary(tx, user.id, EmailId(new_id()), CAUSE)
        )


async def test_exactly_one_of_two_addresses_ends_as_the_primary_one(people: People) -> None:
    user = await people.person()
    added = [
        await people.store.transact(
            lambda tx, n=n: people.accounts.add_email(
                tx, user.id, f"{n}@example.com", CAUSE, verified=True
            )
        )
        for n in "bcd"
    ]
    await asyncio.gather(
        *(
            people.store.transact(
                lambda tx, e=e: people.accounts.make_primary(tx, user.id, e.id, CAUSE)
            )
            for e in added * 4
        )
    )
    now = await people.find(user.id)
    assert now is not None
    assert sum(email.is_primary for email in now.emails) == 1


async def test_an_account_holds_a_limited_number_of_addresses(people: People) -> None:
    user = await people.person()

    async def add(number: int) -> None:
        await people.store.transact(
            lambda tx: people.accounts.add_email(
                tx, user.id, f"{number}@example.com", CAUSE, verified=False
            )
        )

    for number in range(19):
        await add(number)
    with pytest.raises(TooManyAddresses):
        await add(19)


async def test_lists_go_by_id_and_take_one_filter(people: People) -> None:
    users: list[User] = []
    for n in range(5):  # ids of one millisecond have no order
        users.append(await people.person(f"u{n}@example.com", username=f"name{n}"))
        await asyncio.sleep(0.002)
    await people.move(users[1].id, "suspended", "because")

    async def ids(which: UserFilter, after: UserId | None = None, limit: int = 10) -> list[UserId]:
        found = await people.accounts.list_(people.store, which, after=after, limit=limit)
        return [user.id for user in found]

    every = [user.id for user in users]
    assert await ids(UserFilter(LIVE)) == every
    assert await ids(UserFilter(LIVE), limit=2) == every[:2]
    assert await ids(UserFilter(LIVE), after=every[1]) == every[2:]
    assert await ids(UserFilter(("suspended",))) == [every[1]]
    assert await ids(UserFilter(LIVE, "email", "u3@example.com")) == [every[3]]
    assert await ids(UserFilter(LIVE, "username", "name4")) == [every[4]]
    assert await ids(UserFilter(LIVE, "q", "u")) == every
    assert await ids(UserFilter(LIVE, "q", "name2")) == [every[2]]
    assert await ids(UserFilter(LIVE, "q", "%")) == []
    assert await ids(UserFilter(LIVE, "q", "_")) == []


async def test_what_was_wrong_is_named_by_its_field(people: People) -> None:
    for new, field in (
        (NewUser(), "email"),
        (NewUser(email="a@b@c"), "email"),
        (NewUser(username="-x"), "username"),
        (NewUser(username="x", status="suspended"), "status"),
        (NewUser(username="x", profile=Profile(zoneinfo="Mars/Base")), "zoneinfo"),
    ):
        with pytest.raises(Invalid) as refused:
            await people.store.transact(lambda tx, new=new: people.accounts.create(tx, new, CAUSE))
        assert refused.value.errors[0].field == field


async def test_a_sign_in_is_noted_without_a_new_version(people: People) -> None:
    user = await people.person()
    people.clock.advance(60)
    await people.store.transact(lambda tx: people.accounts.note_sign_in(tx, user.id))
    now = await people.find(user.id)
    assert now is not None
    assert (now.last_sign_in_at, now.version) == (people.clock.now(), user.version)


def test_conflicts_are_told_as_such() -> None:
    assert issubclass(UniqueConflict, Conflict)
