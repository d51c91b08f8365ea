"""Snapshots: served from memory only while we know that nothing was invalidated unseen."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar, cast
from uuid import UUID

import msgspec
import sqlalchemy as sa

from limen.kernel.clock import Clock
from limen.kernel.ids import new_id
from limen.kernel.uow import Reader, Tx
from limen.platform.db import OpenDatabase, Query, insert, store_now
from limen.platform.db.shared import invalidations as t

T = TypeVar("T")
Key = tuple[UUID, str, str]

TRUSTED = 2.0  # seconds from the beginning of the last successful poll
OLDEST = 60.0  # seconds: what nobody invalidates is read anew all the same
_WINDOW = timedelta(seconds=-30)  # longer than any transaction may last, on whatever process


class _Row(msgspec.Struct, frozen=True):
    id: UUID
    tenant: UUID
    kind: str
    key: str


class Queries:
    recent = Query(
        sa.select(t.c.id, t.c.tenant, t.c.kind, t.c.key).where(t.c.at > store_now("window")),
        _Row, "window",
    )  # fmt: skip
    add = Query(
        insert(t, "tenant", "id", "kind", "key").values(at=store_now()), None, "id", "kind", "key"
    )


class Snapshots:
    """Values of rarely changing rows, by tenant, kind and key; at most `size` of them.

    `poll` is to be run every 500 ms.  A poll that fails leaves what is kept unused after 2 s:
    everything is then read through, and refused where the store is lost.
    """

    def __init__(self, database: OpenDatabase, clock: Clock, *, size: int = 10_000) -> None:
        self._database = database
        self._clock = clock
        self._size = size
        self._kept: dict[Key, tuple[float, object]] = {}  # with the time of loading
        self._seen: frozenset[UUID] = frozenset()
        self._polled_at = -TRUSTED
        self._drops = 0  # counts invalidations, for loads that overlap with one
        self._is_shared = database.dialect == "postgresql"
        database.on_foreign_write(self.clear)

    async def get(self, reader: Reader, kind: str, key: str, load: Callable[[], Awaitable[T]]) -> T:
        """Return what `load` returns, or returned a moment ago; None is never kept.

        Inside a unit it is always loaded: the unit may have changed it.
        """
        place = (reader.tenant, kind, key)
        if hasattr(reader, "after_commit"):
            return await load()
        now = self._clock.monotonic()
        if now - self._polled_at < TRUSTED:
            kept = self._kept.get(place)
            if kept is not None and now - kept[0] < OLDEST:
                return cast("T", kept[1])
        drops = self._drops
        value = await load()
        if value is not None and drops == self._drops:
            self._keep(place, (now, value))
        return value

    async def invalidate(self, tx: Tx, kind: str, key: str) -> None:
        """Drop the snapshot everywhere once this unit, which changes the rows, is durable."""
        place = (tx.tenant, kind, key)
        if self._is_shared:
            await tx.run(Queries.add, new_id(), kind, key)
        tx.after_commit(lambda: self._drop(place))

    async def poll(self) -> None:
        """Learn what other processes invalidated.  Raises Unavailable where that fails."""
        began = self._clock.monotonic()
        if self._is_shared:
            rows = await self._database.system.all(Queries.recent, _WINDOW)
            for row in rows:
                if row.id not in self._seen:
                    self._drop((row.tenant, row.kind, row.key))
            self._seen = frozenset(row.id for row in rows)
        self._database.notice()
        self._polled_at = began

    def clear(self) -> None:
        """Drop everything."""
        self._drops += 1
        self._kept.clear()

    def _keep(self, place: Key, kept: tuple[float, object]) -> None:
        self._kept.pop(place, None)
        if len(self._kept) >= self._size:
            del self._kept[next(iter(self._kept))]  # the oldest
        self._kept[place] = kept

    def _drop(self, place: Key) -> None:
        self._drops += 1
        self._kept.pop(place, None)
