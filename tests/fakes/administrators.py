"""Knows who the last administrator is, without access."""

from uuid import UUID

from limen.kernel.errors import Conflict
from limen.kernel.uow import Tx


class LastAdministrator(Conflict):
    code = "last_administrator"


class Administrators:
    """`AdministratorGuard` with one name in it."""

    def __init__(self) -> None:
        self.last: UUID | None = None

    async def check_not_last_administrator(self, tx: Tx, user: UUID) -> None:
        if user == self.last:
            raise LastAdministrator
