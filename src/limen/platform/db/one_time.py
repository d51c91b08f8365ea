"""One-time things in the store: one conditional write decides who was first (R024, A019)."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypeVar
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.one_time import Entry
from limen.kernel.uow import Reader, Tx
from limen.platform.db.query import Query
from limen.platform.db.shared import one_time as t
from limen.platform.db.tables import insert, mine, one_of, store_now

P = TypeVar("P", bound=msgspec.Struct)


class _Row(msgspec.Struct, frozen=True):
    payload: str
    subject: UUID | None
    issued_at: datetime
    expires_at: datetime
    consumed_at: datetime | None = None


_this = sa.and_(mine(t), t.c.kind == b("kind"), t.c.digest == b("digest"))
_open = sa.and_(t.c.consumed_at.is_(None), t.c.expires_at > store_now())
_of_subject = sa.and_(mine(t), t.c.subject == b("subject"), t.c.consumed_at.is_(None))
_columns = (t.c.payload, t.c.subject, t.c.issued_at, t.c.expires_at)


class Queries:
    add = Query(
        insert(t, "kind", "digest", "payload", "subject").values(
            issued_at=store_now(), expires_at=store_now("lifetime")
        ),
        None, "kind", "digest", "payload", "subject", "lifetime",
    )  # fmt: skip
    find = Query(sa.select(*_columns).where(_this, _open), _Row, "kind", "digest")
    consume = Query(
        sa.update(t).where(_this, _open).values(consumed_at=store_now()).returning(*_columns),
        _Row, "kind", "digest",
    )  # fmt: skip
    consumed = Query(
        sa.select(*_columns, t.c.consumed_at).where(_this, t.c.consumed_at.is_not(None)),
        _Row, "kind", "digest",
    )  # fmt: skip
    withdraw = Query(
        sa.delete(t).where(_of_subject, one_of(t.c.kind, "kinds")), None, "subject", "kinds"
    )
    withdraw_all = Query(sa.delete(t).where(_of_subject), None, "subject")


class SqlOneTime:
    """`kernel.one_time.OneTime` over the store; the key is (tenant, kind, SHA-256 of the secret).

    What was used stays for a day after it would have expired, so that a replay is known as one.
    """

    async def issue(
        self,
        tx: Tx,
        kind: str,
        payload: msgspec.Struct,
        *,
        lifetime: timedelta,
        secret: str,
        subject: UUID | None = None,
    ) -> None:
        kept = msgspec.json.encode(payload).decode()
        await tx.run(Queries.add, kind, _digest(secret), kept, subject, lifetime)

    async def find(
        self, reader: Reader, kind: str, secret: str, payload: type[P]
    ) -> Entry[P] | None:
        return _entry(await reader.one(Queries.find, kind, _digest(secret)), payload)

    async def consume(self, tx: Tx, kind: str, secret: str, payload: type[P]) -> Entry[P] | None:
        digest = _digest(secret)
        row = await tx.one(Queries.consume, kind, digest)
        if row is None:
            row = await tx.one(Queries.consumed, kind, digest)
        return _entry(row, payload)

    async def withdraw(self, tx: Tx, subject: UUID, *kinds: str) -> int:
        if kinds:
            return await tx.run(Queries.withdraw, subject, kinds)
        return await tx.run(Queries.withdraw_all, subject)


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _entry(row: _Row | None, payload: type[P]) -> Entry[P] | None:
    if row is None:
        return None
    content = msgspec.json.decode(row.payload, type=payload)
    return Entry(content, row.subject, row.issued_at, row.expires_at, row.consumed_at)
