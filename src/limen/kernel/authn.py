"""What the platform asks of contexts when it guards a route; `app.py` wires the answers."""

from typing import Protocol
from uuid import UUID

from limen.kernel.routes import Caller
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader


class SessionAuthenticator(Protocol):
    async def authenticate(self, reader: Reader, tenant: Tenant, secret: str) -> Caller | None:
        """Return the person signed in with this browser secret, else None."""
        ...


class Authorizer(Protocol):
    async def permissions(self, reader: Reader, caller: Caller) -> frozenset[str]:
        """Return what the caller's roles allow now; `*` and `resource:*` are spelled out."""
        ...

    async def check_may_manage(self, reader: Reader, caller: Caller, user: UUID) -> None:
        """Raise Forbidden if the person holds what the caller does not (R120, A081)."""
        ...
