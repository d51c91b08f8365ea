"""Requests that nobody decided end, their clients are told, and later they leave the store."""

from datetime import timedelta

from limen.kernel.uow import Database, Tx
from limen.oauth.ciba.notices import Notices
from limen.oauth.ciba.ports import RequestStore
from limen.platform.http.faces import Task
from limen.tenancy.api import Tenants


def expiry(database: Database, tenants: Tenants, requests: RequestStore, notices: Notices) -> Task:
    """End what nobody decided, one tenant and one small chunk at a time (CIBA Core §10.2, §12)."""

    async def end_chunk(tx: Tx) -> bool:
        ended = await requests.expire(tx)
        for one in ended:
            await notices.tell(tx, one.id, one.client_id, one.mode)
        return bool(ended)

    async def run() -> None:
        for tenant in await tenants.ids():
            store = database.tenant(tenant)
            while await store.transact(end_chunk):
                pass

    return Task("oauth.ciba.expiry", timedelta(seconds=15), run)


def retention(database: Database, tenants: Tenants, requests: RequestStore) -> Task:
    """Delete what ended days ago (A135)."""

    async def delete_chunk(tx: Tx) -> bool:
        return await requests.purge(tx) > 0

    async def run() -> None:
        for tenant in await tenants.ids():
            store = database.tenant(tenant)
            while await store.transact(delete_chunk):
                pass

    return Task("oauth.ciba.retention", timedelta(minutes=15), run)
