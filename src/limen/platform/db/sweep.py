"""Deleting what has expired, in chunks short enough to share a turn with others (A135)."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.util import ClauseAdapter

from limen.kernel.uow import NIL, Store, Tx
from limen.platform.db.query import Query
from limen.platform.db.shared import idempotency_keys, invalidations, one_time, replays
from limen.platform.db.tables import TENANT, mine, store_now

CHUNK = 100
REMEMBERED = timedelta(days=-1)  # a used one-time thing is known for so long after its expiry
SEEN = timedelta(hours=-1)
ACCEPTED = timedelta(minutes=-5)  # longer than the clocks of store and process may differ


def expired(table: sa.Table, condition: ColumnElement[bool], *names: str) -> "Query[None]":
    """Delete up to `CHUNK` rows that `condition` holds for; `names` are its parameters.

    For tables of other contexts too; a chunk is one unit.
    """
    own = [mine(table)] if table.info[TENANT] else []
    key = list(table.primary_key.columns)
    inner = table.alias()
    oldest = (
        sa.select(*[inner.c[column.name] for column in key])
        .where(*[mine(inner) for _ in own], ClauseAdapter(inner).traverse(condition))
        .limit(CHUNK)
    )
    return Query(sa.delete(table).where(*own, sa.tuple_(*key).in_(oldest)), None, *names)


class Queries:
    one_time = expired(one_time, one_time.c.expires_at < store_now("since"), "since")
    keys = expired(idempotency_keys, idempotency_keys.c.expires_at < store_now())
    replays = expired(replays, replays.c.expires_at < store_now("since"), "since")
    invalidations = expired(invalidations, invalidations.c.at < store_now("since"), "since")


async def sweep(store: Store) -> int:
    """Delete the expired rows of the store's tenant and return how many there were.

    Of the system's store, those are the invalidations that every process has long seen.
    """
    if store.tenant == NIL:
        return await sweep_with(store, Queries.invalidations, SEEN)
    used = await sweep_with(store, Queries.one_time, REMEMBERED)
    seen = await sweep_with(store, Queries.replays, ACCEPTED)
    return used + seen + await sweep_with(store, Queries.keys)


async def sweep_with(store: Store, query: "Query[None]", *arguments: object) -> int:
    """Run a query of `expired` until nothing is left, and return how many rows it deleted."""

    async def chunk(tx: Tx) -> int:
        return await tx.run(query, *arguments)

    total, deleted = 0, CHUNK
    while deleted == CHUNK:
        deleted = await store.transact(chunk)
        total += deleted
    return total
