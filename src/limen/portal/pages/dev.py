"""For developers: the mail inbox, and every component at once."""

from dataclasses import dataclass

from limen.kernel.errors import FieldError, Invalid, NotFound
from limen.kernel.ids import parse_id
from limen.platform.http.messages import Request, Response, json_response
from limen.platform.mail.inbox import Inbox, Received
from limen.platform.templating import Pages
from limen.platform.templating.forms import Form


@dataclass(frozen=True, slots=True)
class DevPages:
    pages: Pages
    inbox: Inbox | None

    async def mail(self, request: Request) -> Response:
        """GET /dev/mail"""
        received = await self._newest(request)
        return self.pages.render(
            request, "portal/dev/mail.html", received=received, kept=self.inbox is not None
        )

    async def message(self, request: Request) -> Response:
        """GET /dev/mail/{id}"""
        found = None
        message = parse_id(request.params["id"])
        if message is not None and self.inbox is not None:
            found = await self.inbox.find(request.store, message)
        if found is None:
            raise NotFound("no such message")
        # The message stands in a sandboxed frame, which inherits the policy; mail has its
        # styles inline, since mail clients know no others.
        styles = {"style-src": "'self' 'unsafe-inline'"}
        return self.pages.render(request, "portal/dev/message.html", csp=styles, received=found)

    async def mail_json(self, request: Request) -> Response:
        """GET /dev/mail.json: newest first."""
        return json_response([_as_json(one) for one in await self._newest(request)])

    async def components(self, request: Request) -> Response:
        """GET /dev/components"""
        wrong = Invalid(FieldError("wrong", "invalid", "This is not an e-mail address."))
        return self.pages.render(
            request,
            "portal/dev/components.html",
            form=Form.refused({"wrong": "somebody@", "filled": "Ada Lovelace"}, wrong),
            empty=Form(),
        )

    async def _newest(self, request: Request) -> list[Received]:
        return await self.inbox.list_newest(request.store) if self.inbox else []


def _as_json(received: Received) -> dict[str, object]:
    return {
        "id": str(received.id),
        "to": received.mail.to,
        "subject": received.mail.subject,
        "text": received.mail.text,
        "html": received.mail.html,
        "links": received.links,
        "received_at": received.received_at,
    }
