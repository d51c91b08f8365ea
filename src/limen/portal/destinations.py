"""Where a person goes once a page is done: on with an application's request, or to an own page."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from limen.oauth.api import Interaction, Interactions
from limen.platform.http.messages import Request
from limen.portal.errors import FlowEnded
from limen.portal.model import NEXT, own_path

HOME = "/account"


@dataclass(frozen=True, slots=True)
class Destination:
    """The pending request of an application (`flow`), or the own path `next`, or neither."""

    prefix: str
    flow: str | None = None
    next: str | None = None
    interaction: Interaction | None = None

    @property
    def address(self) -> str:
        """Return where to go on."""
        if self.interaction is not None:
            return self.interaction.continue_to
        return self.prefix + (self.next or HOME)

    @property
    def kept(self) -> str | None:
        """Return what a link in a mail leads back to; None where nothing special was asked."""
        return self.address if self.flow or self.next else None

    @property
    def fields(self) -> Mapping[str, str]:
        """Return the hidden fields that carry the destination through a form."""
        if self.flow is not None:
            return {"flow": self.flow}
        return {"next": self.next} if self.next else {}

    @property
    def policy(self) -> Mapping[str, str] | None:
        """Return the page policy: a form may lead, by redirects, to the application."""
        if self.interaction is None or not self.interaction.form_action:
            return None
        return {"form-action": f"'self' {self.interaction.form_action}"}

    @property
    def application(self) -> str | None:
        return self.interaction.client.name if self.interaction else None

    @property
    def languages(self) -> tuple[str, ...]:
        return self.interaction.ui_locales if self.interaction else ()

    def link(self, path: str) -> str:
        """Return the address of another page on the way to the same destination."""
        query = f"?{urlencode(self.fields)}" if self.fields else ""
        return self.prefix + path + query


@dataclass(frozen=True, slots=True)
class Destinations:
    interactions: Interactions

    async def read(self, request: Request, fields: Mapping[str, str]) -> Destination:
        """Return what the query or form names.  Raises FlowEnded."""
        prefix = request.tenant.path
        flow = fields.get("flow")
        if flow is None:
            return Destination(prefix, next=own_path(fields.get("next"), NEXT))
        interaction = await self.interactions.find(
            request.store, request.tenant, flow, browser=request.browser, binding=request.binding
        )
        if interaction is None:
            raise FlowEnded
        return Destination(prefix, flow=flow, interaction=interaction)
