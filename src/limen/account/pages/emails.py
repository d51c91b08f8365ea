"""E-mail addresses: several, each confirmed, one of them primary."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from limen.account.errors import AddressLinkUnusable
from limen.account.person import Shell, user_of
from limen.account.usecases.add_address import (
    Ports,
    confirm_address,
    find_wanted,
    request_address,
)
from limen.authentication.api import Authentication
from limen.identity.api import Email, User
from limen.kernel.errors import NotFound, Refusal
from limen.kernel.ids import EmailId, parse_id
from limen.kernel.mail import Mail, Mailer
from limen.kernel.uow import Tx
from limen.platform.http.messages import Request, Response
from limen.platform.templating.forms import Form
from limen.platform.templating.links import take_out, taken, used

_SECTION: Final = "emails"
_PURPOSE: Final = "address"


@dataclass(frozen=True, slots=True)
class EmailPages:
    shell: Shell
    authentication: Authentication
    ports: Ports

    async def show(self, request: Request) -> Response:
        """GET /account/emails"""
        return self._page(request, await self.shell.person(request), Form(), Form())

    async def add(self, request: Request) -> Response:
        """POST /account/emails/add: whose the address is, the answer does not tell."""
        fields = await request.form()
        user = await self.shell.person(request)
        try:
            await self._request(request, user, fields.get("email", ""))
        except Refusal as refusal:
            return self._page(request, user, Form.refused(fields, refusal), Form())
        return self.shell.back(request, _SECTION, "link_sent")

    async def resend(self, request: Request) -> Response:
        """POST /account/emails/resend"""
        user, email = await self._chosen(request)
        await self._request(request, user, email.address)
        return self.shell.back(request, _SECTION, "link_sent")

    async def link(self, request: Request) -> Response:
        """GET /account/emails/link: the mailed link, for whoever is or is not signed in."""
        if "token" not in request.query:
            raise AddressLinkUnusable("no token")
        return take_out(request, _PURPOSE, "/account/emails/confirm")

    async def show_confirm(self, request: Request) -> Response:
        """GET /account/emails/confirm: which address joins which account."""
        user = await self.shell.person(request)
        _, address = await self._wanted(request, user)
        return self.shell.page(request, "confirm", user, address=address)

    async def confirm(self, request: Request) -> Response:
        """POST /account/emails/confirm"""
        user = await self.shell.person(request)
        token, address = await self._wanted(request, user)
        notices = self._notices(request, user, address)
        await confirm_address(
            request.store, user=user, secret=token, notices=notices, cause=request.cause,
            ports=self.ports,
        )  # fmt: skip
        response = self.shell.back(request, _SECTION, "added")
        response.cookies.append(used(request))
        return response

    async def make_primary(self, request: Request) -> Response:
        """POST /account/emails/primary: the old and the new address are told (R082)."""
        user, email = await self._chosen(request)
        users, cause = self.shell.users, request.cause
        mails = self._notices(request, user, email.address)
        await self._change(
            request, mails, lambda tx: users.make_primary(tx, user.id, email.id, cause)
        )
        return self.shell.back(request, _SECTION, "primary_changed")

    async def remove(self, request: Request) -> Response:
        """POST /account/emails/remove: every confirmed address is told (R082)."""
        user, email = await self._chosen(request)
        users, cause = self.shell.users, request.cause
        mails = self._notices(request, user, email.address)
        await self._change(
            request, mails, lambda tx: users.remove_email(tx, user.id, email.id, cause)
        )
        return self.shell.back(request, _SECTION, "removed")

    async def change(self, request: Request) -> Response:
        """POST /account/emails/change: links to the old and the new address, both to be used."""
        fields = await request.form()
        user = await self.shell.person(request)
        try:
            await self.authentication.request_email_change(
                request.store,
                request.tenant,
                user=user.id,
                address=fields.get("new_email", ""),
                cause=request.cause,
            )
        except Refusal as refusal:
            return self._page(request, user, Form(), Form.refused(fields, refusal))
        return self.shell.back(request, _SECTION, "change_sent")

    @property
    def _mailer(self) -> Mailer:
        return self.ports.mailer

    async def _wanted(self, request: Request, user: User) -> tuple[str, str]:
        """Return the token of the opened link, and its address.  Raises AddressLinkUnusable."""
        token = taken(request, _PURPOSE) or ""
        address = await find_wanted(request.store, user=user.id, secret=token, ports=self.ports)
        return token, address

    async def _request(self, request: Request, user: User, address: str) -> None:
        await request_address(
            request.store, request.tenant, user=user, raw=address, ports=self.ports
        )

    async def _chosen(self, request: Request) -> tuple[User, Email]:
        """Return the person's own address that the form names.  Raises NotFound."""
        named = parse_id((await request.form()).get("email_id", ""))
        user = await self.shell.users.get(request.store, user_of(request))
        for email in user.emails:
            if email.id == (EmailId(named) if named else None):
                return user, email
        raise NotFound("no such address of this person")

    def _notices(self, request: Request, user: User, changed: str) -> list[Mail]:
        if not self._mailer.ready():
            return []
        verified = [email.address for email in user.emails if email.verified_at]
        return [
            self._mailer.compose(
                request.tenant,
                "addresses_changed",
                to=address,
                locale=user.profile.locale,
                name=user.display_name,
                address=changed,
                link=f"{request.tenant.issuer}/account/emails",
            )
            for address in verified
        ]

    async def _change(
        self, request: Request, mails: list[Mail], change: Callable[[Tx], Awaitable[None]]
    ) -> None:
        async def work(tx: Tx) -> None:
            await change(tx)
            for mail in mails:
                await self._mailer.queue(tx, mail)

        await request.store.transact(work)

    def _page(self, request: Request, user: User, form: Form, change: Form) -> Response:
        status = max(form.status, change.status)
        return self.shell.page(request, _SECTION, user, status=status, form=form, change=change)
