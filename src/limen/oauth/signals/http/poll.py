"""Polling (RFC 8936): events stay until they are acknowledged, or refused."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import msgspec

from limen.kernel.clock import Clock
from limen.kernel.events import Recorder
from limen.kernel.ids import parse_id
from limen.kernel.uow import Tx
from limen.oauth.signals.api import SIGNAL_REFUSED
from limen.oauth.signals.errors import NoSuchStream, WrongStream
from limen.oauth.signals.http.callers import MANAGE, READ, Asking, Callers, said
from limen.oauth.signals.model.streams import Stream
from limen.oauth.signals.settings import SignalSettings
from limen.oauth.signals.store import SqlBacklog
from limen.oauth.signals.store.backlog import Waiting
from limen.oauth.signals.tokens import EventTokens
from limen.platform.http.messages import Handler, Response

_LOOK_AGAIN: Final = 0.5  # seconds
_MOST: Final = 100
_MOST_NAMED: Final = 1000
_ERRORS: Final = frozenset(
    (
        "invalid_request", "invalid_key", "invalid_issuer", "invalid_audience",
        "authentication_failed", "access_denied", "json", "jwtParse", "jwtHdr", "jwtCrypto",
        "jws", "jwe", "jwtAud", "jwtIss", "setType", "setParse", "setData", "dup",
    )
)  # fmt: skip


class SetError(msgspec.Struct, frozen=True):
    err: str
    description: str | None = None


class PollBody(msgspec.Struct, frozen=True, rename="camel"):
    """RFC 8936 §2.2; without `maxEvents`, as many as we like."""

    ack: list[str] = []
    set_errs: dict[str, SetError] = {}
    max_events: int | None = None
    return_immediately: bool = False


@dataclass(slots=True, kw_only=True)
class PollEndpoint:
    callers: Callers
    backlog: SqlBacklog
    tokens: EventTokens
    recorder: Recorder
    settings: SignalSettings
    clock: Clock
    waiting: set[UUID] = field(default_factory=set[UUID])

    def handlers(self) -> Mapping[str, Handler]:
        return {"ssf.poll": self.callers.asked(self.poll, READ, MANAGE)}

    async def poll(self, asking: Asking) -> Response:
        stream = await self.callers.stream(asking, asking.request.params["id"])
        if stream.method != "poll":
            raise NoSuchStream("it is pushed")
        body = await asking.request.json(PollBody)
        count = _count_of(body)
        await self._settle(asking, stream, body)
        if count == 0:
            return said({"sets": {}})
        rows = await self._rows(asking, stream, count, wait=not body.return_immediately)
        sets, gone = await self._made(asking, stream, rows[:count])
        if gone:
            await self._remove(asking, stream, gone)
        return said({"sets": sets, "moreAvailable": len(rows) > count})

    async def _settle(self, asking: Asking, stream: Stream, body: PollBody) -> None:
        """Forget what was taken, and what was refused with its reason; unknown ones are ignored."""
        named = [parse_id(text) for text in (*body.ack, *body.set_errs)]
        events = [event for event in named if event is not None]
        if not events:
            return

        async def work(tx: Tx) -> None:
            await self.backlog.remove(tx, stream.id, events)
            for error in list(body.set_errs.values())[:10]:
                code = error.err if error.err in _ERRORS else "other"
                fact = SIGNAL_REFUSED(("signal_stream", stream.id), reason=code)
                await self.recorder.record(tx, fact, asking.cause)

        await asking.request.store.transact(work)

    async def _rows(
        self, asking: Asking, stream: Stream, count: int, *, wait: bool
    ) -> list[Waiting]:
        """Return one more than asked for, so that we know whether there are more.

        One poll of a stream waits at a time, and so many in a process; others are answered at
        once.
        """
        rows = await self._page(asking, stream, count)
        if rows or not wait or stream.id in self.waiting:
            return rows
        if len(self.waiting) >= self.settings.waiting_polls:
            return rows
        self.waiting.add(stream.id)
        until = self.clock.monotonic() + self.settings.longest_poll.total_seconds()
        try:
            while not rows and self.clock.monotonic() < until:
                await asyncio.sleep(_LOOK_AGAIN)
                rows = await self._page(asking, stream, count)
        finally:
            self.waiting.discard(stream.id)
        return rows

    async def _page(self, asking: Asking, stream: Stream, count: int) -> list[Waiting]:
        found = await self.callers.find(asking.request.store, asking.client, stream.id)
        if found.status == "disabled":
            return []
        own_only = found.status == "paused"
        return await self.backlog.page(
            asking.request.store, stream.id, count + 1, own_only=own_only
        )

    async def _made(
        self, asking: Asking, stream: Stream, rows: list[Waiting]
    ) -> tuple[dict[str, str], list[UUID]]:
        sets: dict[str, str] = {}
        gone: list[UUID] = []
        for row in rows:
            token = await self.tokens.make(asking.request.store, stream, row)
            if token is None:
                gone.append(row.id)
            else:
                sets[str(row.id)] = token
        return sets, gone

    async def _remove(self, asking: Asking, stream: Stream, gone: list[UUID]) -> None:
        async def work(tx: Tx) -> Any:
            return await self.backlog.remove(tx, stream.id, gone)

        await asking.request.store.transact(work)


def _count_of(body: PollBody) -> int:
    """Return how many to send.  Raises WrongStream."""
    if len(body.ack) + len(body.set_errs) > _MOST_NAMED:
        raise WrongStream("ack and setErrs name more than 1000 events.")
    if body.max_events is None:
        return _MOST
    if body.max_events < 0:
        raise WrongStream("maxEvents is negative.")
    return min(body.max_events, _MOST)
