"""Confirming an address: by the link alone in the browser that asked, else with the password."""

from dataclasses import dataclass

from limen.authentication.api import Authentication, Confirmed
from limen.kernel.errors import Refusal
from limen.platform.http.messages import Request, Response
from limen.platform.templating import Pages
from limen.platform.templating.forms import Form
from limen.platform.templating.links import take_out, taken, used, without_referrer
from limen.portal.destinations import Destination, Destinations
from limen.portal.errors import LINK_UNUSABLE, PROOF_NEEDED, LinkMissing

_CONFIRM, _CHANGE = "confirm", "change"


@dataclass(frozen=True, slots=True)
class VerifyPages:
    pages: Pages
    destinations: Destinations
    authentication: Authentication

    async def show(self, request: Request) -> Response:
        """GET /verify: with a token it is the link of a mail."""
        token = request.query.get("token")
        if token is None:
            return await self._form(request)
        try:
            confirmed = await self._confirm(request, token, None)
        except Refusal as refusal:
            if refusal.code == PROOF_NEEDED:
                return take_out(request, _CONFIRM, "/verify")
            return without_referrer(self._unusable(request, refusal))
        return without_referrer(self._confirmed(request, confirmed))

    async def submit(self, request: Request) -> Response:
        """POST /verify: the link in another browser, with the password."""
        token = taken(request, _CONFIRM)
        password = (await request.form()).get("password", "")
        if token is None:
            return self._unusable(request, LinkMissing())
        try:
            confirmed = await self._confirm(request, token, password)
        except Refusal as refusal:
            if refusal.code == LINK_UNUSABLE:
                return self._unusable(request, refusal)
            return self._ask_password(request, Form.refused({}, refusal))
        response = self._confirmed(request, confirmed)
        response.cookies.append(used(request))
        return response

    async def resend(self, request: Request) -> Response:
        """POST /verify/resend: the same answer, whether there is such an account or not."""
        fields = await request.form()
        to = await self.destinations.read(request, fields)
        email = fields.get("email", "")
        try:
            await self.authentication.send_confirmation(
                request.store,
                request.tenant,
                email=email,
                browser_binding=request.binding,
                continue_to=to.kept,
                cause=request.cause,
            )
        except Refusal as refusal:
            return self._resend_form(request, to, Form.refused(fields, refusal))
        return self.pages.render(
            request, "portal/pending.html", csp=to.policy, to=to, address=email, sent=True
        )

    async def show_change(self, request: Request) -> Response:
        """GET /verify/change: one side of a change of address; a button confirms it."""
        if "token" in request.query:
            return take_out(request, _CHANGE, "/verify/change")
        if taken(request, _CHANGE) is None:
            return self._unusable(request, LinkMissing())
        return self.pages.render(request, "portal/change.html", outcome=None)

    async def confirm_change(self, request: Request) -> Response:
        """POST /verify/change"""
        token = taken(request, _CHANGE)
        if token is None:
            return self._unusable(request, LinkMissing())
        try:
            outcome = await self.authentication.confirm_email_change(
                request.store, request.tenant, secret=token, cause=request.cause
            )
        except Refusal as refusal:
            return self._unusable(request, refusal)
        response = self.pages.render(request, "portal/change.html", outcome=outcome)
        response.cookies.append(used(request))
        return response

    async def _form(self, request: Request) -> Response:
        if taken(request, _CONFIRM) is not None:
            return self._ask_password(request, Form())
        to = await self.destinations.read(request, request.query)
        return self._resend_form(request, to, Form())

    async def _confirm(self, request: Request, token: str, password: str | None) -> Confirmed:
        return await self.authentication.confirm_address(
            request.store,
            request.tenant,
            secret=token,
            browser_binding=request.binding,
            password=password,
            cause=request.cause,
        )

    def _ask_password(self, request: Request, form: Form) -> Response:
        return self.pages.render(
            request, "portal/verify_password.html", status=form.status, form=form
        )

    def _resend_form(self, request: Request, to: Destination, form: Form) -> Response:
        return self.pages.render(
            request, "portal/verify_resend.html", status=form.status, form=form, to=to
        )

    def _confirmed(self, request: Request, confirmed: Confirmed) -> Response:
        address = confirmed.continue_to or f"{request.tenant.path}/signin"
        return self.pages.render(request, "portal/confirmed.html", address=address)

    def _unusable(self, request: Request, refusal: Refusal) -> Response:
        """Show that a link is used up.  Raises any other refusal again."""
        if refusal.code not in (LINK_UNUSABLE, LinkMissing.code):
            raise refusal
        return self.pages.render(
            request,
            "portal/link_unusable.html",
            status=refusal.status,
            refusal=refusal,
            again="/verify",
        )
