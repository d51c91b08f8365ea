"""E-mail addresses: several, each confirmed, one of them primary."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from limen.account.person import Shell, user_of
from limen.authentication.api import Authentication
from limen.identity.api import Email, User
from limen.kernel.errors import NotFound, Refusal
from limen.kernel.ids import EmailId, parse_id
from limen.kernel.mail import Mail, Mailer
from limen.kernel.uow import Tx, UniqueConflict
from limen.platform.http.messages import Request, Response
from limen.platform.templating.forms import Form

_SECTION = "emails"


@dataclass(frozen=True, slots=True)
class EmailPages:
    shell: Shell
    authentication: Authentication
    mailer: Mailer

    async def show(self, request: Request) -> Response:
        """GET /account/emails"""
        return self._page(request, await self.shell.person(request), Form(), Form())

    async def add(self, request: Request) -> Response:
        """POST /account/emails/add: another's address gets the same answer, and no mail."""
        fields = await request.form()
        user = await self.shell.person(request)
        address, cause = fields.get("email", ""), request.cause

        async def work(tx: Tx) -> None:
            await self.shell.users.add_email(tx, user.id, address, cause, verified=False)

        try:
            await request.store.transact(work)
            await self._send(request, address)
        except UniqueConflict:
            pass  # whose it is, is not told (R078)
        except Refusal as refusal:
            return self._page(request, user, Form.refused(fields, refusal), Form())
        return self.shell.back(request, _SECTION, "link_sent")

    async def resend(self, request: Request) -> Response:
        """POST /account/emails/resend"""
        _, email = await self._chosen(request)
        await self._send(request, email.address)
        return self.shell.back(request, _SECTION, "link_sent")

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
        """POST /account/emails/remove: the primary address is told (R082)."""
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

    async def _send(self, request: Request, address: str) -> None:
        await self.authentication.send_confirmation(
            request.store,
            request.tenant,
            email=address,
            browser_binding=request.binding,
            continue_to=f"{request.tenant.path}/account/emails",
            cause=request.cause,
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
        if not self.mailer.ready():
            return []
        verified = [email.address for email in user.emails if email.verified_at]
        return [
            self.mailer.compose(
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
                await self.mailer.queue(tx, mail)

        await request.store.transact(work)

    def _page(self, request: Request, user: User, form: Form, change: Form) -> Response:
        status = max(form.status, change.status)
        return self.shell.page(request, _SECTION, user, status=status, form=form, change=change)
