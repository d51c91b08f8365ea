"""Make a tenant that can be used at once."""

from collections.abc import Callable, Sequence

from limen.kernel.events import Recorder
from limen.kernel.ids import TenantId, new_id
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Database, Tx
from limen.kernel.vault import Vault
from limen.tenancy.api import TENANT_CREATED
from limen.tenancy.model import check_name, check_slug
from limen.tenancy.ports import Installer, TenantRow, TenantRows


async def create_tenant(
    slug: str,
    name: str,
    cause: Cause,
    *,
    database: Database,
    vault: Vault,
    installers: Sequence[Installer],
    rows: TenantRows,
    recorder: Recorder,
    view: Callable[[TenantRow], Tenant],
) -> Tenant:
    """Create it with its key and everything that the installers give, in one unit of its own.

    Raises Invalid, and UniqueConflict for a taken slug.
    """
    slug, name = check_slug(slug), check_name(name)

    async def work(tx: Tx) -> Tenant:
        tenant = view(await rows.add(tx, slug, name))
        await vault.create(tx)
        for installer in installers:
            await installer.install(tx, tenant)
        fact = TENANT_CREATED(("tenant", tenant.id), data={"slug": slug})
        await recorder.record(tx, fact, cause)
        return tenant

    return await database.tenant(TenantId(new_id())).transact(work)
