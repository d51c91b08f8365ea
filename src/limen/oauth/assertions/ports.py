"""What the use cases need of the store."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from limen.kernel.uow import Reader, Tx
from limen.oauth.assertions.model.issuers import IssuerSettings, TrustedIssuer


class SubjectLink(msgspec.Struct, frozen=True):
    """The person for whom an issuer's `sub` speaks (R063)."""

    id: UUID
    issuer_id: UUID
    subject: str
    user_id: UUID
    created_at: datetime


class IssuerStore(Protocol):
    async def find(self, reader: Reader, issuer: UUID) -> TrustedIssuer | None: ...
    async def find_by_name(self, reader: Reader, issuer: str) -> TrustedIssuer | None:
        """Return the one whose tokens have exactly this `iss`."""
        ...

    async def list_after(
        self, reader: Reader, after: UUID | None, count: int
    ) -> list[TrustedIssuer]: ...
    async def add(self, tx: Tx, issuer: UUID, name: str, settings: IssuerSettings) -> None:
        """Raises UniqueConflict for an issuer that is there already."""
        ...

    async def change(
        self, tx: Tx, issuer: UUID, version: int, settings: IssuerSettings
    ) -> bool: ...
    async def enable(self, tx: Tx, issuer: UUID, *, enabled: bool) -> bool:
        """Return False where it was so already."""
        ...

    async def remove(self, tx: Tx, issuer: UUID) -> bool: ...


class SubjectStore(Protocol):
    async def find(self, reader: Reader, issuer: UUID, subject: str) -> SubjectLink | None: ...
    async def get(self, reader: Reader, issuer: UUID, link: UUID) -> SubjectLink | None: ...
    async def list_after(
        self, reader: Reader, issuer: UUID, after: UUID | None, count: int
    ) -> list[SubjectLink]: ...
    async def speaks_for(self, reader: Reader, issuer: UUID, user: UUID) -> bool:
        """Return whether any subject of the issuer is linked to the person."""
        ...

    async def add(self, tx: Tx, link: UUID, issuer: UUID, subject: str, user: UUID) -> None:
        """Raises UniqueConflict for a subject that speaks for somebody already."""
        ...

    async def remove(self, tx: Tx, issuer: UUID, link: UUID) -> bool: ...
