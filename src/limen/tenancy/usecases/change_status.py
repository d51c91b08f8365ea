"""Suspend a tenant, or let it answer again."""

from limen.kernel.errors import NotFound
from limen.kernel.events import Recorder
from limen.kernel.ids import TenantId
from limen.kernel.request import Cause
from limen.kernel.tenant import DEFAULT_SLUG
from limen.kernel.uow import Database, Tx
from limen.tenancy.api import TENANT_ACTIVATED, TENANT_SUSPENDED
from limen.tenancy.errors import DefaultTenant
from limen.tenancy.ports import Status, TenantRow, TenantRows


async def change_status(
    tenant: TenantId,
    to: Status,
    cause: Cause,
    *,
    database: Database,
    rows: TenantRows,
    recorder: Recorder,
) -> tuple[TenantRow, bool]:
    """Return the tenant, and whether this changed it.  Raises NotFound, DefaultTenant."""

    async def work(tx: Tx) -> tuple[TenantRow, bool]:
        current = await rows.find(tx, tenant)
        if current is None:
            raise NotFound(f"tenant {tenant}")
        if current.slug == DEFAULT_SLUG:
            raise DefaultTenant
        changed = await rows.change_status(tx, tenant, to)
        if changed is None:
            return current, False
        kind = TENANT_SUSPENDED if to == "suspended" else TENANT_ACTIVATED
        await recorder.record(tx, kind(("tenant", tenant), data={"slug": changed.slug}), cause)
        return changed, True

    return await database.tenant(tenant).transact(work)
