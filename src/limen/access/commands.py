"""`api.Roles` and the guard's Authorizer: each method hands over to its use case."""

from dataclasses import dataclass
from uuid import UUID

from limen.access.api import Role, Subject
from limen.access.model import check_within
from limen.access.ports import Ports
from limen.access.usecases.assign_role import (
    assign_role,
    check_not_last_administrator,
    unassign_role,
)
from limen.access.usecases.change_roles import install_roles
from limen.access.usecases.read_permissions import people_beyond, read_permissions
from limen.kernel.errors import NotFound
from limen.kernel.request import Cause
from limen.kernel.routes import Caller
from limen.kernel.standing import Principal
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader, Tx


@dataclass(frozen=True, slots=True)
class StoredRoles:
    ports: Ports

    async def permissions_of(self, reader: Reader, subject: Subject) -> frozenset[str]:
        return await read_permissions(reader, subject, ports=self.ports)

    async def permissions(self, reader: Reader, caller: Caller) -> frozenset[str]:
        """kernel.authn.Authorizer: a person's own roles count, also where a client acts for him."""
        if caller.user is not None:
            return await self.permissions_of(reader, Subject("user", caller.user))
        if caller.client is not None:
            return await self.permissions_of(reader, Subject("client", caller.client))
        return frozenset()

    async def check_may_manage(self, reader: Reader, caller: Caller, user: UUID) -> None:
        held = await self.permissions(reader, caller)
        await self.check_not_stronger(reader, Subject("user", user), by=held)

    async def assign(
        self, tx: Tx, subject: Subject, role: str, cause: Cause, *, by: frozenset[str] | None
    ) -> None:
        found = await self._named(tx, role)
        await assign_role(tx, found, subject, cause, by=by, ports=self.ports)

    async def unassign(
        self, tx: Tx, subject: Subject, role: str, cause: Cause, *, by: frozenset[str] | None
    ) -> None:
        found = await self._named(tx, role)
        await unassign_role(tx, found, subject, cause, by=by, ports=self.ports)

    async def roles_of(self, reader: Reader, subject: Subject) -> list[Role]:
        return await self.ports.rows.of_subject(reader, subject)

    async def has_person(self, reader: Reader, role: str) -> bool:
        people = await self.ports.rows.people_with(reader, await self._named(reader, role))
        gate = self.ports.gate
        standings = [await gate.refusal(reader, Principal(user=person)) for person in people]
        return None in standings

    async def check_not_last_administrator(self, tx: Tx, user: UUID) -> None:
        await check_not_last_administrator(tx, user, ports=self.ports)

    async def check_not_stronger(
        self, reader: Reader, subject: Subject, *, by: frozenset[str] | None
    ) -> None:
        check_within(await self.permissions_of(reader, subject), by)

    async def people_beyond(self, reader: Reader, by: frozenset[str]) -> list[UUID]:
        return await people_beyond(reader, by, ports=self.ports)

    async def install(self, tx: Tx, tenant: Tenant) -> None:  # noqa: ARG002 - tenancy's Installer
        await install_roles(tx, ports=self.ports)

    async def _named(self, reader: Reader, name: str) -> UUID:
        role = await self.ports.rows.find_by_name(reader, name)
        if role is None:
            raise NotFound(f"role {name!r}")
        return role.id
