"""Rename a tenant, or change its settings."""

from collections.abc import Mapping

from limen.kernel.errors import NotFound, Stale
from limen.kernel.events import Recorder
from limen.kernel.ids import TenantId
from limen.kernel.request import Cause
from limen.kernel.uow import Database, Tx
from limen.tenancy.api import TENANT_CHANGED
from limen.tenancy.model import check_name, merge_settings
from limen.tenancy.ports import TenantRow, TenantRows


async def rename_tenant(
    tenant: TenantId,
    name: str,
    cause: Cause,
    *,
    version: int | None,
    database: Database,
    rows: TenantRows,
    recorder: Recorder,
) -> TenantRow:
    """Raises Invalid, NotFound, Stale."""
    name = check_name(name)

    async def work(tx: Tx) -> TenantRow:
        current = await _current(tx, tenant, version, rows)
        changed = await rows.rename(tx, tenant, current.version, name)
        return await _record(tx, changed, cause, ["name"], recorder)

    return await database.tenant(tenant).transact(work)


async def change_tenant_settings(
    tenant: TenantId,
    change: Mapping[str, object],
    cause: Cause,
    *,
    version: int | None,
    database: Database,
    rows: TenantRows,
    recorder: Recorder,
) -> TenantRow:
    """Merge `change` in; None removes one.  Raises Invalid, NotFound, Stale."""

    async def work(tx: Tx) -> TenantRow:
        current = await _current(tx, tenant, version, rows)
        merged = merge_settings(current.settings, change)
        changed = await rows.change_settings(tx, tenant, current.version, merged)
        return await _record(tx, changed, cause, sorted(change), recorder)

    return await database.tenant(tenant).transact(work)


async def _current(tx: Tx, tenant: TenantId, version: int | None, rows: TenantRows) -> TenantRow:
    current = await rows.find(tx, tenant)
    if current is None:
        raise NotFound(f"tenant {tenant}")
    if version not in (None, current.version):
        raise Stale(f"tenant {tenant} has version {current.version}, not {version}")
    return current


async def _record(
    tx: Tx, changed: TenantRow | None, cause: Cause, fields: list[str], recorder: Recorder
) -> TenantRow:
    if changed is None:
        raise Stale("changed by somebody else meanwhile")
    fact = TENANT_CHANGED(("tenant", changed.id), data={"changed": fields})
    await recorder.record(tx, fact, cause)
    return changed
