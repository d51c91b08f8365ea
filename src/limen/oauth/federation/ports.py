"""What federation needs of the store."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

import msgspec

from limen.kernel.uow import Reader, Tx

How = Literal["automatic", "explicit"]


class SubordinateSettings(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What we say of a subordinate: its keys, and what we let it be (§3.1.3)."""

    jwks: dict[str, Any]
    name: str = ""
    entity_types: tuple[str, ...] = ()
    intermediate: bool = False
    metadata: dict[str, dict[str, Any]] | None = None
    metadata_policy: dict[str, dict[str, dict[str, Any]]] | None = None
    constraints: dict[str, Any] | None = None


class Subordinate(msgspec.Struct, frozen=True):
    id: UUID
    entity_id: str
    enabled: bool
    settings: SubordinateSettings
    created_at: datetime
    updated_at: datetime
    version: int


class SubordinateStore(Protocol):
    async def find(self, reader: Reader, subordinate: UUID) -> Subordinate | None: ...
    async def find_by_name(self, reader: Reader, entity: str) -> Subordinate | None: ...
    async def list_after(
        self, reader: Reader, after: UUID | None, count: int
    ) -> list[Subordinate]: ...
    async def add(
        self, tx: Tx, subordinate: UUID, entity: str, settings: SubordinateSettings
    ) -> None:
        """Raises UniqueConflict for an entity that is one already."""
        ...

    async def change(
        self, tx: Tx, subordinate: UUID, *, version: int, enabled: bool,
        settings: SubordinateSettings,
    ) -> bool: ...  # fmt: skip
    async def remove(self, tx: Tx, subordinate: UUID) -> bool: ...


class Trusted(msgspec.Struct, frozen=True):
    """The chain by which a client is one; it counts until `expires_at`."""

    client_id: UUID
    how: How
    anchor: str
    superiors: list[str]
    renew_at: datetime
    expires_at: datetime


class TrustedStore(Protocol):
    async def find(self, reader: Reader, client: UUID) -> Trusted | None: ...
    async def put(self, tx: Tx, trusted: Trusted) -> None:
        """Add it, or replace the one there is."""
        ...

    async def end(self, tx: Tx, client: UUID, now: datetime) -> bool:
        """Let it count no more.  True for exactly one caller."""
        ...


Metadata = Mapping[str, Mapping[str, Any]]
