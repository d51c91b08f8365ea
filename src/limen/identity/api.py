"""What other contexts may use of identity."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from limen.kernel.events import EventType
from limen.kernel.ids import EmailId, UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Reader, Tx

Status = Literal["pending", "active", "suspended", "inactive", "deleted"]

USER_CREATED = EventType("user.created", "A person's account was created.")
USER_CHANGED = EventType("user.changed", "A profile was changed.")
USER_ACTIVATED = EventType("user.activated", "An account became active.")
USER_SUSPENDED = EventType("user.suspended", "An account was suspended, with a reason.")
USER_DEACTIVATED = EventType("user.deactivated", "An account became inactive.")
USER_DELETED = EventType("user.deleted", "An account was deleted (softly).")
EMAIL_ADDED = EventType("email.added", "An address was added to an account.")
EMAIL_VERIFIED = EventType("email.verified", "A person proved to own an address.")
EMAIL_REMOVED = EventType("email.removed", "An address was removed from an account.")
EMAIL_CHANGED = EventType("email.changed", "The primary address of an account was changed.")


class Address(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A postal address (OpenID Connect Core §5.1.1)."""

    formatted: str | None = None
    street_address: str | None = None
    locality: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person tells of themselves (the standard claims of OpenID Connect Core §5.1)."""

    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    middle_name: str | None = None
    nickname: str | None = None
    profile: str | None = None
    picture: str | None = None
    website: str | None = None
    gender: str | None = None
    birthdate: str | None = None
    zoneinfo: str | None = None
    locale: str | None = None
    phone_number: str | None = None
    phone_number_verified: bool = False
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """A normalised address: `text` is shown and written to, `folded` is what is compared."""

    text: str
    folded: str


@dataclass(frozen=True, slots=True)
class Email:
    id: EmailId
    address: str
    verified_at: datetime | None
    is_primary: bool


@dataclass(frozen=True, slots=True)
class User:
    """A person's account; `version` counts its changes (optimistic locking)."""

    id: UserId
    username: str | None
    status: Status
    status_reason: str | None
    profile: Profile
    emails: tuple[Email, ...]
    created_at: datetime
    updated_at: datetime
    last_sign_in_at: datetime | None
    version: int

    @property
    def primary_email(self) -> Email | None:
        return next((email for email in self.emails if email.is_primary), None)

    @property
    def display_name(self) -> str:
        email = self.primary_email
        return self.profile.name or self.username or (email.address if email else str(self.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """An account to be: with at least one of `email` and `username`."""

    email: str | None = None
    email_verified: bool = False
    username: str | None = None
    profile: Profile = field(default_factory=Profile)
    status: Status = "pending"


class Users(Protocol):
    """Accounts of the reader's tenant.  What is deleted is never found."""

    def parse_email(self, raw: str) -> EmailAddress:
        """Return the one mailbox that `raw` names, normalised (A057).  Raises Invalid."""
        ...

    def fold(self, identifier: str) -> str:
        """Return the form under which an identifier is compared, whether it is valid or not."""
        ...

    async def find(self, reader: Reader, user: UserId) -> User | None: ...

    async def get(self, reader: Reader, user: UserId) -> User:
        """Raises NotFound."""
        ...

    async def find_by_identifier(self, reader: Reader, identifier: str) -> User | None:
        """Find by username or any e-mail address, case-folded; an invalid one finds nobody."""
        ...

    async def find_by_email(self, reader: Reader, address: str) -> User | None: ...

    async def create(self, tx: Tx, new: NewUser, cause: Cause) -> User:
        """Raises Invalid for a bad address or username, UniqueConflict for a taken one."""
        ...

    async def change_profile(
        self, tx: Tx, user: UserId, profile: Profile, cause: Cause, *, version: int | None = None
    ) -> User:
        """Replace the profile.  Raises Stale if `version` is given and is not the current."""
        ...

    async def change_status(
        self, tx: Tx, user: UserId, to: Status, cause: Cause, *, reason: str | None = None
    ) -> User:
        """Move along the life cycle.  Raises IllegalTransition, LastAdministrator."""
        ...

    async def add_email(
        self, tx: Tx, user: UserId, address: str, cause: Cause, *, verified: bool
    ) -> Email: ...

    async def verify_email(self, tx: Tx, user: UserId, address: str, cause: Cause) -> bool:
        """Mark the stored address verified, and activate a pending account.

        An unproven hold of another, pending account on the address gives way; a proven one
        does not: then False is returned and nothing changed.
        """
        ...

    async def remove_email(self, tx: Tx, user: UserId, email: EmailId, cause: Cause) -> None:
        """Raises NotFound; Conflict for the primary address."""
        ...

    async def make_primary(self, tx: Tx, user: UserId, email: EmailId, cause: Cause) -> None:
        """Raises NotFound; Conflict for an unverified address."""
        ...

    async def note_sign_in(self, tx: Tx, user: UserId) -> None:
        """Set the time of the last sign-in, to the store's clock."""
        ...
