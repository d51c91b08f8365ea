"""The management API of streams: who hears of what, and who does not take it."""

from collections.abc import Mapping
from dataclasses import dataclass

from limen.kernel.errors import NotFound
from limen.kernel.events import Recorder
from limen.kernel.uow import Tx
from limen.oauth.signals.api import STREAM_DELETED
from limen.oauth.signals.model.streams import Stream
from limen.oauth.signals.settings import SignalSettings
from limen.oauth.signals.store import SqlBacklog, SqlStreams
from limen.oauth.signals.views import StreamsQuery, StreamView, stream_view
from limen.platform.http.api import Listings, answer, no_content, path_id, read_query
from limen.platform.http.messages import Handler, Request, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamsApi:
    streams: SqlStreams
    backlog: SqlBacklog
    recorder: Recorder
    listings: Listings
    settings: SignalSettings

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "signal_streams.list": self.list_,
            "signal_streams.get": self.get,
            "signal_streams.delete": self.delete,
        }

    async def list_(self, request: Request) -> Response:
        query = read_query(request, StreamsQuery)
        after = await self.listings.after(request, query)
        found = await self.streams.list_after(request.store, after, query.limit + 1)
        page = found[: query.limit]
        views = [await self._view(request, stream) for stream in page]
        last = page[-1].id if len(found) > query.limit else None
        return await self.listings.answer(request, query, views, last)

    async def get(self, request: Request) -> Response:
        return answer(request, await self._view(request, await self._find(request)))

    async def delete(self, request: Request) -> Response:
        stream = await self._find(request)

        async def work(tx: Tx) -> None:
            await self.streams.remove(tx, stream.id)
            data = {"client": str(stream.client_id)}
            fact = STREAM_DELETED(("signal_stream", stream.id), data=data)
            await self.recorder.record(tx, fact, request.cause)

        await request.store.transact(work)
        return no_content()

    async def _find(self, request: Request) -> Stream:
        stream = await self.streams.find(request.store, path_id(request))
        if stream is None:
            raise NotFound("no such stream")
        return stream

    async def _view(self, request: Request, stream: Stream) -> StreamView:
        most = self.settings.max_backlog
        return stream_view(stream, await self.backlog.count(request.store, stream.id, most))
