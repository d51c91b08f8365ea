"""The API's handlers for logouts; the guard has asked for permission before."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from limen.kernel.deliveries import Deliveries, Receipt
from limen.kernel.errors import NotFound
from limen.kernel.ids import SessionId
from limen.kernel.uow import Reader
from limen.oauth.logouts.errors import NotFailed
from limen.oauth.logouts.model import KIND, wants_to_know
from limen.oauth.logouts.roll import Roll
from limen.oauth.logouts.views import LogoutsQuery, application_view, logout_view
from limen.platform.http.api import Listings, Paging, answer, path_id, read_query
from limen.platform.http.messages import Handler, Request, Response
from limen.sessions.api import Sessions


@dataclass(frozen=True, slots=True)
class LogoutsApi:
    deliveries: Deliveries
    roll: Roll
    sessions: Sessions
    listings: Listings

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "logouts.list": self.list_,
            "logouts.get": self.get,
            "logouts.retry": self.retry,
            "sessions.applications": self.applications,
        }

    async def list_(self, request: Request) -> Response:
        query = read_query(request, LogoutsQuery)
        after = await self.listings.after(request, query)
        found = await self.deliveries.page(
            request.store, KIND, status=query.status, receiver=query.client, after=after,
            limit=query.limit + 1,
        )  # fmt: skip
        page = found[: query.limit]
        last = page[-1].id if len(found) > query.limit else None
        return await self.listings.answer(request, query, list(map(logout_view, page)), last)

    async def get(self, request: Request) -> Response:
        return answer(request, logout_view(await self._find(request.store, path_id(request))))

    async def retry(self, request: Request) -> Response:
        """Raises NotFound, NotFailed."""
        logout = path_id(request)
        await self._find(request.store, logout)
        if not await request.store.transact(lambda tx: self.deliveries.retry(tx, logout)):
            raise NotFailed(str(logout))
        return answer(request, logout_view(await self._find(request.store, logout)))

    async def applications(self, request: Request) -> Response:
        query = read_query(request, Paging)
        after = await self.listings.after(request, query)
        store, session = request.store, path_id(request)
        known = await self.sessions.find(store, SessionId(session))
        found = await self.roll.of_session(store, session, after=after, limit=query.limit + 1)
        if known is None and not found and after is None:
            raise NotFound("no session of this tenant")
        page = found[: query.limit]
        last = page[-1].client.id if len(found) > query.limit else None
        if last is None and known is not None:
            listed = [entry.client.id for entry in found]
            others = await self.roll.others(store, session, known.user, listed)
            page += [entry for entry in others if not wants_to_know(entry.client.options)]
        return await self.listings.answer(request, query, list(map(application_view, page)), last)

    async def _find(self, reader: Reader, logout: UUID) -> Receipt:
        receipt = await self.deliveries.get(reader, logout)
        if receipt.kind != KIND:
            raise NotFound("a delivery of another kind")
        return receipt
