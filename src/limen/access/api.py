"""What other contexts may use of access.  Scopes and permissions are opaque names here."""

from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from limen.kernel.events import EventType
from limen.kernel.ids import RoleId
from limen.kernel.request import Cause
from limen.kernel.uow import Reader, Tx

SubjectKind = Literal["user", "client"]

ROLE_CREATED = EventType("role.created", "A role was created.")
ROLE_CHANGED = EventType("role.changed", "A role's name or permissions were changed.")
ROLE_DELETED = EventType("role.deleted", "A role was deleted.")
ROLE_ASSIGNED = EventType("role.assigned", "A role was given to a person or a client.")
ROLE_UNASSIGNED = EventType("role.unassigned", "A role was taken from a person or a client.")

ADMINISTRATOR = "administrator"
"""The built-in role that holds every permission of its tenant."""
AUDITOR = "auditor"
"""The built-in role that reads everything and changes nothing."""


@dataclass(frozen=True, slots=True)
class Subject:
    kind: SubjectKind
    id: UUID


@dataclass(frozen=True, slots=True)
class Role:
    id: RoleId
    name: str
    says: str
    permissions: frozenset[str]
    built_in: bool
    version: int


class Roles(Protocol):
    async def permissions_of(self, reader: Reader, subject: Subject) -> frozenset[str]:
        """Return what the subject's roles hold now, wildcards spelled out."""
        ...

    async def assign(
        self, tx: Tx, subject: Subject, role: str, cause: Cause, *, by: frozenset[str] | None
    ) -> None:
        """Give a role.  `by` is what the giver holds (None: the system, the local CLI).

        Raises NotFound for an unknown role, Forbidden where the role holds more (R120).
        """
        ...

    async def unassign(
        self, tx: Tx, subject: Subject, role: str, cause: Cause, *, by: frozenset[str] | None
    ) -> None:
        """Take it.  Raises LastAdministrator, Forbidden."""
        ...

    async def roles_of(self, reader: Reader, subject: Subject) -> list[Role]: ...

    async def check_not_last_administrator(self, tx: Tx, user: UUID) -> None:
        """Raise LastAdministrator if no other active person holds the administrator role."""
        ...

    async def install(self, tx: Tx) -> None:
        """Create the built-in roles of a new tenant."""
        ...
