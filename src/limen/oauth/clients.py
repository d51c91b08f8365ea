"""`api.Clients` and `api.Grants` over the store."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from limen.kernel.errors import NotFound
from limen.kernel.events import Recorder
from limen.kernel.ids import GrantId, UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Reader, Tx
from limen.kernel.vault import Vault
from limen.oauth.api import Client, ConnectedApp, NewClient
from limen.oauth.directory import Directory
from limen.oauth.model.registration import GrantTypes
from limen.oauth.policy.api import Policies
from limen.oauth.ports import ApiStore, ClientStore, GrantStore
from limen.oauth.usecases.change_client import change_client
from limen.oauth.usecases.register_client import register_client
from limen.oauth.usecases.revoke_grant import revoke_grant
from limen.sessions.api import RefreshTokens


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredClients:
    clients: ClientStore
    apis: ApiStore
    directory: Directory
    policies: Policies
    recorder: Recorder
    installed: GrantTypes
    vault: Vault

    async def find(self, reader: Reader, client_id: str) -> Client | None:
        record = await self.directory.client(reader, client_id)
        return record.client if record else None

    async def get(self, reader: Reader, client: UUID) -> Client:
        """Raises NotFound."""
        found = await self.clients.find(reader, client)
        if found is None:
            raise NotFound("no such client")
        return found

    async def create(self, tx: Tx, new: NewClient, cause: Cause) -> tuple[Client, str | None]:
        """Return the client and its secret, shown once (None for public ones).  Raises Invalid."""
        return await register_client(
            tx,
            new,
            cause,
            clients=self.clients,
            apis=self.apis,
            directory=self.directory,
            policies=self.policies,
            recorder=self.recorder,
            installed=self.installed,
            vault=self.vault,
        )

    async def change(
        self, tx: Tx, client: UUID, changes: Mapping[str, object], cause: Cause
    ) -> Client:
        """Replace the fields named; the whole is checked.  Raises NotFound, Invalid, Stale."""
        return await change_client(
            tx,
            client,
            changes,
            cause,
            version=None,
            clients=self.clients,
            apis=self.apis,
            directory=self.directory,
            policies=self.policies,
            recorder=self.recorder,
            installed=self.installed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredGrants:
    grants: GrantStore
    directory: Directory
    refresh_tokens: RefreshTokens
    recorder: Recorder

    async def list_of(self, reader: Reader, user: UserId) -> list[ConnectedApp]:
        catalog = await self.directory.catalog(reader)
        found: list[ConnectedApp] = []
        for grant in await self.grants.list_of(reader, user):
            record = await self.directory.client_by_id(reader, grant.client_id)
            if record is not None:
                scopes = tuple(catalog.text_of(s, grant.resources) for s in grant.scope)
                found.append(
                    ConnectedApp(
                        GrantId(grant.id), record.client, scopes, grant.created_at, grant.used_at
                    )
                )
        return found

    async def person_of(self, reader: Reader, grant: UUID) -> UUID | None:
        """Return whose live grant this is."""
        found = await self.grants.get(reader, grant)
        return None if found is None else found.user_id

    async def revoke(self, tx: Tx, grant: GrantId, cause: Cause, *, user: UserId) -> bool:
        """Withdraw consent with every token that rests on it."""
        return await revoke_grant(
            tx,
            grant,
            cause,
            user=user,
            reason="revoked_by_user",
            grants=self.grants,
            refresh_tokens=self.refresh_tokens,
            recorder=self.recorder,
        )
