"""What waits for receivers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.uow import Reader, Tx
from limen.oauth.signals.store.tables import backlog
from limen.platform.db import Query, insert, mine, one_of, store_now
from limen.platform.db.sweep import expired

_b = backlog.c
_GIVEN: Final = (
    "id", "stream_id", "kind", "event_id", "user_id", "session_id", "seq", "at", "details",
)  # fmt: skip
_COUNT: Final = b("count", type_=sa.Integer)
_OF_STREAM: Final = sa.and_(mine(backlog), _b.stream_id == b("stream"))


class Waiting(msgspec.Struct, frozen=True):
    """One event for one stream; its id is the `jti`."""

    id: UUID
    stream_id: UUID
    kind: str
    event_id: UUID | None
    user_id: UUID | None
    session_id: UUID | None
    seq: int
    at: datetime
    details: dict[str, Any]


_ROW: Final = tuple(_b[name] for name in Waiting.__struct_fields__)


class Queries:
    add = Query(
        insert(backlog, *_GIVEN).values(queued=sa.false(), created_at=store_now()), None, *_GIVEN
    )
    find = Query(sa.select(*_ROW).where(mine(backlog), _b.id == b("id")), Waiting, "id")
    page = Query(
        sa.select(*_ROW).where(_OF_STREAM).order_by(_b.seq, _b.id).limit(_COUNT),
        Waiting,
        "stream",
        "count",
    )
    page_own = Query(
        sa.select(*_ROW)
        .where(_OF_STREAM, _b.kind.startswith("ssf:"))
        .order_by(_b.seq, _b.id)
        .limit(_COUNT),
        Waiting,
        "stream",
        "count",
    )
    idle = Query(
        sa.select(*_ROW)
        .where(_OF_STREAM, _b.queued.is_(sa.false()))
        .order_by(_b.seq, _b.id)
        .limit(_COUNT),
        Waiting,
        "stream",
        "count",
    )
    count = Query(
        sa.select(sa.func.count()).select_from(
            sa.select(_b.id).where(_OF_STREAM).limit(_COUNT).subquery()
        ),
        int,
        "stream",
        "count",
    )
    count_queued = Query(
        sa.select(sa.func.count()).select_from(backlog).where(_OF_STREAM, _b.queued.is_(sa.true())),
        int,
        "stream",
    )
    queue = Query(
        sa.update(backlog)
        .where(mine(backlog), _b.id == b("id"), _b.queued.is_(sa.false()))
        .values(queued=sa.true()),
        None,
        "id",
    )
    rest = Query(
        sa.update(backlog).where(mine(backlog), _b.id == b("id")).values(queued=sa.false()),
        None,
        "id",
    )
    remove = Query(
        sa.delete(backlog).where(_OF_STREAM, one_of(_b.id, "ids")), None, "stream", "ids"
    )
    clear = Query(sa.delete(backlog).where(_OF_STREAM), None, "stream")
    old = expired(backlog, _b.created_at < store_now("since"), "since")


class SqlBacklog:
    async def add(self, tx: Tx, rows: Sequence[Waiting]) -> None:
        for row in rows:
            await tx.run(Queries.add, *(getattr(row, name) for name in _GIVEN))

    async def find(self, reader: Reader, event: UUID) -> Waiting | None:
        return await reader.one(Queries.find, event)

    async def page(
        self, reader: Reader, stream: UUID, count: int, *, own_only: bool = False
    ) -> list[Waiting]:
        """Return the oldest; with `own_only`, those about the stream itself."""
        return await reader.all(Queries.page_own if own_only else Queries.page, stream, count)

    async def idle(self, reader: Reader, stream: UUID, count: int) -> list[Waiting]:
        """Return the oldest that no push is under way for."""
        return await reader.all(Queries.idle, stream, count)

    async def count(self, reader: Reader, stream: UUID, most: int) -> int:
        """Return how many wait, counting no further than `most`."""
        return await reader.one(Queries.count, stream, most) or 0

    async def count_queued(self, reader: Reader, stream: UUID) -> int:
        return await reader.one(Queries.count_queued, stream) or 0

    async def queue(self, tx: Tx, event: UUID) -> bool:
        """Note that it is being pushed; True for exactly one caller."""
        return await tx.run(Queries.queue, event) == 1

    async def rest(self, tx: Tx, event: UUID) -> None:
        """Note that it is not being pushed any more, and waits."""
        await tx.run(Queries.rest, event)

    async def remove(self, tx: Tx, stream: UUID, events: Sequence[UUID]) -> int:
        return await tx.run(Queries.remove, stream, list(events))

    async def clear(self, tx: Tx, stream: UUID) -> None:
        await tx.run(Queries.clear, stream)

    async def purge(self, tx: Tx, older_than: timedelta) -> int:
        """Delete some that nobody took for so long; return how many."""
        return await tx.run(Queries.old, -older_than)
