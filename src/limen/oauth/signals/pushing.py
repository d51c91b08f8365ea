"""Pushing events to receivers (RFC 8935): a few at a time, and no further where one does not take.

The queue of deliveries sends; the backlog stays what counts: a row leaves it when it was taken.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from limen.kernel.deliveries import Deliveries, Delivery, Post, Result, Sending
from limen.kernel.events import Recorder
from limen.kernel.request import Cause
from limen.kernel.uow import Store, Tx
from limen.kernel.vault import Place, Vault
from limen.oauth.signals.api import STREAM_PAUSED
from limen.oauth.signals.model.streams import Stream
from limen.oauth.signals.settings import SignalSettings
from limen.oauth.signals.store import SqlBacklog, SqlStreams
from limen.oauth.signals.tokens import CONTENT_TYPE, EventTokens

KIND: Final = "signal"
WINDOW: Final = 100
"""Events of one stream that are under way at once."""


class Pointer(msgspec.Struct, frozen=True):
    stream: UUID
    event: UUID


def place_of_header(stream: UUID) -> Place:
    return Place("signal_streams", "header_sealed", stream)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushing:
    streams: SqlStreams
    backlog: SqlBacklog
    tokens: EventTokens
    deliveries: Deliveries
    vault: Vault
    recorder: Recorder
    settings: SignalSettings

    async def dispatch(self, store: Store, stream: Stream) -> None:
        """Queue the oldest that wait, as long as fewer than WINDOW are under way."""
        if stream.method != "push" or stream.status != "enabled" or stream.endpoint_url is None:
            return
        waiting = await self.backlog.idle(store, stream.id, WINDOW)
        room = WINDOW - await self.backlog.count_queued(store, stream.id) if waiting else 0
        if room <= 0:
            return
        url = stream.endpoint_url

        async def work(tx: Tx) -> None:
            chosen = [row for row in waiting[:room] if await self.backlog.queue(tx, row.id)]
            posts = [
                Delivery(
                    kind=KIND,
                    url=url,
                    payload=Pointer(stream.id, row.id),
                    subject=row.id,
                    receiver=stream.id,
                    lifetime=self.settings.give_up_after,
                )
                for row in chosen
            ]
            await self.deliveries.enqueue_all(tx, posts)

        await store.transact(work)

    async def render(self, store: Store, sending: Sending) -> Post | None:
        """Return the post of a fresh token; None where the stream stopped, or the event went."""
        pointer = msgspec.json.decode(sending.payload, type=Pointer)
        stream = await self.streams.find(store, pointer.stream)
        row = await self.backlog.find(store, pointer.event)
        if stream is None or row is None or not _pushes(stream):
            return None
        token = await self.tokens.make(store, stream, row)
        if token is None:
            return None
        headers = [("accept", "application/json")]
        if stream.header_sealed is not None:
            keyring = await self.vault.keyring(store)
            opened = keyring.open(place_of_header(stream.id), stream.header_sealed)
            headers.append(("authorization", opened.decode()))
        return Post(token.encode(), CONTENT_TYPE, tuple(headers), url=stream.endpoint_url)

    async def settled(self, tx: Tx, sending: Sending, result: Result) -> None:
        """Taken: it leaves the backlog.  Given up: it stays, and the stream stops."""
        pointer = msgspec.json.decode(sending.payload, type=Pointer)
        stream = await self.streams.find(tx, pointer.stream)
        if stream is None:
            return
        unsayable = result.status == "withdrawn" and _pushes(stream)
        if result.status == "delivered" or unsayable:
            await self.backlog.remove(tx, stream.id, [pointer.event])
            return
        await self.backlog.rest(tx, pointer.event)
        if result.status != "failed":
            return
        if await self.streams.move(tx, stream.id, ("enabled",), "paused", "delivery_failed"):
            data: dict[str, object] = {"answered": result.answered, "attempts": result.attempts}
            fact = STREAM_PAUSED(("signal_stream", stream.id), data=data, reason="delivery_failed")
            await self.recorder.record(tx, fact, Cause())


def _pushes(stream: Stream) -> bool:
    return stream.method == "push" and stream.status == "enabled"
