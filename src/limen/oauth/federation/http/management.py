"""The management API of subordinates."""

from collections.abc import Mapping
from dataclasses import dataclass

from limen.kernel.errors import NotFound, Stale
from limen.kernel.events import Recorder
from limen.kernel.uow import Tx
from limen.oauth.federation.ports import Subordinate, SubordinateStore
from limen.oauth.federation.usecases.manage_subordinates import (
    add_subordinate,
    change_subordinate,
    remove_subordinate,
)
from limen.oauth.federation.views import (
    NewSubordinateBody,
    SubordinateChanges,
    SubordinatesQuery,
    subordinate_view,
)
from limen.platform.http.api import (
    Listings,
    answer,
    created,
    expected_version,
    no_content,
    path_id,
    read_query,
)
from limen.platform.http.messages import Handler, Request, Response

PATH = "/api/v1/federation-subordinates"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubordinatesApi:
    subordinates: SubordinateStore
    recorder: Recorder
    listings: Listings

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "federation_subordinates.list": self.list_,
            "federation_subordinates.create": self.create,
            "federation_subordinates.get": self.get,
            "federation_subordinates.update": self.update,
            "federation_subordinates.delete": self.delete,
        }

    async def list_(self, request: Request) -> Response:
        query = read_query(request, SubordinatesQuery)
        after = await self.listings.after(request, query)
        found = await self.subordinates.list_after(request.store, after, query.limit + 1)
        page = found[: query.limit]
        last = page[-1].id if len(found) > query.limit else None
        views = [subordinate_view(one) for one in page]
        return await self.listings.answer(request, query, views, last)

    async def create(self, request: Request) -> Response:
        body = await request.json(NewSubordinateBody)

        async def work(tx: Tx) -> Subordinate:
            return await add_subordinate(
                tx, body.entity_id, body.settings(), request.cause, own=request.tenant.issuer,
                subordinates=self.subordinates, recorder=self.recorder,
            )  # fmt: skip

        found = await request.store.transact(work)
        view = subordinate_view(found)
        return created(request, view, f"{PATH}/{found.id}", version=found.version)

    async def get(self, request: Request) -> Response:
        found = await self._get(request)
        return answer(request, subordinate_view(found), version=found.version)

    async def update(self, request: Request) -> Response:
        body = await request.json(SubordinateChanges)
        before = await self._get(request)
        version = expected_version(request)
        if version is not None and version != before.version:
            raise Stale("If-Match")
        enabled = body.enabled if isinstance(body.enabled, bool) else before.enabled

        async def work(tx: Tx) -> Subordinate:
            return await change_subordinate(
                tx, before, body.applied(before.settings), request.cause, enabled=enabled,
                subordinates=self.subordinates, recorder=self.recorder,
            )  # fmt: skip

        found = await request.store.transact(work)
        return answer(request, subordinate_view(found), version=found.version)

    async def delete(self, request: Request) -> Response:
        subordinate = path_id(request)

        async def work(tx: Tx) -> None:
            await remove_subordinate(
                tx, subordinate, request.cause, subordinates=self.subordinates,
                recorder=self.recorder,
            )  # fmt: skip

        await request.store.transact(work)
        return no_content()

    async def _get(self, request: Request) -> Subordinate:
        found = await self.subordinates.find(request.store, path_id(request))
        if found is None:
            raise NotFound("no such subordinate")
        return found
