"""`api.Policies` over the store, remembered until it changes."""

from limen.kernel.uow import Reader
from limen.oauth.options import OAuthPolicy
from limen.oauth.policy.ports import PolicyStore
from limen.oauth.policy.usecases.change_policy import SNAPSHOT
from limen.oauth.ports import Snapshots


class StoredPolicies:
    def __init__(self, store: PolicyStore, snapshots: Snapshots) -> None:
        self.store, self.snapshots = store, snapshots

    async def of(self, reader: Reader) -> OAuthPolicy:
        """Return the policy of the reader's tenant; the defaults where none is stored."""

        async def load() -> OAuthPolicy:
            return (await self.store.find(reader)).policy

        return await self.snapshots.get(reader, SNAPSHOT, "", load)
