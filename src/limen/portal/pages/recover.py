"""A new password by a mailed link: the same answer and time for everybody (R078)."""

from dataclasses import dataclass

from limen.authentication.api import Authentication
from limen.identity.api import User
from limen.kernel.errors import Refusal
from limen.platform.http.messages import Request, Response, redirect
from limen.platform.templating import Pages
from limen.platform.templating.forms import Form
from limen.platform.templating.links import take_out, taken, used
from limen.portal.destinations import Destination, Destinations
from limen.portal.errors import LINK_UNUSABLE, LinkMissing

_RESET = "reset"


@dataclass(frozen=True, slots=True)
class RecoverPages:
    pages: Pages
    destinations: Destinations
    authentication: Authentication

    async def show(self, request: Request) -> Response:
        """GET /recover"""
        to = await self.destinations.read(request, request.query)
        return self._page(request, to, Form(), sent=False)

    async def submit(self, request: Request) -> Response:
        """POST /recover"""
        fields = await request.form()
        to = await self.destinations.read(request, fields)
        try:
            await self.authentication.request_reset(
                request.store, request.tenant, email=fields.get("email", ""), cause=request.cause
            )
        except Refusal as refusal:
            return self._page(request, to, Form.refused(fields, refusal), sent=False)
        return self._page(request, to, Form({"email": fields.get("email", "")}), sent=True)

    async def show_reset(self, request: Request) -> Response:
        """GET /recover/reset: with a token it is the link of a mail; it uses nothing."""
        if "token" in request.query:
            return take_out(request, _RESET, "/recover/reset")
        token = taken(request, _RESET)
        if token is None:
            return self._unusable(request, LinkMissing())
        try:
            user = await self.authentication.check_reset(request.store, token)
        except Refusal as refusal:
            return self._unusable(request, refusal)
        return self._reset_form(request, user, token, Form())

    async def reset(self, request: Request) -> Response:
        """POST /recover/reset: set the new password; nobody is signed in by it (R080)."""
        fields = await request.form()
        token = fields.get("token", "")
        try:
            user = await self.authentication.check_reset(request.store, token)
        except Refusal as refusal:
            return self._unusable(request, refusal)
        try:
            await self.authentication.complete_reset(
                request.store,
                request.tenant,
                secret=token,
                password=fields.get("password", ""),
                cause=request.cause,
            )
        except Refusal as refusal:
            if refusal.code == LINK_UNUSABLE:
                return self._unusable(request, refusal)
            return self._reset_form(request, user, token, Form.refused({}, refusal))
        address = f"{request.tenant.path}/signin?done=password_reset"
        return redirect(address, cookies=[used(request)])

    def _page(self, request: Request, to: Destination, form: Form, *, sent: bool) -> Response:
        return self.pages.render(
            request, "portal/recover.html", status=form.status, form=form, to=to, sent=sent
        )

    def _reset_form(self, request: Request, user: User, token: str, form: Form) -> Response:
        email = user.primary_email
        identifier = email.address if email else user.username or ""
        return self.pages.render(
            request,
            "portal/reset.html",
            status=form.status,
            form=form,
            token=token,
            identifier=identifier,
        )

    def _unusable(self, request: Request, refusal: Refusal) -> Response:
        """Show that a link is used up.  Raises any other refusal again."""
        if refusal.code not in (LINK_UNUSABLE, LinkMissing.code):
            raise refusal
        return self.pages.render(
            request,
            "portal/link_unusable.html",
            status=refusal.status,
            refusal=refusal,
            again="/recover",
        )
