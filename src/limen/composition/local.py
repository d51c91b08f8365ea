"""Operations that only commands on the store itself may run; no request reaches them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from limen.kernel.routes import Route, permission
from limen.platform.http.api import answer
from limen.platform.http.faces import Faces
from limen.platform.http.messages import Request, Response
from limen.portal.setup import SetupLinks


class Link(msgspec.Struct, frozen=True):
    url: str


class Rewrapped(msgspec.Struct, frozen=True):
    keys: int


ROUTES = (
    Route(
        method="POST", path="/rewrap", operation="keys.rewrap",
        summary="Bring all tenants' keys under the present master key.",
        access=permission("keys:rotate"), answer="api", rate="none", csrf="json",
        cache="no-store", local=True, returns=Rewrapped,
    ),
    Route(
        method="POST", path="/setup-link", operation="setup.link", summary="Make a set-up link.",
        access=permission("users:write"), answer="api", rate="none", csrf="json",
        cache="no-store", local=True,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LocalWired:
    faces: Faces


def wire(links: SetupLinks, rewrap: Callable[[], Awaitable[int]]) -> LocalWired:
    async def setup_link(request: Request) -> Response:
        """Return a new link; earlier ones stop working."""
        url = await links.issue(request.store, request.tenant)
        return answer(request, Link(url), status=201)

    async def rewrap_keys(request: Request) -> Response:
        return answer(request, Rewrapped(await rewrap()))

    return LocalWired(Faces(ROUTES, {"setup.link": setup_link, "keys.rewrap": rewrap_keys}))
