"""Consent: who asks for what, in plain words, before anything is given (R012)."""

from dataclasses import dataclass
from functools import partial

from limen.identity.api import User, Users
from limen.oauth.api import Interaction, Interactions
from limen.platform.http.messages import Request, Response, redirect
from limen.platform.templating import Pages
from limen.portal.destinations import Destination, Destinations
from limen.portal.errors import FlowEnded
from limen.portal.pages.signin import POPUP
from limen.sessions.api import Sessions


@dataclass(frozen=True, slots=True)
class ConsentPages:
    pages: Pages
    destinations: Destinations
    interactions: Interactions
    users: Users
    sessions: Sessions

    async def show(self, request: Request) -> Response:
        """GET /consent"""
        to = await self.destinations.read(request, request.query)
        if to.interaction is None:
            raise FlowEnded
        user = await self._person(request)
        if user is None:
            return redirect(to.link("/signin"))
        if to.interaction.needs != "consent":
            return redirect(to.address)
        return self._page(request, to, to.interaction, user)

    async def submit(self, request: Request) -> Response:
        """POST /consent: anything but an explicit yes is a no."""
        fields = await request.form()
        flow = fields.get("flow")
        if flow is None:
            raise FlowEnded
        if fields.get("decision") == "approve":
            decide = partial(self.interactions.approve, remember="once" not in fields)
        else:
            decide = self.interactions.deny
        address = await decide(
            request.store,
            request.tenant,
            flow,
            browser=request.browser,
            binding=request.binding,
            cause=request.cause,
        )
        return redirect(address)

    async def _person(self, request: Request) -> User | None:
        if request.browser is None:
            return None
        browser = await self.sessions.browser(request.store, request.browser)
        if browser is None or browser.current is None:
            return None
        return await self.users.find(request.store, browser.current.user)

    def _page(
        self, request: Request, to: Destination, interaction: Interaction, user: User
    ) -> Response:
        scopes = [scope for scope in interaction.scopes if scope.name != "offline_access"]
        response = self.pages.render(
            request,
            "portal/consent.html",
            csp=to.policy,
            languages=to.languages,
            to=to,
            client=interaction.client,
            scopes=scopes,
            offline=len(scopes) != len(interaction.scopes),
            resources=interaction.resources,
            details=interaction.details,
            asks_always=interaction.asks_always,
            person=user,
        )
        response.headers.append(POPUP)
        return response
