"""The first administrator of a tenant: one person, complete or not there at all."""

from dataclasses import dataclass

from limen.access.api import ADMINISTRATOR, Roles, Subject
from limen.authentication.api import Authentication
from limen.identity.api import NewUser, Users
from limen.kernel.errors import Refusal
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx


@dataclass(frozen=True, slots=True)
class FirstAdministrator:
    """Creates an active, verified person who holds the administrator role."""

    users: Users
    roles: Roles
    authentication: Authentication

    async def __call__(
        self, store: Store, tenant: Tenant, *, email: str, password: str, cause: Cause
    ) -> None:
        """Raises Invalid, UniqueConflict, having created nothing.

        The password is hashed outside the unit, so it is set before the role is given: what
        fails on the way leaves an account that may do nothing, and that is deleted.
        """
        new = NewUser(email=email, email_verified=True, status="active")
        user = await store.transact(lambda tx: self.users.create(tx, new, cause))
        try:
            await self.authentication.set_password(
                store, tenant, user=user.id, password=password, cause=cause
            )
        except Refusal:
            await store.transact(lambda tx: self.users.change_status(tx, user.id, "deleted", cause))
            raise

        async def give_role(tx: Tx) -> None:
            subject = Subject("user", user.id)
            await self.roles.assign(tx, subject, ADMINISTRATOR, cause, by=None)

        await store.transact(give_role)
