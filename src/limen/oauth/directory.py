"""Clients, APIs and origins as this process remembers them; a change is seen at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from limen.kernel.uow import Reader, Tx
from limen.oauth.api import Client
from limen.oauth.model.client_ids import id_of, is_url
from limen.oauth.model.resources import Catalog
from limen.oauth.ports import ActiveSecret, ApiStore, ClientStore, Snapshots
from limen.platform.crypto import digest_of, equal


@dataclass(frozen=True, slots=True)
class ClientRecord:
    """A client with the digests of its secrets."""

    client: Client
    secrets: tuple[ActiveSecret, ...]

    def accepts(self, secret: str, now: datetime) -> bool:
        """True for a secret that works now; every digest is compared (A131)."""
        digest = digest_of(secret)
        found = False
        for known in self.secrets:
            live = known.expires_at is None or now < known.expires_at
            found |= equal(known.digest, digest) and live
        return found


class Documents(Protocol):
    """Clients that are known by the URL of their metadata document."""

    async def renew(self, reader: Reader, url: str) -> bool:
        """Let the stored client be what its document says now; False where it must not be used."""
        ...


class Directory:
    """Reads through snapshots (storage.md); what changes must call `forget_…` in its unit."""

    def __init__(self, clients: ClientStore, apis: ApiStore, snapshots: Snapshots) -> None:
        self._clients, self._apis, self._snapshots = clients, apis, snapshots
        self.documents: Documents | None = None

    async def client(self, reader: Reader, client_id: str) -> ClientRecord | None:
        """Return the client that is called exactly so, enabled or not.

        Outside a unit a URL may be looked up where it leads: its document says what it is.
        """
        found = id_of(client_id)
        if found is None:
            return None
        if is_url(client_id) and not await self._renewed(reader, client_id):
            return None
        record = await self.client_by_id(reader, found)
        return record if record is not None and record.client.client_id == client_id else None

    async def _renewed(self, reader: Reader, url: str) -> bool:
        return self.documents is not None and await self.documents.renew(reader, url)

    async def client_by_id(self, reader: Reader, client: UUID) -> ClientRecord | None:
        async def load() -> ClientRecord | None:
            return await self._read(reader, client)

        return await self._snapshots.get(reader, "client", str(client), load)

    async def _read(self, reader: Reader, client: UUID) -> ClientRecord | None:
        found = await self._clients.find(reader, client)
        if found is None:
            return None
        return ClientRecord(found, tuple(await self._clients.secrets(reader, client)))

    async def catalog(self, reader: Reader) -> Catalog:
        """Return the APIs of the tenant."""

        async def load() -> Catalog:
            return Catalog(await self._apis.all(reader))

        return await self._snapshots.get(reader, "apis", "all", load)

    async def origin_allowed(self, reader: Reader, origin: str) -> bool:
        """True if an enabled client of the tenant registered `origin` for CORS."""

        async def load() -> frozenset[str]:
            return frozenset(await self._clients.origins(reader))

        return origin in await self._snapshots.get(reader, "origins", "all", load)

    async def forget_client(self, tx: Tx, client: UUID) -> None:
        await self._snapshots.invalidate(tx, "client", str(client))
        await self._snapshots.invalidate(tx, "origins", "all")

    async def forget_apis(self, tx: Tx) -> None:
        await self._snapshots.invalidate(tx, "apis", "all")
