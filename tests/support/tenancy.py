"""Tenancy and access of a whole installation, over a test's database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from tests.fakes.clock import FrozenClock
from tests.fakes.gate import FixedGate
from tests.support.facts import CAUSE, Rig

from limen.access.api import ADMINISTRATOR, Subject
from limen.access.commands import StoredRoles
from limen.access.ports import Ports
from limen.access.store import SqlRoles
from limen.kernel.ids import TenantId
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.platform.cache import Snapshots
from limen.platform.db import OpenDatabase
from limen.tenancy.directory import Directory
from limen.tenancy.store import SqlTenants

ISSUER = "http://localhost:8400"


@dataclass
class Office:
    """The default tenant with its keys and built-in roles, and what makes more tenants."""

    rig: Rig
    gate: FixedGate = field(default_factory=FixedGate)

    def __post_init__(self) -> None:
        rig, installers = self.rig, list[Any]()
        self.store: Store = rig.store
        self.snapshots = Snapshots(rig.database, rig.clock)
        self.tenants = Directory(
            SqlTenants(), rig.database, rig.vault, rig.recorder, rig.clock, ISSUER, installers
        )
        self.ports = Ports(
            SqlRoles(), self.snapshots, self.gate, rig.recorder, self.tenants.is_default
        )
        self.roles = StoredRoles(self.ports)
        installers.append(self.roles)

    def of(self, tenant: TenantId) -> Store:
        return self.rig.database.tenant(tenant)

    async def give(
        self, user: UUID, role: str = ADMINISTRATOR, *, by: frozenset[str] | None = None
    ) -> None:
        async def work(tx: Tx) -> None:
            await self.roles.assign(tx, Subject("user", user), role, CAUSE, by=by)

        await self.store.transact(work)

    async def take(
        self, user: UUID, role: str = ADMINISTRATOR, *, by: frozenset[str] | None = None
    ) -> None:
        async def work(tx: Tx) -> None:
            await self.roles.unassign(tx, Subject("user", user), role, CAUSE, by=by)

        await self.store.transact(work)

    async def held(self, user: UUID) -> frozenset[str]:
        return await self.roles.permissions_of(self.store, Subject("user", user))


@pytest.fixture
async def office(
    database: OpenDatabase, store: Store, clock: FrozenClock, tenant: Tenant
) -> AsyncIterator[Office]:
    """An office whose default tenant is complete."""
    rig = Rig(database, store, clock)
    made = Office(rig)
    await store.transact(rig.vault.create)
    await store.transact(lambda tx: made.roles.install(tx, tenant))
    await made.tenants.by_slug("default")
    await made.snapshots.poll()
    yield made
