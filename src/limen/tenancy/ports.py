"""What tenancy needs of its store and of those who equip a new tenant."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

import msgspec

from limen.kernel.ids import TenantId
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader, Tx

Status = Literal["active", "suspended"]


class TenantRow(msgspec.Struct, frozen=True):
    """A tenant as the store has it."""

    id: TenantId
    slug: str
    name: str
    status: Status
    settings: dict[str, object]
    created_at: datetime
    updated_at: datetime
    version: int


class Installer(Protocol):
    """Equips a new tenant: its built-in roles, its signing keys, …"""

    async def install(self, tx: Tx, tenant: Tenant) -> None:
        """Run in the unit that creates the tenant: what raises here leaves no tenant behind."""
        ...


class TenantRows(Protocol):
    """All tenants; readable and writable from every tenant's unit."""

    async def find(self, reader: Reader, tenant: UUID) -> TenantRow | None: ...

    async def by_slug(self, reader: Reader, slug: str) -> TenantRow | None: ...

    async def active_version(self, reader: Reader, slug: str) -> int | None:
        """Return the version of an active tenant, without reading its settings."""
        ...

    async def page(
        self, reader: Reader, *, slug: str | None, after: UUID | None, limit: int
    ) -> list[TenantRow]:
        """Return up to `limit` tenants by id, from after `after`."""
        ...

    async def ids(self, reader: Reader) -> list[TenantId]: ...

    async def add(self, tx: Tx, slug: str, name: str) -> TenantRow:
        """Add the unit's own tenant.  Raises UniqueConflict."""
        ...

    async def rename(self, tx: Tx, tenant: UUID, version: int, name: str) -> TenantRow | None:
        """Change it if `version` is the current one, else return None."""
        ...

    async def change_settings(
        self, tx: Tx, tenant: UUID, version: int, settings: Mapping[str, object]
    ) -> TenantRow | None:
        """Replace them if `version` is the current one, else return None."""
        ...

    async def change_status(self, tx: Tx, tenant: UUID, to: Status) -> TenantRow | None:
        """Change it if it is another, else return None."""
        ...
