"""Applications that registered themselves and that nobody uses leave the store (A135)."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from limen.kernel.errors import NotFound
from limen.kernel.request import SYSTEM, Cause
from limen.kernel.uow import Database, Store, Tx
from limen.oauth.clients import StoredClients
from limen.oauth.policy.api import Policies
from limen.oauth.registration.api import CLIENT_EXPIRED
from limen.oauth.registration.ports import InitialTokenStore, RegistrationStore
from limen.oauth.usecases.change_client import delete_client
from limen.platform.http.faces import Task
from limen.sessions.api import RefreshTokens
from limen.tenancy.api import Tenants

_CHUNK = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Deletes unused clients one by one, so that each one's tokens end with a fact."""

    database: Database
    tenants: Tenants
    clients: StoredClients
    registrations: RegistrationStore
    tokens: InitialTokenStore
    policies: Policies
    refresh_tokens: RefreshTokens

    def task(self) -> Task:
        return Task("oauth.registration.retention", timedelta(hours=1), self.run)

    async def run(self) -> None:
        for tenant in await self.tenants.ids():
            await self.expire(self.database.tenant(tenant))

    async def expire(self, store: Store) -> int:
        """Delete what is unused now; return how many."""
        await store.transact(self.tokens.purge)
        policy = await self.policies.of(store)
        lifetime = timedelta(seconds=policy.registration_unused_lifetime)
        expired = 0
        while found := await self.registrations.unused(store, lifetime, _CHUNK):
            expired += sum([await self._delete(store, client) for client in found])
        return expired

    async def _delete(self, store: Store, client: UUID) -> bool:
        async def work(tx: Tx) -> None:
            await delete_client(
                tx, client, Cause(SYSTEM), clients=self.clients.clients,
                directory=self.clients.directory, recorder=self.clients.recorder,
                refresh_tokens=self.refresh_tokens,
            )  # fmt: skip
            fact = CLIENT_EXPIRED(("client", client))
            await self.clients.recorder.record(tx, fact, Cause(SYSTEM))

        try:
            await store.transact(work)
        except NotFound:
            return False  # it went by itself meanwhile
        return True
