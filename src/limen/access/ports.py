"""What access needs of a store."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from limen.access.api import Promotion, Role, Subject
from limen.kernel.events import Recorder
from limen.kernel.ids import RoleId, TenantId
from limen.kernel.standing import Gate
from limen.kernel.uow import Reader, Tx

T = TypeVar("T")


class Snapshots(Protocol):
    """Values kept in memory for as long as nothing invalidated them (platform.cache)."""

    async def get(self, reader: Reader, kind: str, key: str, load: Callable[[], Awaitable[T]]) -> T:
        """Return what is kept, or what `load` returns; inside a unit always the latter."""
        ...

    async def invalidate(self, tx: Tx, kind: str, key: str) -> None:
        """Drop it everywhere once this unit is durable."""
        ...


class RoleRows(Protocol):
    """Roles and who has them."""

    async def find(self, reader: Reader, role: UUID) -> Role | None: ...

    async def find_by_name(self, reader: Reader, name: str) -> Role | None: ...

    async def hold(self, tx: Tx, role: UUID) -> Role | None:
        """Return it, and let nobody else change or hold it before this unit has ended."""
        ...

    async def page(
        self, reader: Reader, *, name: str | None, after: UUID | None, limit: int
    ) -> list[Role]:
        """Return up to `limit` roles by id, from after `after`."""
        ...

    async def add(
        self, tx: Tx, role: RoleId, name: str, says: str, permissions: Iterable[str], *,
        built_in: bool,
    ) -> None:  # fmt: skip
        """Raises UniqueConflict for a taken name."""
        ...

    async def change(
        self, tx: Tx, role: UUID, version: int, name: str, says: str, permissions: Iterable[str]
    ) -> bool:
        """Replace all if `version` is the current one.  Raises UniqueConflict."""
        ...

    async def remove(self, tx: Tx, role: UUID) -> bool:
        """Delete it with its assignments."""
        ...

    async def assign(self, tx: Tx, role: UUID, subject: Subject) -> bool:
        """False if the subject had it."""
        ...

    async def unassign(self, tx: Tx, role: UUID, subject: Subject) -> bool:
        """False if the subject did not have it."""
        ...

    async def of_subject(self, reader: Reader, subject: Subject) -> list[Role]: ...

    async def role_ids_of(self, reader: Reader, subject: Subject) -> list[RoleId]: ...

    async def subjects(
        self, reader: Reader, role: UUID, *, after: UUID | None, limit: int
    ) -> list[tuple[UUID, Subject]]:
        """Return up to `limit` assignments with their ids, in the order of these."""
        ...

    async def people_with(self, reader: Reader, role: UUID) -> list[UUID]:
        """Return the people who have the role."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything that the use cases need; `is_default` knows the default tenant.

    `promotions` may grow until the first request.
    """

    rows: RoleRows
    snapshots: Snapshots
    gate: Gate
    recorder: Recorder
    is_default: Callable[[TenantId], bool]
    promotions: Sequence[Promotion] = ()
