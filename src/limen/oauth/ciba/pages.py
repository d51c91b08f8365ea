"""What waits for one's decision, on the account page, and the code that applications must know."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from limen.identity.api import User, Users
from limen.kernel.errors import FieldError, Invalid, Unauthenticated
from limen.kernel.events import EventType, Recorder
from limen.kernel.ids import UserId, parse_id
from limen.kernel.one_time import OneTime
from limen.kernel.uow import Tx
from limen.oauth.api import Client, DetailText, ScopeText
from limen.oauth.ciba.api import CIBA_CODE_REMOVED, CIBA_CODE_SET
from limen.oauth.ciba.codes import CodeHasher
from limen.oauth.ciba.errors import RequestLinkUnusable, RequestOver
from limen.oauth.ciba.model import fault_of_code
from limen.oauth.ciba.ports import CodeStore, RequestStore, WaitingRequest
from limen.oauth.ciba.usecases.ask import LINK, Linked
from limen.oauth.ciba.usecases.decide import Deciding
from limen.oauth.directory import Directory
from limen.oauth.model.details import text_of
from limen.oauth.model.scopes import OFFLINE
from limen.platform.http.messages import Request, Response, redirect
from limen.platform.templating import Pages
from limen.platform.templating.forms import Form
from limen.sessions.api import Session

_SECTION = "requests"


@dataclass(frozen=True, slots=True)
class Shown:
    """A request as the page shows it."""

    id: UUID
    client: Client
    message: str | None
    scopes: list[ScopeText]
    offline: bool
    details: list[DetailText]
    resources: tuple[str, ...]
    asked_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPages:
    pages: Pages
    users: Users
    directory: Directory
    requests: RequestStore
    codes: CodeStore
    hasher: CodeHasher
    deciding: Deciding
    one_time: OneTime
    recorder: Recorder

    async def show(self, request: Request) -> Response:
        """GET /account/requests"""
        return await self._page(request, Form())

    async def open(self, request: Request) -> Response:
        """GET /account/requests/open: a mailed link leads to its request, and decides nothing.

        Whoever has it must still sign in as the person who was asked.
        """
        entry = await self.one_time.find(
            request.store, LINK, request.query.get("token", ""), Linked
        )
        if entry is None:
            raise RequestLinkUnusable("unknown or expired")
        if await self._is_waiting(request, entry.payload):
            return redirect(f"{request.tenant.path}/account/requests")
        raise RequestLinkUnusable("decided already")

    async def decide(self, request: Request) -> Response:
        """POST /account/requests: anything but an explicit yes is a no."""
        fields = await request.form()
        named = parse_id(fields.get("request", ""))
        session = await self._session(request)
        if named is None:
            raise RequestOver("no id")
        waiting = await self.deciding.find(request.store, session.user, named)
        if fields.get("decision") == "approve":
            await self.deciding.approve(request.store, waiting, session, request.cause)
            return self._back(request, "allowed")
        await self.deciding.deny(request.store, waiting, session, request.cause)
        return self._back(request, "refused")

    async def set_code(self, request: Request) -> Response:
        """POST /account/requests/code: choose the code, or need none any more."""
        fields = await request.form()
        if fields.get("change") == "remove":
            await self._change_code(request, None)
            return self._back(request, "code_removed")
        code = fields.get("user_code", "")
        fault = fault_of_code(code)
        if fault is not None:
            refusal = Invalid(FieldError("user_code", "invalid", fault))
            return await self._page(request, Form.refused({}, refusal))
        await self._change_code(request, await self.hasher.hash(code))
        return self._back(request, "code_set")

    async def _change_code(self, request: Request, hashed: str | None) -> None:
        user, cause = _user_of(request), request.cause
        event: EventType = CIBA_CODE_REMOVED if hashed is None else CIBA_CODE_SET

        async def work(tx: Tx) -> None:
            if hashed is None:
                await self.codes.remove(tx, user)
            else:
                await self.codes.set(tx, user, hashed)
            await self.recorder.record(tx, event(("user", user), person=user), cause)

        await request.store.transact(work)

    async def _is_waiting(self, request: Request, linked: Linked) -> bool:
        waiting = await self.requests.waiting(request.store, linked.user)
        return any(one.id == linked.request for one in waiting)

    async def _session(self, request: Request) -> Session:
        session = await self.deciding.approvals.decider(request.store, request.browser)
        if session is None or session.user != _user_of(request):
            raise Unauthenticated("nobody is signed in")
        return session

    async def _page(self, request: Request, form: Form) -> Response:
        user = await self.users.get(request.store, _user_of(request))
        return self.pages.render(
            request,
            "oauth/ciba/requests.html",
            status=form.status,
            section=_SECTION,
            user=user,
            done=request.query.get("done", ""),
            waiting=await self._waiting(request, user),
            has_code=await self.codes.find(request.store, user.id) is not None,
            form=form,
        )

    async def _waiting(self, request: Request, user: User) -> list[Shown]:
        found = await self.requests.waiting(request.store, user.id)
        shown = [await self._shown(request, one) for one in found]
        return [one for one in shown if one is not None]

    async def _shown(self, request: Request, waiting: WaitingRequest) -> Shown | None:
        """Return None where the application is gone or switched off."""
        record = await self.directory.client_by_id(request.store, waiting.client_id)
        if record is None or not record.client.enabled:
            return None
        catalog, wish = await self.directory.catalog(request.store), waiting.wish
        return Shown(
            id=waiting.id,
            client=record.client,
            message=waiting.binding_message,
            scopes=[catalog.text_of(s, wish.resources) for s in wish.scope if s != OFFLINE],
            offline=OFFLINE in wish.scope,
            details=[text_of(d, catalog, wish.resources) for d in wish.authorization_details],
            resources=wish.resources,
            asked_at=waiting.created_at,
            expires_at=waiting.expires_at,
        )

    def _back(self, request: Request, done: str) -> Response:
        return redirect(f"{request.tenant.path}/account/requests?done={done}")


def _user_of(request: Request) -> UserId:
    if request.caller is None or request.caller.user is None:
        raise Unauthenticated("no person")
    return UserId(request.caller.user)
