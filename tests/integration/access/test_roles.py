"""Roles on both stores."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from tests.support.facts import CAUSE, Rig
from tests.support.proof import rounds
from tests.support.tenancy import Office, office

from limen.access.api import ADMINISTRATOR, PERMISSIONS, Role, Subject
from limen.access.errors import BeyondOwn, BuiltIn, LastAdministrator
from limen.access.usecases.change_roles import change_role, create_role, delete_role
from limen.kernel.errors import NotFound, Stale
from limen.kernel.ids import new_id
from limen.kernel.routes import Caller
from limen.kernel.uow import Tx, UniqueConflict
from limen.platform.db import OpenDatabase, Query, mine
from limen.platform.facts.store import events

__all__ = ["office"]

_names = Query(sa.select(events.c.name).where(mine(events)).order_by(events.c.id), str)
HELPER = frozenset({"users:read", "roles:read", "roles:write"})


async def create(
    office: Office, name: str, *permissions: str, by: frozenset[str] | None = None
) -> Role:
    return await office.store.transact(
        lambda tx: create_role(tx, name, "", permissions, CAUSE, by=by, ports=office.ports)
    )


async def change(office: Office, role: Any, **changes: Any) -> Role:
    given: dict[str, Any] = {
        "name": None, "says": None, "permissions": None, "version": None, "by": None,
    } | changes  # fmt: skip
    return await office.store.transact(
        lambda tx: change_role(tx, role, CAUSE, **given, ports=office.ports)
    )


async def delete(office: Office, role: Any, by: frozenset[str] | None = None) -> None:
    await office.store.transact(lambda tx: delete_role(tx, role, CAUSE, by=by, ports=office.ports))


async def named(office: Office, name: str) -> Role:
    found = await office.ports.rows.find_by_name(office.store, name)
    assert found is not None
    return found


async def test_who_has_no_role_may_do_nothing(office: Office) -> None:
    """R113"""
    assert await office.held(new_id()) == frozenset()
    nobody = Caller(tenant=office.store.tenant)
    assert await office.roles.permissions(office.store, nobody) == frozenset()


async def test_an_administrator_holds_everything_of_his_tenant(office: Office) -> None:
    """A077, R120: only the default tenant's holds `tenants:*`."""
    ada, acme = new_id(), await office.tenants.create("acme", "Acme", CAUSE)
    await office.give(ada)
    assert await office.held(ada) == frozenset(PERMISSIONS)
    subject, store = Subject("user", ada), office.of(acme.id)
    assert await office.roles.permissions_of(store, subject) == frozenset()
    await store.transact(lambda tx: office.roles.assign(tx, subject, ADMINISTRATOR, CAUSE, by=None))
    elsewhere = await office.roles.permissions_of(store, subject)
    assert frozenset(PERMISSIONS) - elsewhere == {"tenants:read", "tenants:write"}


async def test_roles_add_up_and_changes_apply_at_once(office: Office) -> None:
    """R116: given, changed, taken, deleted."""
    ada = new_id()
    desk = await create(office, "desk", "sessions:*")
    await create(office, "reader", "users:read")
    await office.give(ada, "desk")
    await office.give(ada, "reader")
    assert await office.held(ada) == {"sessions:read", "sessions:write", "users:read"}
    await change(office, desk.id, permissions=["sessions:read"])
    assert await office.held(ada) == {"sessions:read", "users:read"}
    await office.take(ada, "reader")
    assert await office.held(ada) == {"sessions:read"}
    await delete(office, desk.id)
    assert await office.held(ada) == frozenset()
    assert await office.store.all(_names) == [
        "role.created", "role.created", "role.assigned", "role.assigned", "role.changed",
        "role.unassigned", "role.deleted",
    ]  # fmt: skip


async def test_another_process_notices_within_a_poll(
    office: Office, open_second: Callable[[OpenDatabase], Awaitable[OpenDatabase]]
) -> None:
    """R116: the invalidation travels with the change."""
    database = await open_second(office.rig.database)
    elsewhere = Office(Rig(database, database.tenant(office.store.tenant), office.rig.clock))
    ada = new_id()
    await create(office, "desk", "sessions:*")
    await office.give(ada, "desk")
    await elsewhere.tenants.by_slug("default")
    await elsewhere.snapshots.poll()
    assert await elsewhere.held(ada)
    await office.take(ada, "desk")
    assert await elsewhere.held(ada), "nothing was kept, so that nothing is shown here"
    await elsewhere.snapshots.poll()
    assert not await elsewhere.held(ada)


async def test_giving_twice_is_giving_once(office: Office) -> None:
    ada = new_id()
    await office.give(ada, "auditor")
    await office.give(ada, "auditor")
    assert (await office.store.all(_names)).count("role.assigned") == 1
    assert [role.name for role in await office.roles.roles_of(
        office.store, Subject("user", ada))] == ["auditor"]  # fmt: skip


async def test_a_client_may_have_roles(office: Office) -> None:
    """R121: apart from a person with the same id."""
    robot = new_id()
    await office.store.transact(
        lambda tx: office.roles.assign(tx, Subject("client", robot), "auditor", CAUSE, by=None)
    )
    caller = Caller(tenant=office.store.tenant, client=robot)
    assert "users:read" in await office.roles.permissions(office.store, caller)
    assert await office.held(robot) == frozenset()
    acting = Caller(tenant=office.store.tenant, client=robot, user=new_id())
    assert await office.roles.permissions(office.store, acting) == frozenset()


async def test_who_does_not_exist_gets_no_role(office: Office) -> None:
    """A083: absent = refuse."""
    ghost = new_id()
    office.gate.refuse(ghost, "user_unknown")
    with pytest.raises(NotFound):
        await office.give(ghost, "auditor")
    with pytest.raises(NotFound):
        await office.give(new_id(), "no-such-role")


async def test_nobody_gives_takes_or_edits_beyond_his_own(office: Office) -> None:
    """R120, A081: a delegated administrator, every way."""
    ada, bob = new_id(), new_id()
    strong = await create(office, "strong", "keys:rotate")
    weak = await create(office, "weak", "users:read")
    await office.give(ada)
    for attempt in (
        office.give(bob, "administrator", by=HELPER),
        office.give(bob, "strong", by=HELPER),
        office.take(ada, "administrator", by=HELPER),
        create(office, "stronger", "users:read", "users:write", by=HELPER),
        create(office, "everything", "*", by=HELPER),
        change(office, weak.id, permissions=["users:*"], by=HELPER),
        change(office, strong.id, permissions=["users:read"], by=HELPER),
        change(office, strong.id, name="renamed", by=HELPER),
        delete(office, strong.id, by=HELPER),
        office.roles.check_not_stronger(office.store, Subject("user", ada), by=HELPER),
    ):
        with pytest.raises(BeyondOwn):
            await attempt
    await office.give(bob, "weak", by=HELPER)
    await office.roles.check_not_stronger(office.store, Subject("user", bob), by=HELPER)
    assert await office.held(bob) == {"users:read"}


@pytest.mark.proof
async def test_a_rename_during_an_assignment_never_escalates(office: Office) -> None:
    """A081: a helper gives `weak` while it becomes strong: he is refused, or came first."""
    for turn in rounds(10, proof=100):
        bob, before = new_id(), len(await office.store.all(_names))
        weak = await create(office, "weak", "users:read")
        stronger = change(office, weak.id, name=f"strong{turn}", permissions=["keys:rotate"])
        given, _ = await asyncio.gather(
            office.give(bob, "weak", by=HELPER), stronger, return_exceptions=True
        )
        order = (await office.store.all(_names))[before:]
        if given is None:
            assert order == ["role.created", "role.assigned", "role.changed"]
        else:
            assert isinstance(given, BeyondOwn | NotFound)
            assert await office.held(bob) == frozenset()


async def test_built_in_roles_stay_as_they_are(office: Office) -> None:
    admin = await named(office, ADMINISTRATOR)
    with pytest.raises(BuiltIn):
        await change(office, admin.id, permissions=[])
    with pytest.raises(BuiltIn):
        await delete(office, admin.id)
    with pytest.raises(UniqueConflict):
        await create(office, ADMINISTRATOR, "users:read")


async def test_a_lost_race_on_a_role_is_stale(office: Office) -> None:
    role = await create(office, "desk", "users:read")
    await change(office, role.id, says="one", version=1)
    with pytest.raises(Stale):
        await change(office, role.id, says="two", version=1)
    with pytest.raises(NotFound):
        await change(office, new_id(), says="x")


async def test_the_last_administrator_stays(office: Office) -> None:
    """A081: neither demoted nor, as identity asks first, suspended."""
    ada, bob = new_id(), new_id()
    await office.give(ada)
    with pytest.raises(LastAdministrator):
        await office.take(ada)
    await office.give(bob)
    office.gate.refuse(bob, "user_suspended")
    with pytest.raises(LastAdministrator):
        await office.take(ada)

    async def ask(user: Any) -> None:
        await office.store.transact(lambda tx: office.roles.check_not_last_administrator(tx, user))

    with pytest.raises(LastAdministrator):
        await ask(ada)
    await ask(new_id())
    await ask(bob)


@pytest.mark.proof
async def test_two_administrators_who_demote_each_other_leave_one(office: Office) -> None:
    """A081: exactly one wins, whatever the order."""
    for _ in rounds(10, proof=200):
        ada, bob = new_id(), new_id()
        await office.give(ada)
        await office.give(bob)
        outcomes = await asyncio.gather(office.take(ada), office.take(bob), return_exceptions=True)
        refused = [one for one in outcomes if isinstance(one, LastAdministrator)]
        assert len(refused) == 1
        assert outcomes.count(None) == 1
        left = ada if await office.held(ada) else bob
        await office.give(new_id())
        await office.take(left)
        people = await office.ports.rows.people_with(
            office.store, (await named(office, ADMINISTRATOR)).id
        )
        assert len(people) == 1
        await _clear(office, people[0])


async def _clear(office: Office, last: Any) -> None:
    """Take the last one past the rule, for the next round."""
    role = (await named(office, ADMINISTRATOR)).id

    async def work(tx: Tx) -> None:
        await office.ports.rows.unassign(tx, role, Subject("user", last))

    await office.store.transact(work)


async def test_lists_are_paged(office: Office) -> None:
    rows, store = office.ports.rows, office.store
    first = await rows.page(store, name=None, after=None, limit=2)
    rest = await rows.page(store, name=None, after=first[-1].id, limit=9)
    assert {role.name for role in [*first, *rest]} == {"administrator", "auditor", "user_manager"}
    assert [role.name for role in await rows.page(store, name="auditor", after=None, limit=9)] == [
        "auditor"
    ]
    for _ in range(3):
        await office.give(new_id(), "auditor")
    role = await named(office, "auditor")
    page = await rows.subjects(store, role.id, after=None, limit=2)
    assert len(await rows.subjects(store, role.id, after=page[-1][0], limit=9)) == 1
