"""What the use cases of oauth need from its store."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
from uuid import UUID

import msgspec

from limen.kernel.uow import Reader, Tx
from limen.oauth.api import Client, NewClient
from limen.oauth.model.interaction import Allowed, Pending
from limen.oauth.model.registration import Configuration
from limen.oauth.model.request import AuthorizationRequest
from limen.oauth.model.resources import Api, ApiSettings

T = TypeVar("T")


class Snapshots(Protocol):
    """Values kept in memory for as long as nothing invalidated them (platform.cache)."""

    async def get(self, reader: Reader, kind: str, key: str, load: Callable[[], Awaitable[T]]) -> T:
        """Return what is kept, or what `load` returns; inside a unit always the latter."""
        ...

    async def invalidate(self, tx: Tx, kind: str, key: str) -> None:
        """Drop it everywhere once this unit is durable."""
        ...


class ActiveSecret(msgspec.Struct, frozen=True):
    """The 32-byte SHA-256 of a client secret; the current one has no end.

    `sealed` is the secret itself, where the client signs with it (client_secret_jwt).
    """

    digest: bytes
    expires_at: datetime | None
    id: UUID
    sealed: bytes | None = None


class GrantRecord(msgspec.Struct, frozen=True):
    id: UUID
    user_id: UUID
    client_id: UUID
    scope: list[str]
    resources: list[str]
    created_at: datetime
    used_at: datetime | None


class ClientStore(Protocol):
    async def find(self, reader: Reader, client: UUID) -> Client | None: ...
    async def list_after(
        self, reader: Reader, after: UUID | None, count: int, *, newest_first: bool = False
    ) -> list[Client]: ...
    async def add(
        self, tx: Tx, client: UUID, new: NewClient, configuration: Configuration
    ) -> None: ...
    async def change(
        self, tx: Tx, client: UUID, *, version: int, name: str, configuration: Configuration
    ) -> bool:
        """Change it if `version` is still its version."""
        ...

    async def enable(self, tx: Tx, client: UUID, *, enabled: bool) -> bool:
        """Return False where it was so already."""
        ...

    async def remove(self, tx: Tx, client: UUID) -> bool: ...
    async def origins(self, reader: Reader) -> list[str]:
        """Return the origins that enabled clients registered for CORS."""
        ...

    async def secrets(self, reader: Reader, client: UUID) -> list[ActiveSecret]: ...
    async def add_secret(
        self, tx: Tx, client: UUID, secret: UUID, digest: bytes, sealed: bytes | None
    ) -> None: ...
    async def forget_sealed(self, tx: Tx, client: UUID) -> None:
        """Keep the digests of its secrets alone."""
        ...

    async def retire_secrets(self, tx: Tx, client: UUID, *, keep: UUID, overlap: timedelta) -> None:
        """Let the current secret work for `overlap` beside `keep`; older ones end now."""
        ...


class ApiStore(Protocol):
    async def find(self, reader: Reader, api: UUID) -> Api | None: ...
    async def all(self, reader: Reader) -> list[Api]: ...
    async def list_after(self, reader: Reader, after: UUID | None, count: int) -> list[Api]: ...
    async def add(self, tx: Tx, api: UUID, identifier: str, chosen: ApiSettings) -> None: ...
    async def change(self, tx: Tx, api: UUID, version: int, chosen: ApiSettings) -> bool: ...
    async def remove(self, tx: Tx, api: UUID) -> bool: ...


class GrantStore(Protocol):
    async def find(self, reader: Reader, user: UUID, client: UUID) -> Allowed | None: ...
    async def get(self, reader: Reader, grant: UUID) -> GrantRecord | None:
        """Return a live grant by its id."""
        ...

    async def list_of(self, reader: Reader, user: UUID) -> list[GrantRecord]: ...
    async def list_after(
        self, reader: Reader, filters: Mapping[str, UUID], after: UUID | None, count: int
    ) -> list[GrantRecord]:
        """Return live grants by id; `filters` are of user and client."""
        ...

    async def add(self, tx: Tx, grant: UUID, user: UUID, client: UUID, allowed: Allowed) -> None:
        """Raises UniqueConflict where another unit was first: read again and extend."""
        ...

    async def hold(self, tx: Tx, user: UUID, client: UUID) -> Allowed | None:
        """Return the live grant, and let nobody else change it before this unit has ended."""
        ...

    async def extend(self, tx: Tx, allowed: Allowed) -> None:
        """Let a held grant allow what `allowed` says."""
        ...

    async def mark(self, tx: Tx, grant: UUID, *, challenge: bytes, nonce: bytes | None) -> None:
        """Note that it was used now, and with what; both are digests."""
        ...

    async def revoke(self, tx: Tx, grant: UUID, user: UUID, reason: str) -> UUID | None:
        """Revoke it for exactly one caller, and return its client."""
        ...


class InteractionStore(Protocol):
    async def find(
        self, reader: Reader, *, handle: bytes, binding: bytes
    ) -> tuple[Pending, AuthorizationRequest] | None: ...
    async def add(
        self,
        tx: Tx,
        interaction: UUID,
        request: AuthorizationRequest,
        *,
        handle: bytes,
        binding: bytes,
        lifetime: timedelta,
    ) -> None: ...
    async def choose(self, tx: Tx, interaction: UUID, session: UUID) -> bool: ...
    async def approve(self, tx: Tx, interaction: UUID, user: UUID, *, once: bool) -> bool: ...
    async def deny(self, tx: Tx, interaction: UUID) -> bool: ...
    async def end(self, tx: Tx, interaction: UUID) -> bool:
        """End it.  True for exactly one caller."""
        ...

    async def purge(self, tx: Tx) -> int:
        """Delete some that expired; return how many."""
        ...


class RevokedTokens(Protocol):
    async def add(self, tx: Tx, token: UUID, expires_at: datetime) -> bool:
        """Deny the access token with this jti.  False where it was denied already."""
        ...

    async def purge(self, tx: Tx) -> int:
        """Delete some whose tokens have expired; return how many."""
        ...


class OpaqueTokens(Protocol):
    """What opaque access tokens say, encoded, under the 32-byte SHA-256 of each."""

    async def add(
        self, tx: Tx, token: UUID, digest: bytes, claims: bytes, expires_at: datetime
    ) -> None: ...
    async def find(self, reader: Reader, digest: bytes) -> bytes | None: ...
    async def purge(self, tx: Tx) -> int:
        """Delete some that have expired; return how many."""
        ...
