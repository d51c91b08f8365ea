"""The password, changed with the old one (R071); the other sessions end."""

from dataclasses import dataclass

from limen.account.person import Shell, session_of
from limen.authentication.api import Authentication
from limen.identity.api import User
from limen.kernel.errors import Refusal
from limen.platform.http.messages import Request, Response
from limen.platform.templating.forms import Form

_SECTION = "security"


@dataclass(frozen=True, slots=True)
class SecurityPages:
    shell: Shell
    authentication: Authentication

    async def show(self, request: Request) -> Response:
        """GET /account/security"""
        return self._page(request, await self.shell.person(request), Form())

    async def change_password(self, request: Request) -> Response:
        """POST /account/security"""
        fields = await request.form()
        user = await self.shell.person(request)
        try:
            await self.authentication.change_password(
                request.store,
                request.tenant,
                user=user.id,
                current=fields.get("current", ""),
                new=fields.get("password", ""),
                session=session_of(request),
                cause=request.cause,
            )
        except Refusal as refusal:
            return self._page(request, user, Form.refused({}, refusal))
        return self.shell.back(request, _SECTION, "password_changed")

    def _page(self, request: Request, user: User, form: Form) -> Response:
        email = user.primary_email
        identifier = email.address if email else user.username or ""
        return self.shell.page(
            request, _SECTION, user, status=form.status, form=form, identifier=identifier
        )
