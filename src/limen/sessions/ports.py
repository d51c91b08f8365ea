"""What sessions needs of a store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from limen.kernel.ids import FamilyId, SessionId, UserId
from limen.kernel.uow import Reader, Tx
from limen.sessions.api import NewFamily, Session
from limen.sessions.model import FamilyState, RefreshToken


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """A session as an authentication makes it; the limits count from now."""

    user: UserId
    browser_digest: bytes
    amr: tuple[str, ...]
    acr: str
    ip: str | None
    user_agent: str | None
    remembered: bool
    lifetime: timedelta
    idle: timedelta


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a family lasts, at most until `cap`."""

    absolute: timedelta
    idle: timedelta
    cap: datetime | None = None


@dataclass(frozen=True, slots=True)
class Revoked:
    family: FamilyId
    user: UserId
    client: UUID


class Managing(Protocol):
    """Knows who administers."""

    async def __call__(self, reader: Reader, user: UserId) -> bool:
        """Return whether the person holds a permission of the management API now."""
        ...


class SessionRows(Protocol):
    """Browser sessions; but for `find`, only live ones exist here."""

    async def of_browser(self, reader: Reader, digest: bytes) -> list[Session]:
        """Return a browser's sessions, the one chosen last first."""
        ...

    async def of_user(self, reader: Reader, user: UUID) -> list[Session]:
        """Return a person's sessions, the one active last first."""
        ...

    async def page(
        self, reader: Reader, *, user: UUID | None, after: UUID | None, limit: int
    ) -> list[Session]:
        """Return up to `limit` sessions by id, from after `after`."""
        ...

    async def find(self, reader: Reader, session: UUID) -> Session | None:
        """Return a session, over or not."""
        ...

    async def find_live(self, reader: Reader, session: UUID) -> Session | None: ...

    async def move(self, tx: Tx, old: bytes, new: bytes) -> list[Session]:
        """Give a browser's sessions a new browser digest and return them; the old one is dead."""
        ...

    async def add(self, tx: Tx, session: SessionId, new: NewSession) -> None: ...

    async def renew(self, tx: Tx, session: SessionId, new: NewSession) -> None:
        """Begin its limits again, with the new proof."""
        ...

    async def choose(self, tx: Tx, session: UUID, digest: bytes) -> bool:
        """Put it first in its browser.  False if it is not a live one of this browser."""
        ...

    async def shorten(self, tx: Tx, user: UUID, *, lifetime: timedelta, idle: timedelta) -> None:
        """Let none of the person's sessions last longer than this from now on."""
        ...

    async def touch(self, tx: Tx, session: UUID, every: timedelta) -> None:
        """Move the idle limit, unless that was done less than `every` ago."""
        ...

    async def end(self, tx: Tx, session: UUID, reason: str) -> Session | None: ...

    async def end_of_user(
        self, tx: Tx, user: UUID, *, keep: UUID | None, reason: str
    ) -> list[Session]: ...

    async def end_beyond(
        self, tx: Tx, user: UUID, limit: int, *, keep: UUID, reason: str
    ) -> list[Session]:
        """End those of a person beyond `limit`, the one idle longest first, never `keep`."""
        ...

    async def hold(self, tx: Tx, session: UUID) -> Session | None:
        """Return it, and let nobody end it before this unit has ended."""
        ...

    async def purge(self, tx: Tx, older_than: timedelta, limit: int) -> int:
        """Delete up to `limit` that were over `older_than` ago."""
        ...


class FamilyRows(Protocol):
    """Refresh-token families, one row each."""

    async def find(self, reader: Reader, family: UUID) -> FamilyState | None:
        """Return it, live or not."""
        ...

    async def of_user(self, reader: Reader, user: UUID) -> list[FamilyState]:
        """Return the live ones, the one used last first."""
        ...

    async def page(
        self, reader: Reader, filters: Mapping[str, UUID], *, after: UUID | None, limit: int
    ) -> list[FamilyState]:
        """Return up to `limit` live families by id, from after `after`.

        `filters` are of user, client, session and grant.
        """
        ...

    async def add(
        self, tx: Tx, first: RefreshToken, new: NewFamily, lifetime: Lifetime
    ) -> FamilyState: ...

    async def rotate(
        self,
        tx: Tx,
        current: RefreshToken,
        successor: RefreshToken,
        *,
        client: UUID,
        key_binding: str | None,
    ) -> FamilyState | None:
        """Exchange the current generation for its successor, in one statement.

        Of many callers with one token exactly one gets the family's new state; None means
        that the family is over, or that token, client or key are not its current ones.
        """
        ...

    async def renew(
        self, tx: Tx, current: RefreshToken, *, client: UUID, key_binding: str | None
    ) -> FamilyState | None:
        """Move the idle limit as `rotate` does, and let the one generation stay."""
        ...

    async def revoke(self, tx: Tx, family: UUID, reason: str) -> list[Revoked]: ...

    async def revoke_session(self, tx: Tx, session: UUID, reason: str) -> list[Revoked]:
        """Revoke those that live no longer than the session."""
        ...

    async def revoke_user(
        self, tx: Tx, user: UUID, *, keep: UUID | None, reason: str
    ) -> list[Revoked]:
        """Revoke all of a person's, but those of the session `keep`."""
        ...

    async def revoke_grant(self, tx: Tx, grant: UUID, reason: str) -> list[Revoked]: ...

    async def revoke_client(self, tx: Tx, client: UUID, reason: str) -> int:
        """Revoke all of a client's, which may be very many, and return how many they were."""
        ...

    async def purge(self, tx: Tx, older_than: timedelta, limit: int) -> int: ...
