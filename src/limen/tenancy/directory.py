"""`api.Tenants`: found by slug on every request, so kept in memory for a moment."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit
from uuid import UUID

from limen.kernel.clock import Clock
from limen.kernel.errors import NotFound
from limen.kernel.events import EventType, Recorder
from limen.kernel.ids import TenantId
from limen.kernel.request import Cause
from limen.kernel.tenant import DEFAULT_SLUG, Tenant
from limen.kernel.uow import Database, Tx
from limen.kernel.vault import Vault
from limen.tenancy.api import TENANT_ACTIVATED, TENANT_CREATED, TENANT_SUSPENDED
from limen.tenancy.model import issuer_of
from limen.tenancy.ports import Installer, Status, TenantRow, TenantRows
from limen.tenancy.usecases.change_status import change_status
from limen.tenancy.usecases.change_tenant import change_tenant_settings, rename_tenant
from limen.tenancy.usecases.create_tenant import create_tenant

_FRESH = 2.0  # seconds that a tenant is kept; suspension elsewhere is noticed within them
_KEPT = 1024


class Directory:
    def __init__(
        self,
        rows: TenantRows,
        database: Database,
        vault: Vault,
        recorder: Recorder,
        clock: Clock,
        issuer: str,
        installers: Sequence[Installer],
    ) -> None:
        self._rows, self._database, self._vault = rows, database, vault
        self._recorder, self._clock = recorder, clock
        self._issuer, self._installers = issuer, installers
        self._kept: dict[str, tuple[float, Tenant]] = {}
        self._default: TenantId | None = None

    async def by_slug(self, slug: str) -> Tenant | None:
        now = self._clock.monotonic()
        kept = self._kept.get(slug)
        if kept is not None and now - kept[0] < _FRESH:
            return kept[1]
        tenant = await self._read(slug, kept[1] if kept else None)
        if tenant is None:
            self._kept.pop(slug, None)
            return None
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        self._kept[slug] = (now, tenant)
        return tenant

    async def _read(self, slug: str, known: Tenant | None) -> Tenant | None:
        """Return the active tenant; of one that is known, only the version is read."""
        store = self._database.system
        if known is not None:
            version = await self._rows.active_version(store, slug)
            if version == known.version:
                return known
        row = await self._rows.by_slug(store, slug)
        return self.view(row) if row is not None and row.status == "active" else None

    async def get(self, tenant: TenantId) -> Tenant:
        return self.view(await self.row(tenant))

    def is_default(self, tenant: TenantId) -> bool:
        return tenant == self._default

    async def ids(self) -> list[TenantId]:
        return await self._rows.ids(self._database.system)

    async def create(self, slug: str, name: str, cause: Cause) -> Tenant:
        tenant = await create_tenant(
            slug, name, cause, database=self._database, vault=self._vault, rows=self._rows,
            installers=self._installers, recorder=self._recorder, view=self.view,
        )  # fmt: skip
        await self._tell_default(TENANT_CREATED, tenant, cause)
        return tenant

    async def change_settings(
        self, tenant: TenantId, settings: Mapping[str, object], cause: Cause
    ) -> Tenant:
        return self.view(await self.settle(tenant, settings, cause, version=None))

    async def row(self, tenant: UUID) -> TenantRow:
        """Raises NotFound."""
        row = await self._rows.find(self._database.system, tenant)
        if row is None:
            raise NotFound(f"tenant {tenant}")
        return row

    async def page(self, *, slug: str | None, after: UUID | None, limit: int) -> list[TenantRow]:
        return await self._rows.page(self._database.system, slug=slug, after=after, limit=limit)

    async def settle(
        self,
        tenant: TenantId,
        change: Mapping[str, object],
        cause: Cause,
        *,
        version: int | None,
    ) -> TenantRow:
        """Change settings.  Raises Invalid, NotFound, Stale."""
        row = await change_tenant_settings(
            tenant, change, cause, version=version,
            database=self._database, rows=self._rows, recorder=self._recorder,
        )  # fmt: skip
        self._kept.pop(row.slug, None)
        return row

    async def rename(
        self, tenant: TenantId, name: str, cause: Cause, *, version: int | None
    ) -> TenantRow:
        """Raises Invalid, NotFound, Stale."""
        row = await rename_tenant(
            tenant, name, cause, version=version,
            database=self._database, rows=self._rows, recorder=self._recorder,
        )  # fmt: skip
        self._kept.pop(row.slug, None)
        return row

    async def change_status(self, tenant: TenantId, to: Status, cause: Cause) -> TenantRow:
        """Raises NotFound, DefaultTenant."""
        row, changed = await change_status(
            tenant, to, cause, database=self._database, rows=self._rows, recorder=self._recorder
        )
        self._kept.pop(row.slug, None)
        if changed:
            kind = TENANT_SUSPENDED if to == "suspended" else TENANT_ACTIVATED
            await self._tell_default(kind, self.view(row), cause)
        return row

    def view(self, row: TenantRow) -> Tenant:
        if row.slug == DEFAULT_SLUG:
            self._default = row.id
        issuer = issuer_of(row.slug, self._issuer)
        path = urlsplit(issuer).path
        return Tenant(row.id, row.slug, row.name, issuer, path, row.version, row.settings)

    async def _tell_default(self, kind: EventType, tenant: Tenant, cause: Cause) -> None:
        """Record in the default tenant's log too what its administrators did to another."""
        default = await self.by_slug(DEFAULT_SLUG)
        if default is None or tenant.is_default:
            return
        fact = kind(("tenant", tenant.id), data={"slug": tenant.slug})

        async def work(tx: Tx) -> None:
            await self._recorder.record(tx, fact, cause)

        await self._database.tenant(default.id).transact(work)
