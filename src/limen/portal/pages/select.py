"""The account switcher: several people, or several accounts of one, in one browser."""

from dataclasses import dataclass

from limen.identity.api import User, Users
from limen.kernel.errors import NotFound
from limen.kernel.ids import SessionId, parse_id
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.oauth.api import Interactions, Logout, LogoutRequest
from limen.platform.http.cookies import clear_session_cookie, clear_state, session_cookie
from limen.platform.http.messages import Request, Response, redirect
from limen.platform.templating import Pages
from limen.portal.destinations import Destinations
from limen.portal.pages.signin import POPUP
from limen.sessions.api import Browser, Session, Sessions


@dataclass(frozen=True, slots=True)
class Account:
    session: Session
    user: User


@dataclass(frozen=True, slots=True)
class SelectPages:
    pages: Pages
    destinations: Destinations
    interactions: Interactions
    users: Users
    sessions: Sessions
    logout: Logout

    async def show(self, request: Request) -> Response:
        """GET /signin/select"""
        to = await self.destinations.read(request, request.query)
        accounts = await self._accounts(request)
        if not accounts:
            return redirect(to.link("/signin"))
        response = self.pages.render(
            request,
            "portal/select.html",
            csp=to.policy,
            languages=to.languages,
            to=to,
            accounts=accounts,
        )
        response.headers.append(POPUP)
        return response

    async def choose(self, request: Request) -> Response:
        """POST /signin/select.  Raises NotFound for a session that is not this browser's."""
        fields = await request.form()
        to = await self.destinations.read(request, fields)
        session = _session_id(fields.get("session"))
        secret = request.browser or ""
        chosen = await request.store.transact(lambda tx: self.sessions.choose(tx, secret, session))
        if chosen is None:
            raise NotFound("no such session in this browser")
        address = to.address
        if to.flow is not None:
            address = await self.interactions.choose_account(
                request.store,
                request.tenant,
                to.flow,
                session=session,
                browser=chosen.secret,
                binding=request.binding,
            )
        return redirect(address, cookies=[_cookie_of(request, chosen)])

    async def sign_out(self, request: Request) -> Response:
        """POST /signin/select/sign-out: end one of the browser's sessions."""
        fields = await request.form()
        to = await self.destinations.read(request, fields)
        session = _session_id(fields.get("session"))
        secret, cause = request.browser or "", request.cause
        left = await request.store.transact(lambda tx: self._end(tx, secret, session, cause))
        cookies = [_cookie_of(request, left)] if left else [clear_session_cookie(request)]
        back = to.link("/signin/select")
        asked = LogoutRequest(client=None, confirmed=True, session=session, continue_to=back)
        page = await self.logout.after(
            request.store, request.tenant, session, asked, binding=request.binding
        )
        return redirect(page or back, cookies=cookies + clear_state(request))

    async def _end(self, tx: Tx, secret: str, session: SessionId, cause: Cause) -> Browser | None:
        browser = await self.sessions.browser(tx, secret)
        if browser is None or all(one.id != session for one in browser.sessions):
            raise NotFound("no such session in this browser")
        await self.sessions.end(tx, session, cause, reason="signed_out")
        left = tuple(one for one in browser.sessions if one.id != session)
        return Browser(browser.secret, left) if left else None

    async def _accounts(self, request: Request) -> list[Account]:
        if request.browser is None:
            return []
        browser = await self.sessions.browser(request.store, request.browser)
        accounts: list[Account] = []
        for session in browser.sessions if browser else ():
            user = await self.users.find(request.store, session.user)
            if user is not None and user.status == "active":
                accounts.append(Account(session, user))
        return accounts


def _session_id(text: str | None) -> SessionId:
    found = parse_id(text or "")
    if found is None:
        raise NotFound("session is no id")
    return SessionId(found)


def _cookie_of(request: Request, browser: Browser) -> str:
    current = browser.current
    return session_cookie(request, browser.secret, remember=bool(current and current.remembered))
