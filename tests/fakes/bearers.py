"""Access tokens that a test hands out, for `platform.http.guard.BearerAuthenticator`."""

from typing import Any
from uuid import UUID

from limen.access.api import PERMISSIONS
from limen.kernel.errors import Unauthenticated
from limen.kernel.routes import Caller
from limen.kernel.tenant import Tenant


class KnownBearers:
    """The token is the caller's id; each holds every scope unless narrowed."""

    def __init__(self) -> None:
        self._callers: dict[tuple[UUID, str], Caller] = {}

    def admit(
        self,
        tenant: Tenant,
        *,
        user: UUID | None = None,
        client: UUID | None = None,
        session: UUID | None = None,
        scopes: frozenset[str] = frozenset({*PERMISSIONS, "account:read", "account:write"}),
    ) -> str:
        caller = Caller(
            tenant=tenant.id, user=user, client=client, session=session, scopes=scopes,
            authenticated_at=None,
        )  # fmt: skip
        token = str(user or client)
        self._callers[tenant.id, token] = caller
        return token

    async def authenticate(self, request: Any) -> Caller:
        scheme, _, token = (request.header(b"authorization") or "").partition(" ")
        caller = self._callers.get((request.tenant.id, token))
        if caller is None or scheme.lower() != "bearer":
            raise Unauthenticated("token not accepted")
        return caller
