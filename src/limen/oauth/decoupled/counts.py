"""Counts by subject and window, exact across processes: one statement counts and tells."""

from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.errors import TooMany
from limen.kernel.uow import Tx
from limen.platform.db import Instant, Query, insert, mine, store_now, tenant_table

decoupled_counts = tenant_table(
    "decoupled_counts",
    sa.Column("subject", sa.LargeBinary, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("window_ends_at", Instant, nullable=False),
    sa.Index("decoupled_counts_window_idx", "tenant", "window_ends_at"),
    key=("subject",),
)
_c = decoupled_counts.c
_OVER = _c.window_ends_at <= store_now()
_ENDED = (
    sa.select(_c.subject)
    .where(mine(decoupled_counts), _OVER)
    .limit(200)
    .with_for_update(skip_locked=True)
)


class CountRow(msgspec.Struct, frozen=True):
    count: int
    window_ends_at: datetime


class Queries:
    take = Query(
        insert(decoupled_counts, "subject")
        .values(count=1, window_ends_at=store_now("window"))
        .on_conflict_do_update(
            index_elements=["tenant", "subject"],
            set_={
                "count": sa.case((_OVER, 1), else_=_c.count + 1),
                "window_ends_at": sa.case((_OVER, store_now("window")), else_=_c.window_ends_at),
            },
        )
        .returning(_c.count, _c.window_ends_at),
        CountRow,
        "subject",
        "window",
    )
    give_back = Query(
        sa.update(decoupled_counts)
        .where(mine(decoupled_counts), _c.subject == b("subject"), _c.count > 0)
        .values(count=_c.count - 1),
        None,
        "subject",
    )
    purge = Query(
        sa.delete(decoupled_counts).where(mine(decoupled_counts), _c.subject.in_(_ENDED)), None
    )


class Counts:
    """How often something happened to a subject (32 bytes) in the window that its first began."""

    async def take(self, tx: Tx, subject: bytes, *, most: int, window: timedelta) -> None:
        """Count one more.  Raises TooMany, which undoes it, beyond `most`."""
        row = await tx.one(Queries.take, subject, window)
        if row is None:  # pragma: no cover - the statement always returns its row
            raise LookupError(subject)
        if row.count > most:
            left = (row.window_ends_at - await tx.now()).total_seconds()
            raise TooMany("over the count of its window", retry_after=max(1, int(left) + 1))

    async def give_back(self, tx: Tx, subject: bytes) -> None:
        await tx.run(Queries.give_back, subject)

    async def purge(self, tx: Tx) -> int:
        """Delete some whose window has ended; return how many."""
        return await tx.run(Queries.purge)
