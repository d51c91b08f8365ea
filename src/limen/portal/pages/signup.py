"""Creating an account: the answer is the same, whether the address is known or not (R078)."""

from dataclasses import dataclass

from limen.authentication.api import Authentication
from limen.identity.api import Profile
from limen.kernel.errors import Refusal
from limen.platform.http.messages import Request, Response
from limen.platform.templating import Pages
from limen.platform.templating.forms import Form
from limen.portal.destinations import Destination, Destinations
from limen.portal.pages.signin import POPUP


@dataclass(frozen=True, slots=True)
class SignUpPages:
    pages: Pages
    destinations: Destinations
    authentication: Authentication

    async def show(self, request: Request) -> Response:
        """GET /signup"""
        to = await self.destinations.read(request, request.query)
        hint = to.interaction.login_hint if to.interaction else None
        email = hint if hint and "@" in hint else ""
        return self._page(request, to, Form({"email": email}))

    async def submit(self, request: Request) -> Response:
        """POST /signup"""
        fields = await request.form()
        to = await self.destinations.read(request, fields)
        email = fields.get("email", "")
        name = fields.get("name")
        try:
            await self.authentication.sign_up(
                request.store,
                request.tenant,
                email=email,
                password=fields.get("password", ""),
                profile=Profile(name=name),
                browser_binding=request.binding,
                continue_to=to.kept,
                cause=request.cause,
            )
        except Refusal as refusal:
            return self._page(request, to, Form.refused(fields, refusal))
        return self.pages.render(
            request, "portal/pending.html", csp=to.policy, to=to, address=email, sent=False
        )

    def _page(self, request: Request, to: Destination, form: Form) -> Response:
        response = self.pages.render(
            request,
            "portal/signup.html",
            status=form.status,
            csp=to.policy,
            languages=to.languages,
            form=form,
            to=to,
        )
        response.headers.append(POPUP)
        return response
