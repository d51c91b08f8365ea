"""Statements over a shared table, for tests of the store itself."""

from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.platform.db import Query, insert, mine, store_now
from limen.platform.db.shared import one_time as t

_this = sa.and_(mine(t), t.c.kind == "note", t.c.digest == b("digest"))
_add = insert(t, "digest", "payload").values(
    kind="note", issued_at=store_now(), expires_at=store_now()
)


class Note(msgspec.Struct, frozen=True):
    digest: bytes
    payload: str
    subject: UUID | None
    issued_at: datetime


class Notes:
    add = Query(_add, None, "digest", "payload")
    add_returning = Query(_add.returning(t.c.payload), str, "digest", "payload")
    add_if_new = Query(
        _add.on_conflict_do_nothing(index_elements=["tenant", "kind", "digest"]).returning(
            t.c.payload
        ),
        str, "digest", "payload",
    )  # fmt: skip
    add_broken = Query(
        insert(t, "digest").values(kind="note", issued_at=store_now(), expires_at=store_now()),
        None, "digest",
    )  # fmt: skip
    find = Query(
        sa.select(t.c.digest, t.c.payload, t.c.subject, t.c.issued_at).where(_this), Note, "digest"
    )
    count = Query(sa.select(sa.func.count()).where(mine(t)), int)
    all = Query(sa.select(t.c.payload).where(mine(t)).order_by(t.c.payload), str)
    change = Query(sa.update(t).where(_this).values(payload=b("new")), None, "digest", "new")
    swap = Query(
        sa.update(t)
        .where(_this, t.c.payload == b("before"))
        .values(payload=b("after"))
        .returning(t.c.payload),
        str, "digest", "before", "after",
    )  # fmt: skip
