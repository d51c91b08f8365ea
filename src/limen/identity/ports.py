"""What identity needs from its store and from its neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from limen.identity.api import EmailAddress, Profile, Status, User
from limen.identity.model.usernames import Username
from limen.kernel.ids import EmailId, UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Reader, Tx


class AdministratorGuard(Protocol):
    """Knows who administers a tenant; `app.py` wires access, which stands above identity."""

    async def check_not_last_administrator(self, tx: Tx, user: UUID) -> None:
        """Raise LastAdministrator if no other active person holds the administrator role."""
        ...


class Departures(Protocol):
    """Ends what outlives an account that stops being active; sessions stand above identity."""

    async def left(self, tx: Tx, user: UserId, cause: Cause, *, reason: str) -> None:
        """Run in the unit of the change, so that a later activation brings nothing back."""
        ...


@dataclass(frozen=True, slots=True)
class Hold:
    """Which account has an address, and how firmly."""

    user: UserId
    email: EmailId
    status: Status
    is_verified: bool
    is_primary: bool

    @property
    def gives_way(self) -> bool:
        """Say whether somebody who proves the address may take it: nobody proved it here."""
        return not self.is_verified and (self.status == "pending" or not self.is_primary)


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Which accounts a list shows; `field` names the one text filter that is set."""

    statuses: Sequence[Status]
    field: Literal["email", "username", "q"] | None = None
    folded: str = ""
    newest_first: bool = False


class UserStore(Protocol):
    """Accounts with their addresses, of the tenant of the reader.  Deleted ones are not found."""

    async def find(self, reader: Reader, user: UserId) -> User | None: ...

    async def find_by_username(self, reader: Reader, folded: str) -> User | None: ...

    async def find_by_email(self, reader: Reader, folded: str) -> User | None: ...

    async def list_(
        self, reader: Reader, which: UserFilter, *, after: UUID | None, limit: int
    ) -> list[User]:
        """Return the next accounts in the order of their ids, or against it."""
        ...

    async def add(
        self, tx: Tx, user: UserId, username: Username | None, *, status: Status, profile: Profile
    ) -> None:
        """Raises UniqueConflict for a taken username."""
        ...

    async def change(
        self, tx: Tx, user: UserId, version: int, *, username: Username | None, profile: Profile
    ) -> bool:
        """Replace both.  False if `version` is not the current one.  Raises UniqueConflict."""
        ...

    async def move(
        self, tx: Tx, user: UserId, was: Status, to: Status, *, reason: str | None
    ) -> bool:
        """Change the status.  False if it is no longer `was`; `deleted` frees the username."""
        ...

    async def note_sign_in(self, tx: Tx, user: UserId) -> None: ...

    async def touch(self, tx: Tx, user: UserId) -> None:
        """Count a change of the account's addresses as a change of the account."""
        ...

    async def holder(self, reader: Reader, folded: str) -> Hold | None: ...

    async def add_email(
        self,
        tx: Tx,
        user: UserId,
        email: EmailId,
        address: EmailAddress,
        *,
        verified: bool,
        primary: bool,
    ) -> None:
        """Raises UniqueConflict for a taken address."""
        ...

    async def verify_email(self, tx: Tx, email: EmailId) -> bool:
        """Mark it verified.  True for exactly one caller."""
        ...

    async def remove_email(self, tx: Tx, email: EmailId) -> bool: ...

    async def remove_emails(self, tx: Tx, user: UserId) -> None: ...

    async def make_primary(self, tx: Tx, user: UserId, email: EmailId) -> None: ...
