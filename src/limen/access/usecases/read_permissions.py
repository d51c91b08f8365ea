"""What somebody may do now."""

from limen.access.api import Subject
from limen.access.model import spell_out
from limen.access.ports import Ports, Snapshots
from limen.kernel.ids import RoleId
from limen.kernel.uow import Reader, Tx

_ROLES_OF = "roles_of"
_ROLE = "role"


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
