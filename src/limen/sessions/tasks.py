"""Ended sessions and families leave the store (G11, A135)."""

from datetime import timedelta

from limen.kernel.uow import Database, Tx
from limen.platform.http.faces import Task
from limen.sessions.ports import FamilyRows, SessionRows
from limen.sessions.settings import SessionSettings
from limen.tenancy.api import Tenants

_CHUNK = 200  # what a unit deletes, so that no other waits long


def retention(
    database: Database,
    tenants: Tenants,
    sessions: SessionRows,
    families: FamilyRows,
    settings: SessionSettings,
) -> Task:
    """Delete what was over `settings.retention` ago, one tenant and one chunk at a time."""

    async def delete_chunk(tx: Tx) -> bool:
        gone = await sessions.purge(tx, settings.retention, _CHUNK)
        gone_families = await families.purge(tx, settings.retention, _CHUNK)
        return _CHUNK in (gone, gone_families)

    async def run() -> None:
        for tenant in await tenants.ids():
            store = database.tenant(tenant)
            while await store.transact(delete_chunk):
                pass

    return Task("sessions.retention", timedelta(hours=1), run)
