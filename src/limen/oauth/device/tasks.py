"""Device codes that ended, and counts whose window did, leave the store (A135)."""

from datetime import timedelta

from limen.kernel.uow import Database, Tx
from limen.oauth.decoupled.counts import Counts
from limen.oauth.device.ports import DeviceStore
from limen.platform.http.faces import Task
from limen.tenancy.api import Tenants


def retention(database: Database, tenants: Tenants, devices: DeviceStore, counts: Counts) -> Task:
    """Delete what is over, one tenant and one small chunk at a time."""

    async def delete_chunk(tx: Tx) -> bool:
        return await devices.purge(tx) + await counts.purge(tx) > 0

    async def run() -> None:
        for tenant in await tenants.ids():
            store = database.tenant(tenant)
            while await store.transact(delete_chunk):
                pass

    return Task("oauth.device.retention", timedelta(minutes=15), run)
