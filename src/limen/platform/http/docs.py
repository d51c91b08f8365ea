"""The API describes itself: `/api/v1/openapi.json`, and a page of it at `/api/docs`."""

from collections.abc import Callable, Sequence

import msgspec

from limen.kernel.routes import PUBLIC, Route
from limen.platform.http.faces import Faces
from limen.platform.http.messages import Request, Response
from limen.platform.http.openapi import document
from limen.platform.templating import Pages

ROUTES = (
    Route(
        method="GET", path="/api/v1/openapi.json", operation="docs.openapi",
        summary="This document.", access=PUBLIC, answer="protocol", rate="read", csrf="none",
        cache="public", cors="any",
    ),
    Route(
        method="GET", path="/api/docs", operation="docs.page",
        summary="The API, for people.", access=PUBLIC, answer="page", rate="read", csrf="none",
        cache="private",
    ),
)  # fmt: skip


def wire(pages: Pages, routes: Callable[[], Sequence[Route]], version: str) -> Faces:
    """Return the faces; `routes` is asked at the first request, when all are known."""
    ready: dict[str, bytes] = {}

    async def openapi(request: Request) -> Response:
        issuer = request.tenant.issuer
        if issuer not in ready:
            ready.clear()  # one tenant's at a time: it is rarely asked for
            ready[issuer] = msgspec.json.encode(document(routes(), issuer, version))
        return Response(200, ready[issuer])

    async def page(request: Request) -> Response:
        api = [route for route in routes() if route.answer == "api"]
        return pages.render(request, "platform/http/docs.html", routes=api)

    return Faces(ROUTES, {"docs.openapi": openapi, "docs.page": page})
