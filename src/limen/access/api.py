"""What other contexts may use of access.  Scopes and permissions are opaque names here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol
from uuid import UUID

from limen.kernel.events import EventType
from limen.kernel.ids import RoleId
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader, Tx

SubjectKind = Literal["user", "client"]

ROLE_CREATED = EventType("role.created", "A role was created.")
ROLE_CHANGED = EventType("role.changed", "A role's name or permissions were changed.")
ROLE_DELETED = EventType("role.deleted", "A role was deleted.")
ROLE_ASSIGNED = EventType("role.assigned", "A role was given to a person or a client.")
ROLE_UNASSIGNED = EventType("role.unassigned", "A role was taken from a person or a client.")

PERMISSIONS: Final[Mapping[str, str]] = {
    "users:read": "See people's accounts, profiles and addresses.",
    "users:write": "Create, change, suspend and delete people's accounts.",
    "sessions:read": "See who is signed in, where and since when.",
    "sessions:write": "End people's sessions.",
    "roles:read": "See roles, what they hold and who has them.",
    "roles:write": "Create, change, give and take roles, up to what one holds.",
    "clients:read": "See applications and their configuration, without secrets.",
    "clients:write": "Register, change, disable and delete applications.",
    "apis:read": "See the registered APIs and their scopes.",
    "apis:write": "Register, change and delete APIs and their scopes.",
    "grants:read": "See what people have allowed applications.",
    "grants:write": "Withdraw what people have allowed applications.",
    "keys:read": "See signing keys, their age and their state.",
    "keys:write": "Revoke signing keys, and with them all that they signed.",
    "keys:rotate": "Make a new signing key take over.",
    "audit:read": "Read the log of facts.",
    "audit:write": "Change how long and where to facts are kept.",
    "audit:export": "Take the log of facts out, with its proof.",
    "tenants:read": "See all tenants of this installation; for the default tenant only.",
    "tenants:write": "Create, change and suspend tenants; for the default tenant only.",
    "settings:read": "See the settings of this tenant.",
    "settings:write": "Change the settings of this tenant.",
    "tokens:read": "See live refresh-token families.",
    "tokens:write": "Revoke tokens and refresh-token families.",
    "issuers:read": "See whose tokens are believed besides our own, and how far.",
    "issuers:write": "Decide whose tokens are believed besides our own, and how far.",
    "signals:read": "See who hears of security events, and whose are listened to.",
    "signals:write": "Decide whose security events are listened to, and what they do.",
}
"""Every permission of the management API, with what it allows in words."""

ADMINISTRATOR = "administrator"
"""The built-in role that holds every permission of its tenant."""
AUDITOR = "auditor"
"""The built-in role that reads everything and changes nothing."""
USER_MANAGER = "user_manager"
"""The built-in role that manages people and their sessions."""


@dataclass(frozen=True, slots=True)
class Subject:
    kind: SubjectKind
    id: UUID


@dataclass(frozen=True, slots=True)
class Role:
    """`permissions` are as given, wildcards not spelled out."""

    id: RoleId
    name: str
    says: str
    permissions: frozenset[str]
    built_in: bool
    version: int


class Promotion(Protocol):
    """Is told, in the same unit, of a person who holds management permissions from now on."""

    async def __call__(self, tx: Tx, user: UUID) -> None: ...


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

    async def has_person(self, reader: Reader, role: str) -> bool:
        """Return whether anybody who may act has the role.  Raises NotFound for an unknown one."""
        ...

    async def check_not_last_administrator(self, tx: Tx, user: UUID) -> None:
        """Raise LastAdministrator if no other active person holds the administrator role."""
        ...

    async def check_not_stronger(
        self, reader: Reader, subject: Subject, *, by: frozenset[str] | None
    ) -> None:
        """Raise Forbidden if the subject holds what `by` does not (A081)."""
        ...

    async def people_beyond(self, reader: Reader, by: frozenset[str]) -> list[UUID]:
        """Return the people with a role that holds what `by` does not (A081)."""
        ...

    async def install(self, tx: Tx, tenant: Tenant) -> None:
        """Create the built-in roles of a new tenant."""
        ...
