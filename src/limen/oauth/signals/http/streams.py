"""Streams: made, read, changed, replaced and deleted by the application that owns them."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from limen.kernel.events import Recorder
from limen.kernel.ids import new_id
from limen.kernel.uow import Tx
from limen.kernel.vault import Vault
from limen.oauth.signals.api import STREAM_CHANGED, STREAM_CREATED, STREAM_DELETED
from limen.oauth.signals.errors import NoSuchStream, TooManyStreams
from limen.oauth.signals.http.callers import MANAGE, READ, Asking, Callers, nothing, said
from limen.oauth.signals.model.streams import (
    Stream,
    StreamBody,
    Wish,
    configuration,
    is_secure,
    keeps_header,
    patched,
    wish_of,
)
from limen.oauth.signals.pushing import place_of_header
from limen.oauth.signals.settings import SignalSettings
from limen.oauth.signals.store import SqlFacts, SqlStreams
from limen.platform.fetch import FetchFailed
from limen.platform.fetch.targets import parse_target
from limen.platform.http.messages import Handler, Response

_TARGET = "signal_stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamsEndpoint:
    callers: Callers
    streams: SqlStreams
    facts: SqlFacts
    vault: Vault
    recorder: Recorder
    settings: SignalSettings

    def handlers(self) -> Mapping[str, Handler]:
        asked = self.callers.asked
        return {
            "ssf.create_stream": asked(self.create, MANAGE),
            "ssf.get_stream": asked(self.get, READ, MANAGE),
            "ssf.update_stream": asked(self.update, MANAGE),
            "ssf.replace_stream": asked(self.replace, MANAGE),
            "ssf.delete_stream": asked(self.delete, MANAGE),
        }

    async def create(self, asking: Asking) -> Response:
        """Make a stream; of several at once, no more than the client may have."""
        wish = wish_of(await asking.request.json(StreamBody), check_url=is_url)
        client, stream = asking.client.id, new_id()
        header = await self._sealed(asking, stream, wish)

        async def work(tx: Tx) -> None:
            await self.facts.begin(tx, anew=False)  # creations take turns
            if not await self.streams.list_after(tx, None, 1):
                await self.facts.begin(tx, anew=True)
            own = await self.streams.of_client(tx, client)
            if len(own) >= self.settings.streams_per_client:
                raise TooManyStreams(f"client {client}")
            await self.streams.add(tx, stream, client, wish, header)
            data = {"method": wish.method, "client": str(client)}
            await self.recorder.record(
                tx, STREAM_CREATED((_TARGET, stream), data=data), asking.cause
            )

        await asking.request.store.transact(work)
        return said(await self._shown(asking, stream), 201)

    async def get(self, asking: Asking) -> Response:
        """Return one stream, or all of the client's."""
        wanted = asking.request.query.get("stream_id")
        if wanted is not None:
            stream = await self.callers.stream(asking, wanted)
            return said(self._configuration(asking, stream))
        own = await self.streams.of_client(asking.request.store, asking.client.id)
        return said([self._configuration(asking, stream) for stream in own])

    async def update(self, asking: Asking) -> Response:
        body = await asking.request.json(StreamBody)
        stream = await self.callers.stream(asking, body.stream_id)
        wish = wish_of(patched(stream, body), check_url=is_url)
        header = stream.header_sealed
        if not keeps_header(body):
            header = await self._sealed(asking, stream.id, wish)
        return await self._change(asking, stream, wish, header)

    async def replace(self, asking: Asking) -> Response:
        body = await asking.request.json(StreamBody)
        stream = await self.callers.stream(asking, body.stream_id)
        wish = wish_of(body, check_url=is_url)
        header = await self._sealed(asking, stream.id, wish)
        return await self._change(asking, stream, wish, header)

    async def delete(self, asking: Asking) -> Response:
        stream = await self.callers.stream(asking, asking.request.query.get("stream_id"))

        async def work(tx: Tx) -> None:
            await self.streams.remove(tx, stream.id)
            fact = STREAM_DELETED((_TARGET, stream.id), data={"client": str(stream.client_id)})
            await self.recorder.record(tx, fact, asking.cause)

        await asking.request.store.transact(work)
        return nothing()

    async def _change(
        self, asking: Asking, stream: Stream, wish: Wish, header: bytes | None
    ) -> Response:
        async def work(tx: Tx) -> None:
            await self.streams.change(tx, stream.id, wish, header)
            fact = STREAM_CHANGED((_TARGET, stream.id), data={"method": wish.method})
            await self.recorder.record(tx, fact, asking.cause)

        await asking.request.store.transact(work)
        return said(await self._shown(asking, stream.id))

    async def _sealed(self, asking: Asking, stream: UUID, wish: Wish) -> bytes | None:
        if wish.header is None:
            return None
        keyring = await self.vault.keyring(asking.request.store)
        return keyring.seal(place_of_header(stream), wish.header.encode())

    async def _shown(self, asking: Asking, stream: UUID) -> Mapping[str, object]:
        found = await self.streams.find(asking.request.store, stream)
        if found is None:
            raise NoSuchStream("it was deleted meanwhile")
        return self._configuration(asking, found)

    def _configuration(self, asking: Asking, stream: Stream) -> Mapping[str, object]:
        return configuration(
            stream,
            issuer=asking.request.tenant.issuer,
            audience=asking.client.client_id,
            interval=int(self.settings.verification_interval.total_seconds()),
        )


def is_url(url: str) -> bool:
    """True for an address that may be registered; where it leads is judged when used (A117)."""
    try:
        target = parse_target(url)
    except FetchFailed:
        return False
    return is_secure(urlsplit(url).scheme, target.host)
