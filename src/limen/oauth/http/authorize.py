"""GET and POST /oauth2/authorize, and where the hosted pages come back to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from limen.access.api import Roles, Subject
from limen.kernel.events import Recorder
from limen.kernel.one_time import OneTime
from limen.kernel.uow import Tx
from limen.oauth.api import AUTHORIZATION_REFUSED, Client
from limen.oauth.authorize import client as client_check
from limen.oauth.authorize import redirect_uri as redirect_check
from limen.oauth.authorize.answers import Reply
from limen.oauth.authorize.reader import RequestReader, registered
from limen.oauth.authorize.response_mode import mode_of, signed
from limen.oauth.authorize.responses import Responses
from limen.oauth.errors import (
    AccessDenied,
    AccountSelectionRequired,
    ConsentRequired,
    InteractionEnded,
    InvalidRequest,
    LoginRequired,
    OAuthRefusal,
    RedirectUriMismatch,
    RequestUnreadable,
    UnknownClientRefused,
)
from limen.oauth.http.protocol import RefusalLog, as_client
from limen.oauth.interactions import StoredInteractions, Waiting
from limen.oauth.logouts.states import session_state
from limen.oauth.model.interaction import Need
from limen.oauth.model.redirects import matches
from limen.oauth.model.request import AuthorizationRequest
from limen.oauth.parameters import Parameters, parse_parameters
from limen.oauth.profiles.model import is_signing, profile_of
from limen.oauth.settings import OAuthSettings
from limen.oauth.usecases.issue_code import Asking, issue_code
from limen.oauth.usecases.judge_request import Judgement, judge_request
from limen.oauth.usecases.start_interaction import start_interaction
from limen.platform.http.messages import Request, Response, redirect
from limen.sessions.api import Session

_FORM: Final = "application/x-www-form-urlencoded"
_MAX_LOCATION: Final = 16_000
_PAGES: Final[Mapping[Need, str]] = {
    "sign_in": "/signin",
    "sign_up": "/signup",
    "select_account": "/signin/select",
    "consent": "/consent",
}
_SILENT: Final[Mapping[Need, type[OAuthRefusal]]] = {
    "sign_in": LoginRequired,
    "sign_up": LoginRequired,
    "select_account": AccountSelectionRequired,
    "consent": ConsentRequired,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizeEndpoint:
    waiting: StoredInteractions
    one_time: OneTime
    recorder: Recorder
    refusals: RefusalLog
    reader: RequestReader
    responses: Responses
    roles: Roles
    settings: OAuthSettings

    async def start(self, request: Request) -> Response:
        """Answer with a code at once where nothing is missing; else ask the person."""
        try:
            parameters = parse_parameters(request.raw_query)
        except InvalidRequest as error:
            raise RequestUnreadable(error.detail) from error
        return _for_popups(await self._authorize(request, parameters))

    async def submit(self, request: Request) -> Response:
        """Go round by GET: a form of another site brings none of our cookies (SameSite)."""
        kind = (request.header(b"content-type") or "").split(";", 1)[0].strip().lower()
        if kind != _FORM:
            raise RequestUnreadable(f"content type {kind[:80]!r}")
        try:
            parameters = parse_parameters(request.raw_query, await request.body())
        except InvalidRequest as error:
            raise RequestUnreadable(error.detail) from error
        pairs = [*parameters.values.items(), *(("resource", r) for r in parameters.resources)]
        location = f"{request.tenant.path}/oauth2/authorize?{urlencode(pairs)}"
        if len(location) > _MAX_LOCATION:
            raise RequestUnreadable("too long")
        # The binding cookie that was just made would replace the browser's own.
        request.effects = [pair for pair in request.effects if pair[0] != b"set-cookie"]
        return _for_popups(redirect(location))

    async def resume(self, request: Request) -> Response:
        """Go on with a request that waited.  Raises InteractionEnded, RedirectUriMismatch."""
        handle = request.query.get("flow", "")
        found = await self.waiting.open(request.store, handle, request.binding)
        if found is None:
            raise InteractionEnded("no such request in this browser")
        wanted, client = found.request, found.client
        if not matches(wanted.redirect_uri, client.redirect_uris, client.type):
            raise RedirectUriMismatch(wanted.redirect_uri, client.redirect_uris, client.name)
        reply = Reply(
            wanted.redirect_uri, wanted.response_mode, wanted.state, request.tenant.issuer
        )
        try:
            response = await self._go_on(request, found, handle, reply)
        except OAuthRefusal as refusal:
            response = await self._refuse(request, reply, refusal, client)
        return _for_popups(response)

    async def _authorize(self, request: Request, parameters: Parameters) -> Response:
        """First who and where: what is wrong there is a page (R003).  Then everything else."""
        store, tenant = request.store, request.tenant
        client = await client_check.check(parameters, store, self.waiting.directory)
        try:
            given = await self.reader.find(store, tenant, client, parameters)
        except OAuthRefusal as refusal:
            return await self._refuse_unread(request, parameters, refusal, client)
        try:
            redirect_uri = redirect_check.check(given.parameters, client)
        except RedirectUriMismatch:
            await self._let_administrators_see(request)
            raise
        reply = await self._reply(request, client, given.parameters, redirect_uri)
        try:
            wanted = await self.reader.read(store, tenant, client, given, redirect_uri)
            return await self._ask(request, wanted, client, reply)
        except OAuthRefusal as refusal:
            return await self._refuse_at_once(request, reply, refusal, client)

    async def _refuse_at_once(
        self, request: Request, reply: Reply, refusal: OAuthRefusal, client: Client
    ) -> Response:
        """Answer before anybody was asked: a client that anybody may be gets a page (R004)."""
        if client.is_unknown and not await self._is_allowed(request, client):
            await self.refusals.note(request, AUTHORIZATION_REFUSED, refusal.reason, client=client)
            raise UnknownClientRefused(refusal.reason) from refusal
        return await self._refuse(request, reply, refusal, client)

    async def _is_allowed(self, request: Request, client: Client) -> bool:
        """True if a person of this browser allowed the client something before."""
        if request.browser is None:
            return False
        store, waiting = request.store, self.waiting
        browser = await waiting.sessions.browser(store, request.browser)
        for session in browser.sessions if browser else ():
            if await waiting.grants.find(store, session.user, client.id) is not None:
                return True
        return False

    async def _refuse_unread(
        self, request: Request, sent: Parameters, refusal: OAuthRefusal, client: Client
    ) -> Response:
        """Answer where nothing was read but what was sent beside: a registered address, or a page.

        What an object says that nobody believes leads nowhere (R003, A007).
        """
        redirect_uri = registered(sent, client)
        if redirect_uri is None:
            await self.refusals.note(request, AUTHORIZATION_REFUSED, refusal.reason, client=client)
            raise RequestUnreadable(refusal.reason, hint=refusal.shown) from refusal
        reply = await self._reply(request, client, sent, redirect_uri)
        return await self._refuse_at_once(request, reply, refusal, client)

    async def _ask(
        self, request: Request, wanted: AuthorizationRequest, client: Client, reply: Reply
    ) -> Response:
        waiting = self.waiting
        judged = await judge_request(
            request.store, wanted, client=client, browser=request.browser, pending=None,
            sessions=waiting.sessions, grants=waiting.grants, gate=waiting.gate,
            clock=waiting.clock,
        )  # fmt: skip
        if judged.need == "nothing":
            return await self._grant(request, wanted, client, judged, None, reply)
        if "none" in wanted.prompt:
            raise _SILENT[judged.need]
        if wanted.subject is not None and judged.session is not None:
            await self._choose(request, judged.session)
        handle = await start_interaction(
            request.store, wanted, binding=request.binding,
            lifetime=self.settings.interaction_lifetime, interactions=waiting.interactions,
        )  # fmt: skip
        return _to_page(request, judged.need, handle)

    async def _choose(self, request: Request, session: Session) -> None:
        """Let the pages see the person that the request names, of several in this browser."""
        secret = request.browser or ""

        async def work(tx: Tx) -> None:
            await self.waiting.sessions.choose(tx, secret, session.id)

        await request.store.transact(work)

    async def _go_on(self, request: Request, found: Waiting, handle: str, reply: Reply) -> Response:
        if found.pending.denied:
            await self._end(request, found)
            raise AccessDenied("consent refused", reason="consent_refused")
        judged = await self.waiting.judge(request.store, found, request.browser)
        if judged.need != "nothing":
            return _to_page(request, judged.need, handle)
        return await self._grant(request, found.request, found.client, judged, found, reply)

    async def _end(self, request: Request, found: Waiting) -> None:
        async def work(tx: Tx) -> None:
            if not await self.waiting.interactions.end(tx, found.pending.id):
                raise InteractionEnded("ended by another request")

        await request.store.transact(work)

    async def _grant(
        self,
        request: Request,
        wanted: AuthorizationRequest,
        client: Client,
        judged: Judgement,
        found: Waiting | None,
        reply: Reply,
    ) -> Response:
        session, waiting = judged.session, self.waiting
        if session is None:  # pragma: no cover - a session is the first need
            raise LoginRequired
        await self.responses.check(client, wanted)
        await waiting.sessions.touch(request.store, session)
        asking = Asking(
            request=wanted, client=client, session=session, allowed=judged.allowed,
            pending=found.pending if found else None,
        )  # fmt: skip
        code = await issue_code(
            request.store, asking, cause=as_client(request.cause, client),
            lifetime=self.settings.code_lifetime, grants=waiting.grants,
            interactions=waiting.interactions, one_time=self.one_time, recorder=self.recorder,
        )  # fmt: skip
        content = reply.code(code)
        if "id_token" in wanted.response_type:
            content["id_token"] = await self.responses.id_token(
                request, client, session, nonce=wanted.nonce, code=code, state=wanted.state
            )
        if client.options.session_management:
            state, cookie = session_state(request, client, session.id, wanted.redirect_uri)
            content["session_state"] = state
            request.effects.append((b"set-cookie", cookie.encode()))
        return await self.responses.send(request, client, reply, content)

    async def _refuse(
        self, request: Request, reply: Reply, refusal: OAuthRefusal, client: Client
    ) -> Response:
        await self.refusals.note(request, AUTHORIZATION_REFUSED, refusal.reason, client=client)
        return await self.responses.send(request, client, reply, reply.error(refusal))

    async def _reply(
        self, request: Request, client: Client, parameters: Parameters, redirect_uri: str
    ) -> Reply:
        policy, mode = await self.reader.policies.of(request.store), mode_of(parameters)
        if is_signing(profile_of(client.options, policy)):  # its errors too (JARM)
            mode = signed(mode)
        return Reply(redirect_uri, mode, parameters.get("state"), request.tenant.issuer)

    async def _let_administrators_see(self, request: Request) -> None:
        """Give the error page the permissions of whoever is signed in, to show more or less."""
        if request.browser is None:
            return
        browser = await self.waiting.sessions.browser(request.store, request.browser)
        session = browser and browser.current
        if session is not None:
            subject = Subject("user", session.user)
            request.permissions = await self.roles.permissions_of(request.store, subject)


def _to_page(request: Request, need: Need, handle: str) -> Response:
    return redirect(f"{request.tenant.path}{_PAGES[need]}?flow={handle}")


def _for_popups(response: Response) -> Response:
    """Let an application that opened us in a window keep hold of it (A137)."""
    response.headers.append((b"cross-origin-opener-policy", b"unsafe-none"))
    return response
