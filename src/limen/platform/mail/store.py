"""Queued messages; their content is sealed, since it may hold a usable secret (R151)."""

from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.platform.db import Id, Instant, Query, insert, mine, store_now, tenant_table

messages = tenant_table(
    "messages",
    sa.Column("id", Id, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("next_at", Instant, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Index("messages_next_at_idx", "tenant", "next_at"),
)


class MessageRow(msgspec.Struct, frozen=True):
    id: UUID
    content: bytes
    tries: int
    created_at: datetime


_columns = (messages.c.id, messages.c.content, messages.c.tries, messages.c.created_at)
_due = (
    sa.select(messages.c.id)
    .where(mine(messages), messages.c.next_at <= store_now())
    .order_by(messages.c.next_at, messages.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
    .scalar_subquery()
)
_claimed = (mine(messages), messages.c.id == b("id"), messages.c.tries == b("tries"))


class Queries:
    add = Query(
        insert(messages, "id", "content").values(
            tries=0, next_at=store_now(), created_at=store_now()
        ),
        None, "id", "content",
    )  # fmt: skip
    # The outer comparison decides: it is looked at again when the row's lock was waited for.
    claim = Query(
        sa.update(messages)
        .where(mine(messages), messages.c.id == _due, messages.c.next_at <= store_now())
        .values(tries=messages.c.tries + 1, next_at=store_now("lease"))
        .returning(*_columns),
        MessageRow, "lease",
    )  # fmt: skip
    postpone = Query(
        sa.update(messages).where(*_claimed).values(next_at=store_now("wait")),
        None, "id", "tries", "wait",
    )  # fmt: skip
    remove = Query(sa.delete(messages).where(*_claimed), None, "id", "tries")
    newest = Query(
        sa.select(*_columns).where(mine(messages))
        .order_by(messages.c.created_at.desc(), messages.c.id.desc()).limit(200),
        MessageRow,
    )  # fmt: skip
    find = Query(sa.select(*_columns).where(mine(messages), messages.c.id == b("id")),
                 MessageRow, "id")  # fmt: skip
