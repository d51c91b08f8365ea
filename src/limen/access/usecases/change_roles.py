"""Create, change and delete roles; nobody makes, changes or deletes more than he holds (R120)."""

from collections.abc import Collection
from uuid import UUID

from limen.access.api import ROLE_CHANGED, ROLE_CREATED, ROLE_DELETED, Role
from limen.access.errors import BuiltIn
from limen.access.model import (
    BUILT_IN,
    check_permissions,
    check_role_name,
    check_within,
    spell_out,
)
from limen.access.ports import Ports, RoleRows
from limen.access.usecases.assign_role import promote
from limen.access.usecases.read_permissions import forget_role
from limen.kernel.errors import NotFound, Stale
from limen.kernel.ids import RoleId, new_id
from limen.kernel.request import Cause
from limen.kernel.uow import Tx


async def install_roles(tx: Tx, *, ports: Ports) -> None:
    """Create the built-in roles of a new tenant."""
    for role in BUILT_IN:
        await ports.rows.add(
            tx, RoleId(new_id()), role.name, role.says, role.permissions, built_in=True
        )


async def create_role(
    tx: Tx,
    name: str,
    says: str,
    permissions: Collection[str],
    cause: Cause,
    *,
    by: frozenset[str] | None,
    ports: Ports,
) -> Role:
    """Raises Invalid, BeyondOwn, and UniqueConflict for a taken name."""
    given = check_permissions(permissions)
    check_within(spell_out(given, is_default_tenant=ports.is_default(tx.tenant)), by)
    role = Role(RoleId(new_id()), check_role_name(name), says, given, built_in=False, version=1)
    await ports.rows.add(tx, role.id, role.name, says, given, built_in=False)
    data = {"name": role.name, "permissions": sorted(given)}
    await ports.recorder.record(tx, ROLE_CREATED(("role", role.id), data=data), cause)
    return role


async def change_role(
    tx: Tx,
    role: UUID,
    cause: Cause,
    *,
    name: str | None,
    says: str | None,
    permissions: Collection[str] | None,
    version: int | None,
    by: frozenset[str] | None,
    ports: Ports,
) -> Role:
    """Change what is not None.

    Raises Invalid, NotFound, BuiltIn, BeyondOwn, Stale, UniqueConflict.
    """
    held = await _own(tx, role, ports.rows)
    if version not in (None, held.version):
        raise Stale(f"role {role} has version {held.version}, not {version}")
    given = held.permissions if permissions is None else check_permissions(permissions)
    both = spell_out(held.permissions | given, is_default_tenant=ports.is_default(tx.tenant))
    check_within(both, by)
    new_name = held.name if name is None else check_role_name(name)
    new_says = held.says if says is None else says
    if not await ports.rows.change(tx, role, held.version, new_name, new_says, given):
        raise Stale(f"role {role} was changed meanwhile")
    await forget_role(tx, held.id, ports.snapshots)
    if given and not held.permissions:
        await promote(tx, await ports.rows.people_with(tx, role), ports)
    data = {"name": new_name, "added": sorted(given - held.permissions),
            "removed": sorted(held.permissions - given)}  # fmt: skip
    await ports.recorder.record(tx, ROLE_CHANGED(("role", held.id), data=data), cause)
    return Role(held.id, new_name, new_says, given, built_in=False, version=held.version + 1)


async def delete_role(
    tx: Tx,
    role: UUID,
    cause: Cause,
    *,
    by: frozenset[str] | None,
    ports: Ports,
) -> None:
    """Whoever had it has it no more.  Raises NotFound, BuiltIn, BeyondOwn."""
    held = await _own(tx, role, ports.rows)
    check_within(spell_out(held.permissions, is_default_tenant=ports.is_default(tx.tenant)), by)
    await ports.rows.remove(tx, role)
    await forget_role(tx, held.id, ports.snapshots)
    fact = ROLE_DELETED(("role", held.id), data={"name": held.name})
    await ports.recorder.record(tx, fact, cause)


async def _own(tx: Tx, role: UUID, rows: RoleRows) -> Role:
    """Hold a role that is not built in."""
    held = await rows.hold(tx, role)
    if held is None:
        raise NotFound(f"role {role}")
    if held.built_in:
        raise BuiltIn(held.name)
    return held
