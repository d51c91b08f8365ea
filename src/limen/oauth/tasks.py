"""Requests nobody came back to, and kept tokens that expired, leave the store (A135)."""

from datetime import timedelta

from limen.kernel.uow import Database, Tx
from limen.oauth.ports import InteractionStore, OpaqueTokens, RevokedTokens
from limen.platform.http.faces import Task
from limen.tenancy.api import Tenants


def retention(
    database: Database,
    tenants: Tenants,
    interactions: InteractionStore,
    revoked: RevokedTokens,
    opaque: OpaqueTokens,
) -> Task:
    """Delete what is over, one tenant and one small chunk at a time."""

    async def delete_chunk(tx: Tx) -> bool:
        gone = await interactions.purge(tx) + await revoked.purge(tx) + await opaque.purge(tx)
        return gone > 0

    async def run() -> None:
        for tenant in await tenants.ids():
            store = database.tenant(tenant)
            while await store.transact(delete_chunk):
                pass

    return Task("oauth.retention", timedelta(minutes=15), run)
