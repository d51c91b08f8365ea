"""The first administrator, by the one-time link that the server printed."""

from dataclasses import dataclass

from limen.kernel.errors import Refusal
from limen.platform.http.messages import Request, Response, redirect
from limen.platform.templating import Pages
from limen.platform.templating.forms import Form
from limen.platform.templating.links import take_out, taken, used
from limen.portal.errors import SetupLinkUnusable
from limen.portal.setup import CreateAdministrator, SetupLinks

_SETUP = "setup"


@dataclass(frozen=True, slots=True)
class SetupPages:
    pages: Pages
    links: SetupLinks
    create_administrator: CreateAdministrator

    async def show(self, request: Request) -> Response:
        """GET /setup.  Raises SetupLinkUnusable."""
        if "token" in request.query:
            return take_out(request, _SETUP, "/setup")
        token = taken(request, _SETUP)
        if token is None or not await self.links.is_usable(request.store, token):
            raise SetupLinkUnusable
        return self._page(request, token, Form())

    async def submit(self, request: Request) -> Response:
        """POST /setup: the link is used first, and renewed where a detail is refused.

        Raises SetupLinkUnusable.
        """
        fields = await request.form()
        if not await self.links.use(request.store, fields.get("token", "")):
            raise SetupLinkUnusable
        try:
            await self.create_administrator(
                request.store,
                request.tenant,
                email=fields.get("email", ""),
                password=fields.get("password", ""),
                cause=request.cause,
            )
        except Refusal as refusal:
            token = await self.links.reopen(request.store, request.tenant)
            return self._page(request, token, Form.refused(fields, refusal))
        return redirect(
            f"{request.tenant.path}/signin?done=set_up&other=1", cookies=[used(request)]
        )

    def _page(self, request: Request, token: str, form: Form) -> Response:
        return self.pages.render(
            request, "portal/setup.html", status=form.status, form=form, token=token
        )
