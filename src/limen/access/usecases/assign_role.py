"""Give a role to a person or a client, or take it."""

from collections.abc import Iterable
from uuid import UUID

from limen.access.api import ADMINISTRATOR, ROLE_ASSIGNED, ROLE_UNASSIGNED, Role, Subject
from limen.access.errors import LastAdministrator
from limen.access.model import check_within, spell_out
from limen.access.ports import Ports, RoleRows
from limen.access.usecases.read_permissions import forget_subject
from limen.kernel.errors import NotFound
from limen.kernel.events import EventType, Fact
from limen.kernel.ids import UserId
from limen.kernel.request import Cause
from limen.kernel.standing import Gate, Principal
from limen.kernel.uow import Reader, Tx

_ABSENT = ("_unknown", "_deleted")


async def assign_role(
    tx: Tx,
    role: UUID,
    subject: Subject,
    cause: Cause,
    *,
    by: frozenset[str] | None,
    ports: Ports,
) -> bool:
    """Return whether the subject did not have it before.

    The role is held while it is compared with what the giver holds, so that nobody makes it
    stronger meanwhile (A081).  Raises NotFound, BeyondOwn.
    """
    held = await _hold(tx, role, ports.rows)
    check_within(spell_out(held.permissions, is_default_tenant=ports.is_default(tx.tenant)), by)
    await check_exists(tx, subject, ports.gate)
    if not await ports.rows.assign(tx, role, subject):
        return False
    await forget_subject(tx, subject, ports.snapshots)
    if subject.kind == "user" and held.permissions:
        await promote(tx, (subject.id,), ports)
    await ports.recorder.record(tx, _fact(ROLE_ASSIGNED, held, subject), cause)
    return True


async def unassign_role(
    tx: Tx,
    role: UUID,
    subject: Subject,
    cause: Cause,
    *,
    by: frozenset[str] | None,
    ports: Ports,
) -> bool:
    """Return whether the subject had it.  Raises NotFound, BeyondOwn, LastAdministrator."""
    held = await _hold(tx, role, ports.rows)
    check_within(spell_out(held.permissions, is_default_tenant=ports.is_default(tx.tenant)), by)
    if held.name == ADMINISTRATOR and subject.kind == "user":
        await _check_another(tx, held, subject.id, ports)
    if not await ports.rows.unassign(tx, role, subject):
        return False
    await forget_subject(tx, subject, ports.snapshots)
    await ports.recorder.record(tx, _fact(ROLE_UNASSIGNED, held, subject), cause)
    return True


async def promote(tx: Tx, people: Iterable[UUID], ports: Ports) -> None:
    """Tell whoever must know that these people administer from now on."""
    for person in people:
        for promotion in ports.promotions:
            await promotion(tx, person)


async def check_not_last_administrator(tx: Tx, user: UUID, *, ports: Ports) -> None:
    """Raise LastAdministrator if `user` is one and no other active person is.

    The role is held until the unit ends: two administrators who suspend or demote each other
    at once come one after the other, and the second is refused.
    """
    role = await ports.rows.find_by_name(tx, ADMINISTRATOR)
    if role is not None:
        await _check_another(tx, await _hold(tx, role.id, ports.rows), user, ports)


async def _check_another(tx: Tx, role: Role, user: UUID, ports: Ports) -> None:
    people = await ports.rows.people_with(tx, role.id)
    if user not in people:
        return
    for other in people:
        if other != user and await ports.gate.refusal(tx, Principal(user=other)) is None:
            return
    raise LastAdministrator(f"user {user}")


async def _hold(tx: Tx, role: UUID, rows: RoleRows) -> Role:
    held = await rows.hold(tx, role)
    if held is None:
        raise NotFound(f"role {role}")
    return held


async def check_exists(reader: Reader, subject: Subject, gate: Gate) -> None:
    """Raise NotFound for somebody who is not (or no longer) in this tenant: absent = refuse."""
    is_user = subject.kind == "user"
    principal = Principal(user=subject.id) if is_user else Principal(client=subject.id)
    refusal = await gate.refusal(reader, principal)
    if refusal is not None and refusal.endswith(_ABSENT):
        raise NotFound(f"{subject.kind} {subject.id}: {refusal}")


def _fact(kind: EventType, role: Role, subject: Subject) -> Fact:
    data = {"role": role.name, "subject_kind": subject.kind, "subject": str(subject.id)}
    person = UserId(subject.id) if subject.kind == "user" else None
    return kind(("role", role.id), data=data, person=person)
