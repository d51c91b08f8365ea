"""Applications that a person allowed to use their account (R012)."""

from dataclasses import dataclass

from limen.account.person import Shell, user_of
from limen.kernel.errors import NotFound
from limen.kernel.ids import GrantId, parse_id
from limen.kernel.uow import Tx
from limen.oauth.api import Grants
from limen.platform.http.messages import Request, Response

_SECTION = "applications"


@dataclass(frozen=True, slots=True)
class ApplicationPages:
    shell: Shell
    grants: Grants

    async def show(self, request: Request) -> Response:
        """GET /account/applications"""
        user = await self.shell.person(request)
        connected = await self.grants.list_of(request.store, user.id)
        return self.shell.page(request, _SECTION, user, connected=connected)

    async def revoke(self, request: Request) -> Response:
        """POST /account/applications/revoke.  Raises NotFound for another person's grant."""
        named = parse_id((await request.form()).get("grant", ""))
        if named is None:
            raise NotFound("grant is no id")
        person, cause = user_of(request), request.cause

        async def work(tx: Tx) -> bool:
            return await self.grants.revoke(tx, GrantId(named), cause, user=person)

        if not await request.store.transact(work):
            raise NotFound("no such grant of this person")
        return self.shell.back(request, _SECTION, "revoked")
