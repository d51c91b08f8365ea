"""The log of facts as the feed reads it: sealed, in its order.  It is never written."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.uow import Reader
from limen.oauth.feed.model import FACTS, Fact
from limen.oauth.store.grants import grants
from limen.platform.db import Instant, Query, mine, one_of, store_now
from limen.platform.facts.store import events

_e, _g = events.c, grants.c
_MOST: Final = 500
_names: Final = list(FACTS)


class Granted(msgspec.Struct, frozen=True):
    """What a person allows a client, or once allowed it."""

    client_id: UUID
    resources: list[str]


class End(msgspec.Struct, frozen=True):
    """Where the sealed log ends, and since when something waits to be sealed."""

    head: int
    waiting_since: datetime | None


_head = sa.select(sa.func.coalesce(sa.func.max(_e.seq), 0)).where(mine(events)).scalar_subquery()
_waiting = (
    sa.select(sa.func.min(_e.at, type_=Instant()))
    .where(mine(events), _e.seq.is_(None))
    .scalar_subquery()
)


class Queries:
    end = Query(sa.select(_head, _waiting), End)
    between = Query(
        sa.select(*(_e[name] for name in Fact.__struct_fields__))
        .where(
            mine(events),
            _e.seq > b("after", type_=sa.BigInteger),
            _e.seq <= b("until", type_=sa.BigInteger),
            _e.at >= store_now("ago"),
            one_of(_e.name, "names"),
        )
        .order_by(_e.seq)
        .limit(b("count", type_=sa.Integer)),
        Fact,
        "after",
        "until",
        "ago",
        "names",
        "count",
    )
    granted = Query(
        sa.select(_g.client_id, _g.resources).where(mine(grants), _g.user_id == b("user")),
        Granted,
        "user",
    )


class SqlFeed:
    async def end(self, reader: Reader) -> End:
        return await reader.one(Queries.end) or End(0, None)

    async def between(
        self, reader: Reader, after: int, until: int, *, age: timedelta
    ) -> list[Fact]:
        """Return at most 500 facts that end tokens, no older than `age`."""
        return await reader.all(Queries.between, after, until, -age, _names, _MOST)

    async def granted(self, reader: Reader, user: UUID) -> list[Granted]:
        return await reader.all(Queries.granted, user)


MOST = _MOST
