"""What somebody may do now."""

from uuid import UUID

from limen.access.api import Subject
from limen.access.model import spell_out
from limen.access.ports import Ports, Snapshots
from limen.kernel.ids import RoleId
from limen.kernel.uow import Reader, Tx

_ROLES_OF = "roles_of"
_ROLE = "role"
_CHUNK = 200


async def read_permissions(
    reader: Reader,
    subject: Subject,
    *,
    ports: Ports,
) -> frozenset[str]:
    """Return all that the subject's roles hold, spelled out; inside a unit from its own rows."""

    async def load_ids() -> tuple[RoleId, ...]:
        return tuple(await ports.rows.role_ids_of(reader, subject))

    held: set[str] = set()
    for role in await ports.snapshots.get(reader, _ROLES_OF, _key(subject), load_ids):
        held |= await _held_by(reader, role, ports)
    return spell_out(frozenset(held), is_default_tenant=ports.is_default(reader.tenant))


async def people_beyond(reader: Reader, by: frozenset[str], *, ports: Ports) -> list[UUID]:
    """Return the people with a role that holds what `by` does not; for rare questions."""
    found: dict[UUID, None] = {}
    is_default, after = ports.is_default(reader.tenant), None
    while page := await ports.rows.page(reader, name=None, after=after, limit=_CHUNK):
        for role in page:
            if not spell_out(role.permissions, is_default_tenant=is_default) <= by:
                found |= dict.fromkeys(await ports.rows.people_with(reader, role.id))
        after = page[-1].id
    return list(found)


async def _held_by(reader: Reader, role: RoleId, ports: Ports) -> frozenset[str]:
    async def load() -> frozenset[str]:
        found = await ports.rows.find(reader, role)
        return found.permissions if found else frozenset()

    return await ports.snapshots.get(reader, _ROLE, str(role), load)


async def forget_subject(tx: Tx, subject: Subject, snapshots: Snapshots) -> None:
    """Make every process read the subject's roles again once this unit is durable (R116)."""
    await snapshots.invalidate(tx, _ROLES_OF, _key(subject))


async def forget_role(tx: Tx, role: RoleId, snapshots: Snapshots) -> None:
    """Make every process read the role again once this unit is durable (R116)."""
    await snapshots.invalidate(tx, _ROLE, str(role))


def _key(subject: Subject) -> str:
    return f"{subject.kind}:{subject.id}"
