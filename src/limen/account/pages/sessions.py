"""Where a person is signed in, and ending it (R105)."""

from dataclasses import dataclass

from limen.account.model import device_name
from limen.account.person import Shell, session_of, user_of
from limen.kernel.clock import Clock
from limen.kernel.errors import NotFound
from limen.kernel.ids import SessionId, UserId, parse_id
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.platform.http.messages import Request, Response
from limen.sessions.api import Session, Sessions

_SECTION = "sessions"


@dataclass(frozen=True, slots=True)
class Shown:
    session: Session
    device: str | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class SessionPages:
    shell: Shell
    sessions: Sessions
    clock: Clock

    async def show(self, request: Request) -> Response:
        """GET /account/sessions"""
        user = await self.shell.person(request)
        current = session_of(request)
        live = await self.sessions.list_of(request.store, user.id)
        shown = [Shown(one, device_name(one.user_agent), one.id == current) for one in live]
        return self.shell.page(request, _SECTION, user, sessions=shown, now=self.clock.now())

    async def end(self, request: Request) -> Response:
        """POST /account/sessions/end.  Raises NotFound for another person's session."""
        named = parse_id((await request.form()).get("session", ""))
        if named is None:
            raise NotFound("session is no id")
        person, cause = user_of(request), request.cause
        await request.store.transact(lambda tx: self._end(tx, person, SessionId(named), cause))
        return self.shell.back(request, _SECTION, "ended")

    async def end_others(self, request: Request) -> Response:
        """POST /account/sessions/end-others"""
        person, cause, current = user_of(request), request.cause, session_of(request)

        async def work(tx: Tx) -> None:
            await self.sessions.end_all(tx, person, cause, reason="ended_by_user", keep=current)

        await request.store.transact(work)
        return self.shell.back(request, _SECTION, "others_ended")

    async def _end(self, tx: Tx, person: UserId, session: SessionId, cause: Cause) -> None:
        found = await self.sessions.find(tx, session)
        if found is None or found.user != person:
            raise NotFound("no such session of this person")
        await self.sessions.end(tx, session, cause, reason="ended_by_user")
