"""The statements over deliveries and their queue."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.sql.elements import ColumnElement

from limen.kernel.deliveries import Receipt, Status
from limen.platform.db import Id, Json, Query, mine, store_now
from limen.platform.db.sweep import expired
from limen.platform.db.tables import one_of, the_tenant
from limen.platform.deliveries.tables import deliveries, delivery_queue

_d, _q = deliveries.c, delivery_queue.c


class Claimed(msgspec.Struct, frozen=True):
    """A row of the queue that is this process's until its lease ends."""

    id: UUID
    tenant: UUID
    target: str
    claims: int


class Stuck(msgspec.Struct, frozen=True):
    """How many deliveries fail again and again, and to how many receivers."""

    deliveries: int
    receivers: int


class Row(msgspec.Struct, frozen=True):
    id: UUID
    kind: str
    url: str
    subject: UUID
    receiver: UUID | None
    payload_sealed: bytes
    status: Status
    created_at: datetime
    gives_up_at: datetime


class New(msgspec.Struct, frozen=True, array_like=True):
    """One element of the list that is inserted: ids and bytes in hexadecimal, as JSON can."""

    id: str
    kind: str
    url: str
    subject: str
    receiver: str | None
    payload_sealed: str
    lifetime: int  # microseconds
    target: str


_new = sa.func.jsonb_array_elements(b("rows", type_=Json())).column_valued("new")


def _fixed(text: str) -> ColumnElement[Any]:
    return sa.literal_column(text)


def _text(place: int) -> ColumnElement[Any]:
    return _new.op("->>")(_fixed(str(place)))


def _id(place: int) -> ColumnElement[Any]:
    return sa.cast(_text(place), sa.Uuid())


_ADDED = (
    "tenant", "id", "kind", "url", "subject", "receiver", "payload_sealed", "status", "attempts",
    "created_at", "next_at", "gives_up_at",
)  # fmt: skip
_lifetime = sa.cast(_text(6), sa.BigInteger) * _fixed("interval '1 microsecond'")
_add = Insert(deliveries).from_select(
    _ADDED,
    sa.select(
        the_tenant(), _id(0), _text(1), _text(2), _id(3), _id(4),
        sa.func.decode(_text(5), _fixed("'hex'")),
        _fixed("'waiting'"), _fixed("0"),
        store_now(), store_now(), store_now() + _lifetime,
    ),
)  # fmt: skip
_queue = Insert(delivery_queue).from_select(
    ("tenant", "id", "target", "due_at", "claims"),
    sa.select(the_tenant(), _id(0), _text(7), store_now(), _fixed("0")),
)
_RECEIPT = tuple(_d[name] for name in Receipt.__struct_fields__)
_LIMIT = b("limit", type_=sa.Integer)
_OURS = (_q.id == b("id"), _q.claims == b("claims"))


def _page(*conditions: ColumnElement[bool]) -> "sa.Select[Any]":
    return (
        sa.select(*_RECEIPT)
        .where(mine(deliveries), _d.kind == b("kind"), _d.id > b("after"), *conditions)
        .order_by(_d.id)
        .limit(_LIMIT)
    )


class Queries:
    add = Query(
        _add, None, "rows",
        sqlite=f"INSERT INTO deliveries ({', '.join(_ADDED)}) SELECT :tenant,"  # noqa: S608 # our own column names
        " unhex(value ->> 0), value ->> 1, value ->> 2, unhex(value ->> 3),"
        " iif(value ->> 4 IS NULL, NULL, unhex(value ->> 4)),"
        " unhex(value ->> 5), 'waiting', 0, store_now(), store_now(),"
        " store_now() + (value ->> 6) FROM json_each(:rows)",
    )  # fmt: skip
    queue = Query(
        _queue, None, "rows",
        sqlite="INSERT INTO delivery_queue (tenant, id, target, due_at, claims) SELECT :tenant,"
        " unhex(value ->> 0), value ->> 7, store_now(), 0 FROM json_each(:rows)",
    )  # fmt: skip
    # What is due, but for what goes to those who have enough to answer already.
    due = Query(
        sa.select(_q.id, _q.tenant, _q.target, _q.claims)
        .where(_q.due_at <= store_now(), sa.not_(one_of(_q.target, "busy")))
        .order_by(_q.due_at, _q.id)
        .limit(_LIMIT)
        .with_for_update(skip_locked=True),
        Claimed, "busy", "limit",
    )  # fmt: skip
    any_due = Query(
        sa.select(_q.id).where(_q.due_at <= store_now(), sa.not_(one_of(_q.target, "busy")))
        .limit(1),
        UUID, "busy",
    )  # fmt: skip
    claim = Query(
        sa.update(delivery_queue)
        .where(one_of(_q.id, "ids"), _q.due_at <= store_now())
        .values(claims=_q.claims + 1, due_at=store_now("lease"))
        .returning(_q.id, _q.tenant, _q.target, _q.claims),
        Claimed, "ids", "lease",
    )  # fmt: skip
    stuck = Query(
        sa.select(sa.func.count(), sa.func.count(_q.target.distinct())).where(
            _q.claims >= b("claims")
        ),
        Stuck, "claims",
    )  # fmt: skip
    leave = Query(sa.delete(delivery_queue).where(*_OURS), None, "id", "claims")
    postpone = Query(
        sa.update(delivery_queue).where(*_OURS).values(due_at=store_now("wait")),
        None, "id", "claims", "wait",
    )  # fmt: skip
    again = Query(
        Insert(delivery_queue).values(
            tenant=the_tenant(), id=b("id"), target=b("target"), due_at=store_now(), claims=0
        ),
        None, "id", "target",
    )  # fmt: skip
    find = Query(
        sa.select(*(_d[name] for name in Row.__struct_fields__))
        .where(mine(deliveries), _d.id == b("id")),
        Row, "id",
    )  # fmt: skip
    tried = Query(
        sa.update(deliveries)
        .where(mine(deliveries), _d.id == b("id"))
        .values(attempts=b("attempts"), answered=b("answered"), error=b("error"),
                next_at=store_now("wait")),
        None, "id", "attempts", "answered", "error", "wait",
    )  # fmt: skip
    settle = Query(
        sa.update(deliveries)
        .where(mine(deliveries), _d.id == b("id"))
        .values(status=b("status"), attempts=b("attempts"), answered=b("answered"),
                error=b("error"), next_at=None, settled_at=store_now(),
                payload_sealed=sa.case((b("keep", type_=sa.Boolean), _d.payload_sealed),
                                       else_=sa.literal(b"", sa.LargeBinary))),
        None, "id", "status", "attempts", "answered", "error", "keep",
    )  # fmt: skip
    revive = Query(
        sa.update(deliveries)
        .where(mine(deliveries), _d.id == b("id"), _d.status == "failed")
        .values(status="waiting", attempts=0, error=None, answered=None, settled_at=None,
                next_at=store_now(), gives_up_at=store_now("lifetime"))
        .returning(_d.url),
        str, "id", "lifetime",
    )  # fmt: skip
    withdraw = Query(
        sa.update(deliveries)
        .where(mine(deliveries), _d.kind == b("kind"), _d.subject == b("subject"),
               _d.status == "waiting")
        .values(status="withdrawn", next_at=None, settled_at=store_now(), payload_sealed=b""),
        None, "kind", "subject",
    )  # fmt: skip
    of_subject = Query(
        sa.select(*_RECEIPT)
        .where(mine(deliveries), _d.kind == b("kind"), _d.subject == b("subject"))
        .order_by(_d.id),
        Receipt, "kind", "subject",
    )  # fmt: skip
    get = Query(sa.select(*_RECEIPT).where(mine(deliveries), _d.id == b("id")), Receipt, "id")
    page = Query(_page(), Receipt, "kind", "after", "limit")
    page_in = Query(_page(_d.status == b("status")), Receipt, "kind", "after", "limit", "status")
    page_to = Query(
        _page(_d.receiver == b("receiver", type_=Id())),
        Receipt, "kind", "after", "limit", "receiver",
    )  # fmt: skip
    page_in_to = Query(
        _page(_d.status == b("status"), _d.receiver == b("receiver", type_=Id())),
        Receipt, "kind", "after", "limit", "status", "receiver",
    )  # fmt: skip
    old = expired(deliveries, _d.settled_at < store_now("since"), "since")
