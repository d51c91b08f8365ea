"""Signing out: asked first, unless the application proves that the person asked it."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from limen.kernel.ids import SessionId
from limen.kernel.uow import Tx
from limen.oauth.api import Logout, LogoutRequest
from limen.platform.http.cookies import clear_session_cookie, clear_state, session_cookie
from limen.platform.http.messages import Request, Response, redirect
from limen.platform.templating import Pages
from limen.portal.errors import PageGone
from limen.sessions.api import Browser, Sessions

_PARAMETERS = (
    "id_token_hint", "logout_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales",
)  # fmt: skip
_NOTHING = LogoutRequest(client=None, confirmed=False, session=None, continue_to=None)


@dataclass(frozen=True, slots=True)
class SignOutPages:
    pages: Pages
    logout: Logout
    sessions: Sessions

    async def show(self, request: Request) -> Response:
        """GET /signout, also with the parameters of RP-Initiated Logout 1.0 §2."""
        parameters = _parameters(request.query)
        asked = await self._prepare(request, parameters)
        browser = await self._browser(request)
        if browser is None:
            return self._done(request, asked)
        if asked.confirmed:
            return await self._end(request, asked, browser)
        return self.pages.render(
            request,
            "portal/signout.html",
            csp=_policy(asked),
            languages=asked.languages,
            parameters=parameters,
            account=asked.account,
            application=asked.client.name if asked.client else None,
        )

    async def submit(self, request: Request) -> Response:
        """POST /signout"""
        asked = await self._prepare(request, _parameters(await request.form()))
        browser = await self._browser(request)
        if browser is None:
            return self._done(request, asked)
        return await self._end(request, asked, browser)

    async def done(self, request: Request) -> Response:
        """GET /signout/done: who was told, and whom this browser asks.  Raises PageGone."""
        handle = request.query.get("left", "")
        left = await self.logout.left(
            request.store, request.tenant, handle, binding=request.binding
        )
        if left is None:
            raise PageGone("no such page in this browser")
        return self.pages.render(
            request,
            "portal/signed-out.html",
            csp={"frame-src": left.frame_sources} if left.frames else None,
            languages=left.languages,
            left=left,
            again=f"{request.tenant.path}/signout/done?{urlencode({'left': handle})}",
        )

    async def _prepare(self, request: Request, parameters: Mapping[str, str]) -> LogoutRequest:
        if not parameters:
            return _NOTHING
        return await self.logout.prepare(request.store, request.tenant, parameters, request.browser)

    async def _browser(self, request: Request) -> Browser | None:
        if request.browser is None:
            return None
        browser = await self.sessions.browser(request.store, request.browser)
        return browser if browser and browser.current else None

    async def _end(self, request: Request, asked: LogoutRequest, browser: Browser) -> Response:
        session = _chosen(asked, browser)
        cause = request.cause

        async def work(tx: Tx) -> bool:
            return await self.sessions.end(tx, session, cause, reason="signed_out")

        await request.store.transact(work)
        page = await self.logout.after(
            request.store, request.tenant, session, asked, binding=request.binding
        )
        response = self._done(request, asked) if page is None else redirect(page)
        response.cookies += clear_state(request)
        left = [one for one in browser.sessions if one.id != session]
        if left:
            remembered = left[0].remembered
            response.cookies.append(session_cookie(request, browser.secret, remember=remembered))
        else:
            response.cookies.append(clear_session_cookie(request))
        return response

    def _done(self, request: Request, asked: LogoutRequest) -> Response:
        if asked.continue_to is not None:
            return redirect(asked.continue_to)
        return redirect(f"{request.tenant.path}/signin?done=signed_out&other=1")


def _parameters(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: fields[name] for name in _PARAMETERS if name in fields}


def _chosen(asked: LogoutRequest, browser: Browser) -> SessionId:
    """Return the session that the application means, if it is this browser's, or the current."""
    for session in browser.sessions:
        if session.id == asked.session:
            return session.id
    return browser.sessions[0].id


def _policy(asked: LogoutRequest) -> Mapping[str, str] | None:
    """Return the page policy: the form's answer may lead to the application."""
    if asked.continue_to is None:
        return None
    scheme, _, rest = asked.continue_to.partition("://")
    origin = f"{scheme}://{rest.split('/', 1)[0]}" if rest else f"{scheme.split(':', 1)[0]}:"
    return {"form-action": f"'self' {origin}"}
