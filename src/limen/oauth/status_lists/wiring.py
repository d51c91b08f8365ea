"""Status lists, put together."""

from datetime import timedelta
from typing import Final

from limen.kernel.errors import NotFound
from limen.oauth.feature import Feature
from limen.oauth.parts import Parts
from limen.oauth.status_lists.model import TTL
from limen.oauth.status_lists.routes import ROUTES
from limen.oauth.status_lists.statuses import Statuses
from limen.oauth.status_lists.store import Queries
from limen.platform.db.sweep import sweep_with
from limen.platform.http.faces import Faces, Task
from limen.platform.http.messages import Request, Response

__all__ = ["ROUTES", "wire"]

JWT: Final = b"application/statuslist+jwt"
_CACHE: Final = (b"cache-control", b"public, max-age=%d" % (TTL // 2))


def wire(parts: Parts) -> Feature:
    statuses, platform = parts.statuses, parts.platform

    async def purge() -> None:
        for tenant in await parts.tenants.ids():
            store = platform.database.tenant(tenant)
            await sweep_with(store, Queries.over)
            await sweep_with(store, Queries.lists_over)

    handlers = {"status_lists.get": Listing(statuses)}
    task = Task("status_lists.retention", timedelta(minutes=15), purge)
    return Feature(faces=Faces(ROUTES, handlers, (task,)))


class Listing:
    """GET /oauth2/status-lists/{id} (draft §8.1); the list alone tells nobody anything."""

    def __init__(self, statuses: Statuses) -> None:
        self._statuses = statuses

    async def __call__(self, request: Request) -> Response:
        found = await self._statuses.token(request.store, request.tenant, request.params["id"])
        if found is None:
            raise NotFound("no such list")
        return Response(200, found, JWT, [_CACHE])
