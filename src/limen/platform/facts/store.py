"""The tables of facts: `events`, and the queue of tenants whose facts wait for the sealer.

`id` is the store's own order, drawn when the row is inserted: PostgreSQL's identity with a
cache of 1, and on SQLite, which has one writer, one more than the tenant's last.  It is never
shown.  `event_id` is the public id, `seq` the place in the tenant's log, NULL until sealed.
`data` is text on both stores: what is hashed is what is stored, to the byte.
"""

import sqlalchemy as sa
from sqlalchemy import bindparam as b
from sqlalchemy.dialects.postgresql import Insert

from limen.platform.db import Id, Instant, Query, global_table, store_now, tenant_table
from limen.platform.db.tables import the_tenant

events = tenant_table(
    "events",
    sa.Column("id", sa.BigInteger, sa.Identity(always=True, cache=1), nullable=False),
    sa.Column("event_id", Id, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor_kind", sa.Text, nullable=False),
    sa.Column("actor", Id),
    sa.Column("session", Id),
    sa.Column("target_kind", sa.Text),
    sa.Column("target", sa.Text),
    sa.Column("person", Id),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("request_id", sa.Text, nullable=False),
    sa.Column("ref", sa.Text, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Column("personal_sealed", sa.LargeBinary),
    sa.Column("key_commitment", sa.LargeBinary),
    sa.Column("seq", sa.BigInteger),
    sa.Column("leaf", sa.LargeBinary),
    sa.UniqueConstraint("tenant", "event_id", name="events_event_id_key"),
)
sa.Index(
    "events_seq_key",
    events.c.tenant,
    events.c.seq,
    unique=True,
    postgresql_where=events.c.seq.is_not(None),
    sqlite_where=events.c.seq.is_not(None),
)
sa.Index(
    "events_unsealed_idx",
    events.c.tenant,
    events.c.id,
    postgresql_where=events.c.seq.is_(None),
    sqlite_where=events.c.seq.is_(None),
)
sa.Index(
    "events_person_idx",
    events.c.tenant,
    events.c.person,
    events.c.id,
    postgresql_where=events.c.person.is_not(None),
    sqlite_where=events.c.person.is_not(None),
)
sa.Index(
    "events_ref_idx",
    events.c.tenant,
    events.c.ref,
    events.c.id,
    postgresql_where=events.c.result == "refused",
    sqlite_where=events.c.result == "refused",
)

seal_queue = global_table(
    "seal_queue",
    sa.Column("tenant", Id, sa.ForeignKey("tenants.id"), primary_key=True),
    sa.Column("queued_at", Instant, nullable=False),
)

_GIVEN = (
    "event_id", "name", "actor_kind", "actor", "session", "target_kind", "target", "person",
    "result", "reason", "request_id", "ref", "data", "personal_sealed", "key_commitment",
)  # fmt: skip
_COLUMNS = ", ".join(_GIVEN)
_VALUES = ", ".join(f":{name}" for name in _GIVEN)


class Queries:
    add = Query(
        Insert(events)
        .values(
            {"tenant": the_tenant(), "at": store_now()}
            | {name: b(name, type_=events.c[name].type) for name in _GIVEN}
        )
        .inline(),
        None,
        *_GIVEN,
        sqlite=f"INSERT INTO events (tenant, id, at, {_COLUMNS}) VALUES (:tenant,"  # noqa: S608 # our own column names
        " (SELECT coalesce(max(id), 0) + 1 FROM events WHERE tenant = :tenant),"
        f" store_now(), {_VALUES})",
    )
    enqueue = Query(
        (
            _queue := Insert(seal_queue).values(tenant=the_tenant(), queued_at=store_now()).inline()
        ).on_conflict_do_update(
            index_elements=["tenant"], set_={"queued_at": _queue.excluded.queued_at}
        )
    )
