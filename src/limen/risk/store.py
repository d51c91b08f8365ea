"""The counts of attempts.  Keys are MACs: neither identifiers nor addresses can be read here."""

from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.uow import Tx
from limen.platform.db import Instant, Query, insert, mine, store_now, tenant_table
from limen.risk.model import Count

KEPT = timedelta(days=30)

attempts = tenant_table(
    "attempts",
    sa.Column("id", sa.LargeBinary, nullable=False),
    sa.Column("subject", sa.LargeBinary, nullable=False),
    sa.Column("recent", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("touched_at", Instant, nullable=False),
    sa.Column("blocked_until", Instant),
    sa.Column("told", sa.Boolean, nullable=False),
    sa.Index("attempts_subject_idx", "tenant", "subject"),
    sa.Index("attempts_touched_idx", "tenant", "touched_at"),
)


class CountRow(msgspec.Struct, frozen=True):
    recent: int
    total: int
    touched_at: datetime
    blocked_until: datetime | None
    told: bool


_c = attempts.c
_ROW = (_c.recent, _c.total, _c.touched_at, _c.blocked_until, _c.told)
_THIS = sa.and_(mine(attempts), _c.id == b("key"))


class Queries:
    lock = Query(
        sa.update(attempts).where(_THIS).values(told=_c.told).returning(*_ROW), CountRow, "key"
    )
    start = Query(
        insert(attempts, "id", "subject")
        .values(recent=0, total=0, touched_at=store_now(), told=False)
        .on_conflict_do_update(index_elements=["tenant", "id"], set_={"told": _c.told})
        .returning(*_ROW),
        CountRow,
        "id",
        "subject",
    )
    put = Query(
        sa.update(attempts)
        .where(_THIS)
        .values(
            recent=b("now_recent"),
            total=b("now_total"),
            touched_at=b("now_touched"),
            blocked_until=b("now_blocked"),
            told=b("now_told"),
        ),
        None,
        "key",
        "now_recent",
        "now_total",
        "now_touched",
        "now_blocked",
        "now_told",
    )
    give_back = Query(
        sa.update(attempts)
        .where(_THIS, _c.recent > 0, _c.total > 0)
        .values(recent=_c.recent - 1, total=_c.total - 1, blocked_until=None),
        None,
        "key",
    )
    tell = Query(
        sa.update(attempts)
        .where(_THIS, _c.told.is_(sa.false()), _c.recent >= b("limit"))
        .values(told=sa.true()),
        None,
        "key",
        "limit",
    )
    forget = Query(sa.delete(attempts).where(_THIS), None, "key")
    forget_all = Query(
        sa.delete(attempts).where(mine(attempts), _c.subject == b("subject")), None, "subject"
    )
    sweep = Query(
        sa.delete(attempts).where(mine(attempts), _c.touched_at < b("before")), None, "before"
    )


class SqlCounts:
    """Counts over SQL: the row's lock makes parallel attempts take turns (A073)."""

    async def take(self, tx: Tx, key: bytes, subject: bytes) -> Count:
        row = await tx.one(Queries.lock, key)
        if row is None:
            await tx.run(Queries.sweep, await tx.now() - KEPT)
            row = await tx.one(Queries.start, key, subject)
        if row is None:
            raise RuntimeError("an upsert returned nothing")
        return Count(row.recent, row.total, row.touched_at, row.blocked_until, row.told)

    async def put(self, tx: Tx, key: bytes, count: Count) -> None:
        await tx.run(
            Queries.put,
            key,
            count.recent,
            count.total,
            count.touched_at,
            count.blocked_until,
            count.told,
        )

    async def give_back(self, tx: Tx, key: bytes) -> None:
        await tx.run(Queries.give_back, key)

    async def tell(self, tx: Tx, key: bytes, limit: int) -> bool:
        return await tx.run(Queries.tell, key, limit) == 1

    async def forget(self, tx: Tx, key: bytes) -> None:
        await tx.run(Queries.forget, key)

    async def forget_all(self, tx: Tx, subject: bytes) -> None:
        await tx.run(Queries.forget_all, subject)
