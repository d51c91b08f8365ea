"""GET and POST /oauth2/logout (OpenID Connect RP-Initiated Logout 1.0 §2)."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from limen.kernel.ids import SessionId
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.oauth.api import LogoutRequest
from limen.oauth.errors import InvalidRequest, LogoutRefused
from limen.oauth.logout import RpLogout
from limen.oauth.parameters import parse_parameters
from limen.platform.http.cookies import clear_session_cookie, clear_state
from limen.platform.http.messages import Request, Response, redirect
from limen.sessions.api import Sessions

_NAMES: Final = (
    "id_token_hint", "logout_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LogoutEndpoint:
    logout: RpLogout
    sessions: Sessions

    async def show(self, request: Request) -> Response:
        """End the session where the request proves itself; else let the person confirm."""
        parameters = _parameters(request.raw_query)
        asked = await self.logout.prepare(
            request.store, request.tenant, parameters, request.browser
        )
        if not asked.confirmed:
            return _ask(request, parameters, asked)
        after = asked.continue_to or f"{request.tenant.path}/signin?done=signed_out"
        if asked.session is None:
            return redirect(after)
        await self._end(request, SessionId(asked.session))
        page = await self.logout.after(
            request.store, request.tenant, asked.session, asked, binding=request.binding
        )
        cookies = await self._cookies(request) + clear_state(request)
        return redirect(page or after, cookies=cookies)

    async def submit(self, request: Request) -> Response:
        """Go round by GET: a form of another site brings none of our cookies (SameSite)."""
        parameters = _parameters(request.raw_query, await request.body())
        request.effects = [pair for pair in request.effects if pair[0] != b"set-cookie"]
        return redirect(f"{request.tenant.path}/oauth2/logout?{urlencode(parameters)}")

    async def _end(self, request: Request, session: SessionId) -> None:
        cause: Cause = request.cause

        async def work(tx: Tx) -> None:
            await self.sessions.end(tx, session, cause, reason="signed_out")

        await request.store.transact(work)

    async def _cookies(self, request: Request) -> list[str]:
        """Forget the browser where nobody is left in it."""
        if request.browser is None:
            return []
        left = await self.sessions.browser(request.store, request.browser)
        return [] if left and left.current else [clear_session_cookie(request)]


def _parameters(*encoded: bytes) -> dict[str, str]:
    try:
        found = parse_parameters(*encoded).values
    except InvalidRequest as error:
        raise LogoutRefused(error.detail) from error
    return {name: found[name] for name in _NAMES if name in found}


def _ask(request: Request, parameters: dict[str, str], asked: LogoutRequest) -> Response:
    """Lead to the page that asks; the hint has said who the client is, and stays behind."""
    kept = {name: text for name, text in parameters.items() if name != "id_token_hint"}
    if asked.client is not None:
        kept["client_id"] = asked.client.client_id
    return redirect(f"{request.tenant.path}/signout?{urlencode(kept)}")
