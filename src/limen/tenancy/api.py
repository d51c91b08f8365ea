"""What other contexts may use of tenancy."""

from collections.abc import Mapping
from typing import Protocol

from limen.kernel.events import EventType
from limen.kernel.ids import TenantId
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant

TENANT_CREATED = EventType("tenant.created", "A tenant was created.")
TENANT_CHANGED = EventType("tenant.changed", "A tenant's name or settings were changed.")
TENANT_SUSPENDED = EventType("tenant.suspended", "A tenant was suspended; it answers nothing.")
TENANT_ACTIVATED = EventType("tenant.activated", "A suspended tenant was activated again.")


class Tenants(Protocol):
    async def by_slug(self, slug: str) -> Tenant | None:
        """Return the active tenant (cached for at most 2 s), None for others."""
        ...

    async def get(self, tenant: TenantId) -> Tenant:
        """Raises NotFound."""
        ...

    def is_default(self, tenant: TenantId) -> bool:
        """Say whether it is the default tenant: False until that was found once (deny first)."""
        ...

    async def ids(self) -> list[TenantId]:
        """Return every tenant's id, suspended ones too: background work enters one at a time."""
        ...

    async def create(self, slug: str, name: str, cause: Cause) -> Tenant:
        """Create it with its keys and built-in roles.  Raises Invalid, UniqueConflict."""
        ...

    async def change_settings(
        self, tenant: TenantId, settings: Mapping[str, object], cause: Cause
    ) -> Tenant:
        """Merge `settings` in; None removes one.  Raises Invalid naming the field."""
        ...
