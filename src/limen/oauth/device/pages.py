"""/device: enter the code, see who asks for what and from where, and decide (RFC 8628 §3.3, §5.4).

A link that carries the code saves typing and nothing else: the person signs in, sees the code
and is asked whether they started it (R058).  Only our own form decides (R112).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from limen.identity.api import Users
from limen.kernel.errors import Refusal
from limen.oauth.api import Client
from limen.oauth.decoupled.approvals import Approvals, Asked
from limen.oauth.device.errors import UserCodeUnknown
from limen.oauth.device.model import read_user_code, seen_as, show_user_code
from limen.oauth.device.usecases.decide_device import Decisions
from limen.oauth.device.usecases.look_up import UserCodes
from limen.oauth.directory import Directory
from limen.oauth.model.details import text_of
from limen.oauth.model.scopes import OFFLINE
from limen.platform.http.messages import Request, Response, redirect
from limen.platform.templating import Pages
from limen.platform.templating.forms import Form
from limen.sessions.api import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePages:
    pages: Pages
    users: Users
    directory: Directory
    approvals: Approvals
    codes: UserCodes
    decisions: Decisions

    async def show(self, request: Request) -> Response:
        """GET /device"""
        return await self._go_on(request, request.query)

    async def submit(self, request: Request) -> Response:
        """POST /device: a code, or the decision about the one that was shown."""
        fields = await request.form()
        if "decision" not in fields:
            return await self._go_on(request, fields)
        code = read_user_code(fields.get("user_code", ""))
        session = await self.approvals.decider(request.store, request.browser)
        if code is None or session is None or str(session.id) != fields.get("session"):
            return await self._go_on(request, fields)  # who is signed in has changed
        try:
            approved = await self._decide(request, code, session, fields["decision"])
        except Refusal as refusal:
            return self._enter(request, Form.refused(fields, refusal))
        return self.pages.render(request, "oauth/device/done.html", approved=approved)

    async def _decide(self, request: Request, code: str, session: Session, said: str) -> bool:
        """Anything but an explicit yes is a no."""
        store, cause = request.store, request.cause
        asked = await self.codes.look_up(store, code, user=session.user, cause=cause)
        approved = said == "approve"
        decide = self.decisions.approve if approved else self.decisions.deny
        await decide(store, await self.codes.mac(store, code), asked, session, cause)
        return approved

    async def _go_on(self, request: Request, fields: Mapping[str, str]) -> Response:
        typed = fields.get("user_code")
        if typed is None:
            return self._enter(request, Form())
        code = read_user_code(typed)
        if code is None:
            return self._enter(request, Form.refused(fields, UserCodeUnknown("no code at all")))
        session = await self.approvals.decider(request.store, request.browser)
        if session is None:
            return redirect(f"{request.tenant.path}/signin?next={_way_back(code)}")
        try:
            asked = await self.codes.look_up(
                request.store, code, user=session.user, cause=request.cause
            )
            return await self._confirm(request, code, asked, session)
        except Refusal as refusal:
            return self._enter(request, Form.refused(fields, refusal))

    async def _confirm(
        self, request: Request, code: str, asked: Asked, session: Session
    ) -> Response:
        """Ask.  Raises UserCodeUnknown where the application is gone or switched off."""
        client = await self._client(request, asked)
        catalog = await self.directory.catalog(request.store)
        wish = asked.wish
        return self.pages.render(
            request,
            "oauth/device/confirm.html",
            code=show_user_code(code),
            client=client,
            asked=asked,
            device=seen_as(asked.user_agent),
            scopes=[catalog.text_of(s, wish.resources) for s in wish.scope if s != OFFLINE],
            offline=OFFLINE in wish.scope,
            details=[text_of(d, catalog, wish.resources) for d in wish.authorization_details],
            resources=wish.resources,
            person=await self.users.get(request.store, session.user),
            session=session.id,
            another=f"{request.tenant.path}/signin/select?next={_way_back(code)}",
        )

    async def _client(self, request: Request, asked: Asked) -> Client:
        record = await self.directory.client_by_id(request.store, asked.client)
        if record is None or not record.client.enabled:
            raise UserCodeUnknown("the application is gone or disabled")
        return record.client

    def _enter(self, request: Request, form: Form) -> Response:
        return self.pages.render(request, "oauth/device/enter.html", status=form.status, form=form)


def _way_back(code: str) -> str:
    return quote(f"/device?user_code={show_user_code(code)}", safe="/")
