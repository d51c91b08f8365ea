"""Tenants on both stores."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa
from tests.fakes.clock import FrozenClock
from tests.support.facts import CAUSE
from tests.support.tenancy import ISSUER, Office, office

from limen.access.api import ADMINISTRATOR
from limen.access.store import roles
from limen.kernel.errors import Invalid, NotFound, Stale
from limen.kernel.ids import TenantId, new_id
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Tx, UniqueConflict
from limen.platform.crypto.store import Queries as KeyQueries
from limen.platform.db import Query, mine
from limen.platform.facts.store import events
from limen.tenancy.directory import Directory
from limen.tenancy.errors import DefaultTenant
from limen.tenancy.store import SqlTenants

__all__ = ["office"]

_names = Query(sa.select(events.c.name).where(mine(events)).order_by(events.c.id), str)
_roles = Query(sa.select(roles.c.name).where(mine(roles)), str)


async def test_a_new_tenant_can_be_used_at_once(office: Office) -> None:
    """R118, R153: its own issuer, keys and roles, and a fact in its log and in the default one."""
    acme = await office.tenants.create("acme", "Acme Inc.", CAUSE)
    assert (acme.issuer, acme.path) == (f"{ISSUER}/t/acme", "/t/acme")
    assert not acme.is_default
    store = office.of(acme.id)
    assert ADMINISTRATOR in await store.all(_roles)
    assert len(await store.all(KeyQueries.of_tenant)) == 1
    assert await store.all(_names) == ["tenant.created"]
    assert await office.store.all(_names) == ["tenant.created"]
    assert await office.tenants.by_slug("acme") == acme
    assert await office.tenants.get(acme.id) == acme
    assert set(await office.tenants.ids()) == {office.store.tenant, acme.id}


async def test_a_tenant_that_cannot_be_equipped_is_not_left_behind(office: Office) -> None:
    """I4: the row, the key and the roles are one unit."""

    class Broken:
        async def install(self, tx: Tx, tenant: Tenant) -> None:
            raise RuntimeError("no signing key")

    rig = office.rig
    tenants = Directory(
        SqlTenants(), rig.database, rig.vault, rig.recorder, rig.clock, ISSUER, [Broken()]
    )
    with pytest.raises(RuntimeError):
        await tenants.create("acme", "Acme", CAUSE)
    assert await tenants.by_slug("acme") is None
    assert await office.store.all(_names) == []


async def test_a_slug_is_taken_once(office: Office) -> None:
    """R114: of many callers one gets it."""
    made = await asyncio.gather(
        *[office.tenants.create("acme", "Acme", CAUSE) for _ in range(5)], return_exceptions=True
    )
    assert len([one for one in made if isinstance(one, Tenant)]) == 1
    assert len([one for one in made if isinstance(one, UniqueConflict)]) == 4


async def test_a_suspended_tenant_is_not_found(office: Office, clock: FrozenClock) -> None:
    """A033: at once in this process, within 2 s in others; and back again."""
    acme = await office.tenants.create("acme", "Acme", CAUSE)
    rig = office.rig
    elsewhere: Any = Directory(
        SqlTenants(), rig.database, rig.vault, rig.recorder, clock, ISSUER, []
    )
    assert await elsewhere.by_slug("acme") is not None
    await office.tenants.change_status(acme.id, "suspended", CAUSE)
    assert await office.tenants.by_slug("acme") is None
    clock.advance(2)
    assert await elsewhere.by_slug("acme") is None
    await office.tenants.change_status(acme.id, "suspended", CAUSE)
    await office.tenants.change_status(acme.id, "active", CAUSE)
    assert await office.tenants.by_slug("acme") is not None
    told = ["tenant.created", "tenant.suspended", "tenant.activated"]
    assert await office.of(acme.id).all(_names) == told
    assert await office.store.all(_names) == told


async def test_what_others_change_is_seen_within_two_seconds(
    office: Office, clock: FrozenClock
) -> None:
    """R116: and what nobody changed is not read again, however long its block list is."""
    rig = office.rig
    elsewhere = Directory(SqlTenants(), rig.database, rig.vault, rig.recorder, clock, ISSUER, [])
    first = await elsewhere.by_slug("default")
    clock.advance(2)
    assert await elsewhere.by_slug("default") is first
    await office.tenants.change_settings(office.store.tenant, {"sign_up_mode": "closed"}, CAUSE)
    clock.advance(2)
    found = await elsewhere.by_slug("default")
    assert found is not None
    assert found.settings == {"sign_up_mode": "closed"}


async def test_the_default_tenant_cannot_be_suspended(office: Office) -> None:
    with pytest.raises(DefaultTenant):
        await office.tenants.change_status(office.store.tenant, "suspended", CAUSE)


async def test_settings_apply_at_once_and_a_lost_race_is_stale(office: Office) -> None:
    """A061-like races on settings: the version decides."""
    acme = await office.tenants.create("acme", "Acme", CAUSE)
    changed = await office.tenants.change_settings(acme.id, {"sign_up_mode": "closed"}, CAUSE)
    assert changed.settings == {"sign_up_mode": "closed"}
    found = await office.tenants.by_slug("acme")
    assert found is not None
    assert found.settings == {"sign_up_mode": "closed"}
    with pytest.raises(Stale):
        await office.tenants.settle(
            acme.id, {"support_url": "https://a.example"}, CAUSE, version=acme.version
        )
    with pytest.raises(Invalid):
        await office.tenants.change_settings(acme.id, {"sign_up_mod": "open"}, CAUSE)
    renamed = await office.tenants.rename(acme.id, "Acme 2", CAUSE, version=changed.version)
    assert (renamed.name, renamed.version) == ("Acme 2", changed.version + 1)
    assert renamed.settings == {"sign_up_mode": "closed"}


async def test_parallel_changes_of_settings_lose_nothing(office: Office) -> None:
    """R118: each change is merged into the newest settings, or refused as stale."""
    changes = [
        {"support_url": "https://a.example"},
        {"password_block_list": ["acme"]},
        {"sign_up_mode": "closed"},
    ]
    tenant = office.store.tenant
    done = await asyncio.gather(
        *[office.tenants.change_settings(tenant, change, CAUSE) for change in changes],
        return_exceptions=True,
    )
    kept = (await office.tenants.get(tenant)).settings
    for change, outcome in zip(changes, done, strict=True):
        assert isinstance(outcome, Tenant | Stale)
        assert (change.items() <= kept.items()) == isinstance(outcome, Tenant)


async def test_an_unknown_tenant_is_not_found(office: Office) -> None:
    nobody = TenantId(new_id())
    for attempt in (
        office.tenants.get(nobody),
        office.tenants.change_status(nobody, "suspended", CAUSE),
        office.tenants.rename(nobody, "x", CAUSE, version=None),
        office.tenants.change_settings(nobody, {}, CAUSE),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_tenants_are_paged_by_id(office: Office) -> None:
    for slug in ("aa", "bb", "cc"):
        await office.tenants.create(slug, slug, CAUSE)
    first = await office.tenants.page(slug=None, after=None, limit=2)
    rest = await office.tenants.page(slug=None, after=first[-1].id, limit=10)
    assert len({row.id for row in [*first, *rest]}) == 4
    assert [row.slug for row in await office.tenants.page(slug="bb", after=None, limit=9)] == ["bb"]
