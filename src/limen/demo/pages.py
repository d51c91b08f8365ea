"""The demo's pages: begin, return, look, leave."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from limen.demo.model import Visit, Visits, explained
from limen.demo.relying_party import Begun, DemoClient, RelyingParty, Unexpected, begin
from limen.kernel.errors import Refusal
from limen.platform.http.cookies import (
    clear_cookie,
    cookie_name,
    open_cookie,
    seal_cookie,
    set_cookie,
)
from limen.platform.http.messages import Request, Response, redirect
from limen.platform.templating import Pages

if TYPE_CHECKING:
    import httpx

_BEGUN, _VISIT = "demo_begun", "demo"
_PROMPTS: Final = frozenset({"login", "consent", "select_account"})

FindClient = Callable[[Request], Awaitable[DemoClient | None]]


class DemoUnavailable(Refusal):
    code = "demo_unavailable"
    status = 503
    hint = "The demo application could not talk to the provider."
    todo = "Start the server with limen dev, at the address of its issuer."


@dataclass(frozen=True, slots=True)
class DemoPages:
    pages: Pages
    visits: Visits
    client: FindClient
    http: "Callable[[], httpx.AsyncClient]"

    async def show(self, request: Request) -> Response:
        """GET /demo"""
        visit = self.visits.find(_opened(request, _VISIT))
        if visit is None or visit.problem is not None:
            return self._start_page(request, visit)
        return self.pages.render(
            request,
            "demo/result.html",
            visit=visit,
            claims=explained(visit.claims),
            userinfo=explained(visit.userinfo),
        )

    async def sign_in(self, request: Request) -> Response:
        """GET /demo/sign-in: begin, as an application does."""
        prompt = request.query.get("prompt")
        party = await self._party(request)
        begun = begin()
        try:
            address = await party.authorization(
                begun, prompt=prompt if prompt in _PROMPTS else None
            )
        except Unexpected as error:
            raise DemoUnavailable(str(error)) from error
        kept = msgspec.json.encode(begun).decode()
        return redirect(address, cookies=[_sealed(request, _BEGUN, kept)])

    async def callback(self, request: Request) -> Response:
        """GET /demo/callback: where the provider sends the browser back."""
        kept = _opened(request, _BEGUN)
        if kept is None:
            return redirect(f"{request.tenant.path}/demo")
        party = await self._party(request)
        visit = await party.complete(msgspec.json.decode(kept, type=Begun), request.query)
        cookies = [
            _sealed(request, _VISIT, self.visits.add(visit)),
            clear_cookie(request.tenant, _BEGUN),
        ]
        response = redirect(f"{request.tenant.path}/demo", cookies=cookies)
        response.headers.append((b"referrer-policy", b"no-referrer"))
        return response

    async def sign_out(self, request: Request) -> Response:
        """POST /demo/sign-out: of the application, then of the provider."""
        visit = self.visits.remove(_opened(request, _VISIT))
        cookies = [clear_cookie(request.tenant, _VISIT)]
        if visit is None or not visit.id_token:
            return redirect(f"{request.tenant.path}/demo", cookies=cookies)
        party = await self._party(request)
        try:
            address = await party.sign_out(visit.id_token)
        except Unexpected as error:
            raise DemoUnavailable(str(error)) from error
        return redirect(address, cookies=cookies)

    def _start_page(self, request: Request, visit: Visit | None) -> Response:
        return self.pages.render(
            request,
            "demo/start.html",
            problem=visit.problem if visit else None,
            exchanges=visit.exchanges if visit else (),
        )

    async def _party(self, request: Request) -> RelyingParty:
        client = await self.client(request)
        if client is None:
            raise DemoUnavailable("the demo's client is missing")
        return RelyingParty(request.tenant.issuer, client, self.http)


def _sealed(request: Request, kind: str, content: str) -> str:
    sealed = seal_cookie(request.keyring, request.tenant, kind, content)
    return set_cookie(request.tenant, kind, sealed, lasting=False)


def _opened(request: Request, kind: str) -> str | None:
    value = request.cookies.get(cookie_name(request.tenant.issuer, kind))
    return open_cookie(request.keyring, request.tenant, kind, value) if value else None
