"""The log of facts, as it is followed: sealed, in its order, with a cursor of our own.

The log belongs to the platform (storage.md): it is read, never written.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.uow import Reader, Tx
from limen.oauth.signals.model.events import LoggedFact
from limen.oauth.signals.store.tables import cursors
from limen.oauth.store.grants import grants
from limen.platform.db import Query, insert, mine, one_of
from limen.platform.facts.store import events, seal_queue

_e, _g = events.c, grants.c
_SEQ: Final = b("seq", type_=sa.BigInteger)
_head = (
    sa.select(sa.func.coalesce(sa.func.max(_e.seq), 0))
    .where(mine(events), _e.seq.is_not(None))
    .scalar_subquery()
)


class Known(msgspec.Struct, frozen=True):
    """A person whom a client has to do with; `revoked_at` where it had."""

    user_id: UUID
    client_id: UUID
    scope: list[str]
    revoked_at: datetime | None


class Place(msgspec.Struct, frozen=True):
    """How far the log was read, and where it ends."""

    cursor: int
    head: int


class Queries:
    place = Query(sa.select(cursors.c.seq, _head).where(mine(cursors)), Place)
    head = Query(sa.select(_head), int)
    after = Query(
        sa.select(*(_e[name] for name in LoggedFact.__struct_fields__))
        .where(mine(events), _e.seq > b("after", type_=sa.BigInteger))
        .order_by(_e.seq)
        .limit(b("count", type_=sa.Integer)),
        LoggedFact,
        "after",
        "count",
    )
    begin = Query(
        (_begin := insert(cursors, "seq")).on_conflict_do_update(
            index_elements=["tenant"],
            set_={"seq": sa.case((b("anew"), _begin.excluded.seq), else_=cursors.c.seq)},
        ),
        None,
        "seq",
        "anew",
    )
    move = Query(
        sa.update(cursors).where(mine(cursors), cursors.c.seq == b("was")).values(seq=_SEQ),
        None,
        "was",
        "seq",
    )
    before = Query(
        sa.select(_e.data)
        .where(
            mine(events),
            _e.person == b("person"),
            _e.target == b("target"),
            one_of(_e.name, "names"),
            _e.seq < _SEQ,
        )
        .order_by(_e.id.desc())
        .limit(1),
        str,
        "person",
        "target",
        "names",
        "seq",
    )
    personal = Query(
        sa.select(_e.personal_sealed).where(mine(events), _e.event_id == b("event")),
        bytes,
        "event",
    )
    known = Query(
        sa.select(*(_g[name] for name in Known.__struct_fields__)).where(
            mine(grants), one_of(_g.user_id, "users"), one_of(_g.client_id, "clients")
        ),
        Known,
        "users",
        "clients",
    )
    busy = Query(sa.select(seal_queue.c.tenant), UUID)


class SqlFacts:
    async def place(self, reader: Reader) -> Place | None:
        """Return where we are, None where nobody ever had a stream."""
        return await reader.one(Queries.place)

    async def after(self, reader: Reader, seq: int, count: int) -> list[LoggedFact]:
        return await reader.all(Queries.after, seq, count)

    async def begin(self, tx: Tx, *, anew: bool) -> None:
        """Put the cursor to the log's end where there is none, or `anew`; lock it till the end."""
        await tx.run(Queries.begin, await tx.one(Queries.head) or 0, anew)

    async def move(self, tx: Tx, was: int, seq: int) -> bool:
        """True for exactly one caller."""
        return await tx.run(Queries.move, was, seq) == 1

    async def before(self, reader: Reader, fact: LoggedFact, names: tuple[str, ...]) -> str | None:
        """Return what the last fact of `names` before this one said of the same thing."""
        return await reader.one(Queries.before, fact.person, fact.target, list(names), fact.seq)

    async def personal(self, reader: Reader, event: UUID) -> bytes | None:
        """Return what is sealed under the person's key."""
        return await reader.one(Queries.personal, event)

    async def known(self, reader: Reader, users: list[UUID], clients: list[UUID]) -> list[Known]:
        return await reader.all(Queries.known, users, clients)

    async def busy(self, system: Reader) -> list[UUID]:
        """Return the tenants that got facts in the last ten minutes."""
        return await system.all(Queries.busy)
