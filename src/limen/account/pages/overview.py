"""The first page of an account: how it stands."""

from dataclasses import dataclass

from limen.account.person import Shell, user_of
from limen.kernel.clock import Clock
from limen.oauth.api import Grants
from limen.platform.http.messages import Request, Response
from limen.sessions.api import Sessions


@dataclass(frozen=True, slots=True)
class OverviewPages:
    shell: Shell
    sessions: Sessions
    grants: Grants
    clock: Clock

    async def show(self, request: Request) -> Response:
        """GET /account"""
        user = await self.shell.person(request)
        sessions = await self.sessions.list_of(request.store, user_of(request))
        applications = await self.grants.list_of(request.store, user_of(request))
        return self.shell.page(
            request,
            "overview",
            user,
            sessions=len(sessions),
            applications=len(applications),
            now=self.clock.now(),
        )
