"""The person behind a browser's cookie, asked by the guard of every page that needs one."""

from limen.kernel.routes import Caller
from limen.kernel.standing import Gate, Principal
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Database, Reader
from limen.sessions.api import Sessions


class BrowserAuthenticator:
    """kernel.authn.SessionAuthenticator."""

    def __init__(self, sessions: Sessions, gate: Gate, database: Database) -> None:
        self._sessions, self._gate, self._database = sessions, gate, database

    async def authenticate(self, reader: Reader, tenant: Tenant, secret: str) -> Caller | None:
        """Return the browser's chosen person while both session and person may act."""
        browser = await self._sessions.browser(reader, secret)
        session = browser and browser.current
        if session is None:
            return None
        principal = Principal(user=session.user, session=session.id)
        if await self._gate.refusal(reader, principal) is not None:
            return None
        await self._sessions.touch(self._database.tenant(tenant.id), session)
        return Caller(
            tenant=tenant.id,
            user=session.user,
            session=session.id,
            authenticated_at=int(session.authenticated_at.timestamp()),
            acr=session.acr,
        )
