"""Backchannel requests.  Clients ask for theirs by primary key, people for what waits for them."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.uow import Reader, Tx
from limen.oauth.ciba.ports import Expired, NewRequest, Outgoing, WaitingRequest
from limen.oauth.decoupled.intervals import next_turn
from limen.oauth.decoupled.model import Allowed, Approval, Waiting, Wish
from limen.oauth.options import DeliveryMode
from limen.platform.db import Id, Instant, Json, Query, insert, mine, store_now, tenant_table

_REMEMBERED: Final = timedelta(days=-2)
"""As long as a client is tried to be called back, and a little more."""

backchannel_requests = tenant_table(
    "backchannel_requests",
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("id", Id, nullable=False),
    sa.Column("client_id", Id, nullable=False),
    sa.Column("user_id", Id, nullable=False),
    sa.Column("wish", Json, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("notice", sa.LargeBinary),
    sa.Column("answer", sa.LargeBinary),
    sa.Column("binding_message", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("interval", sa.Integer, nullable=False),
    sa.Column("next_at", Instant, nullable=False),
    sa.Column("approval", Json),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.UniqueConstraint("tenant", "id", name="backchannel_requests_id_key"),
    sa.Index("backchannel_requests_user_idx", "tenant", "user_id", "expires_at"),
    sa.Index("backchannel_requests_expiry_idx", "tenant", "expires_at"),
    key=("digest",),
)
_t = backchannel_requests
_c = _t.c
_LIVE = _c.expires_at > store_now()
_BY_DIGEST = sa.and_(mine(_t), _c.digest == b("digest"))
_BY_ID = sa.and_(mine(_t), _c.id == b("id"))
_UNDECIDED = sa.and_(_BY_ID, _c.user_id == b("user"), _c.state == "pending", _LIVE)
_ENDED = (
    sa.select(_c.digest)
    .where(mine(_t), _c.expires_at < store_now("remembered"))
    .limit(200)
    .with_for_update(skip_locked=True)
)
_UNANSWERED = (
    sa.select(_c.digest)
    .where(mine(_t), _c.expires_at <= store_now(), _c.state == "pending", _c.mode != "poll")
    .limit(100)
    .with_for_update(skip_locked=True)
)


class WaitingRow(msgspec.Struct, frozen=True):
    id: UUID
    client_id: UUID
    wish: dict[str, object]
    mode: DeliveryMode
    binding_message: str | None
    created_at: datetime
    expires_at: datetime

    def waiting(self) -> WaitingRequest:
        return WaitingRequest(
            self.id, self.client_id, msgspec.convert(self.wish, Wish), self.mode,
            self.binding_message, self.created_at, self.expires_at,
        )  # fmt: skip


class AllowedRow(msgspec.Struct, frozen=True):
    wish: dict[str, object]
    approval: dict[str, object]

    def allowed(self) -> Allowed:
        return Allowed(msgspec.convert(self.wish, Wish), msgspec.convert(self.approval, Approval))


class OutgoingRow(msgspec.Struct, frozen=True):
    client_id: UUID
    user_id: UUID
    state: str
    notice: bytes | None
    answer: bytes | None
    wish: dict[str, object]
    approval: dict[str, object] | None


_ADDED = (
    "digest", "id", "client_id", "user_id", "wish", "mode", "notice", "binding_message",
    "interval",
)  # fmt: skip


class Queries:
    add = Query(
        insert(_t, *_ADDED).values(
            state="pending",
            next_at=store_now(),
            created_at=store_now(),
            expires_at=store_now("lifetime"),
        ),
        None,
        *_ADDED,
        "lifetime",
    )
    find = Query(
        sa.select(_c.client_id, _c.state, _c.interval, _LIVE.label("is_live")).where(_BY_DIGEST),
        Waiting,
        "digest",
    )
    polled = Query(
        sa.update(_t)
        .where(
            _BY_DIGEST, _c.client_id == b("client"), _c.state == "pending", _LIVE,
            _c.next_at <= store_now(),
        )
        .values(next_at=next_turn(_c.interval)),
        None,
        "digest",
        "client",
    )  # fmt: skip
    slow_down = Query(
        sa.update(_t)
        .where(_BY_DIGEST, _c.state == "pending")
        .values(interval=b("seconds"), next_at=store_now("wait")),
        None,
        "digest",
        "seconds",
        "wait",
    )
    redeem = Query(
        sa.update(_t)
        .where(_BY_DIGEST, _c.client_id == b("client"), _c.state == "approved",
               _c.mode != "push", _LIVE)
        .values(state="redeemed")
        .returning(_c.wish, _c.approval),
        AllowedRow,
        "digest",
        "client",
    )  # fmt: skip
    waiting = Query(
        sa.select(*(_c[name] for name in WaitingRow.__struct_fields__))
        .where(mine(_t), _c.user_id == b("user"), _c.state == "pending", _LIVE)
        .order_by(_c.created_at)
        .limit(50),
        WaitingRow,
        "user",
    )
    approve = Query(
        sa.update(_t).where(_UNDECIDED).values(state="approved", approval=b("approval")),
        None,
        "id",
        "user",
        "approval",
    )
    deny = Query(sa.update(_t).where(_UNDECIDED).values(state="denied"), None, "id", "user")
    outgoing = Query(
        sa.select(*(_c[name] for name in OutgoingRow.__struct_fields__)).where(_BY_ID),
        OutgoingRow,
        "id",
    )
    push = Query(
        sa.update(_t)
        .where(_BY_ID, _c.mode == "push", _c.answer.is_(None),
               sa.or_(_c.state == "approved", _c.state == "redeemed"))
        .values(state="redeemed")
        .returning(_c.wish, _c.approval),
        AllowedRow,
        "id",
    )  # fmt: skip
    keep_answer = Query(
        sa.update(_t).where(_BY_ID, _c.answer.is_(None)).values(answer=b("answer")),
        None,
        "id",
        "answer",
    )
    forget_answer = Query(sa.update(_t).where(_BY_ID).values(answer=None, notice=None), None, "id")
    expire = Query(
        sa.update(_t)
        .where(mine(_t), _c.digest.in_(_UNANSWERED), _c.state == "pending")
        .values(state="expired")
        .returning(_c.id, _c.client_id, _c.mode),
        Expired,
    )
    purge = Query(sa.delete(_t).where(mine(_t), _c.digest.in_(_ENDED)), None, "remembered")


class SqlRequests:
    """`RequestStore` of the reader's tenant."""

    async def add(self, tx: Tx, new: NewRequest) -> None:
        seconds = int(new.interval.total_seconds())
        await tx.run(
            Queries.add, new.digest, new.id, new.wish.client, new.user, new.wish, new.mode,
            new.notice, new.binding_message, seconds, new.lifetime,
        )  # fmt: skip

    async def find(self, reader: Reader, digest: bytes) -> Waiting | None:
        """Return how it stands, read by its primary key."""
        return await reader.one(Queries.find, digest)

    async def polled(self, tx: Tx, digest: bytes, client: UUID) -> bool:
        """Note a question that came in time, about what is pending and live."""
        return await tx.run(Queries.polled, digest, client) == 1

    async def slow_down(self, tx: Tx, digest: bytes, *, interval: timedelta) -> None:
        await tx.run(Queries.slow_down, digest, int(interval.total_seconds()), interval)

    async def redeem(self, tx: Tx, digest: bytes, client: UUID) -> Allowed | None:
        """Use it up.  Exactly one caller gets what was approved, while it is live."""
        row = await tx.one(Queries.redeem, digest, client)
        return row.allowed() if row else None

    async def waiting(self, reader: Reader, user: UUID) -> list[WaitingRequest]:
        return [row.waiting() for row in await reader.all(Queries.waiting, user)]

    async def approve(self, tx: Tx, request: UUID, user: UUID, approval: Approval) -> bool:
        """Decide it.  True for exactly one caller, while it is live and of this person."""
        return await tx.run(Queries.approve, request, user, approval) == 1

    async def deny(self, tx: Tx, request: UUID, user: UUID) -> bool:
        """Decide it.  True for exactly one caller, while it is live and of this person."""
        return await tx.run(Queries.deny, request, user) == 1

    async def outgoing(self, reader: Reader, request: UUID) -> Outgoing | None:
        row = await reader.one(Queries.outgoing, request)
        if row is None:
            return None
        allowed = AllowedRow(row.wish, row.approval).allowed() if row.approval else None
        return Outgoing(row.client_id, row.user_id, row.state, row.notice, row.answer, allowed)

    async def push(self, tx: Tx, request: UUID) -> Allowed | None:
        """Use up what was approved, to push it; again, as long as no answer was kept."""
        row = await tx.one(Queries.push, request)
        return row.allowed() if row else None

    async def keep_answer(self, tx: Tx, request: UUID, answer: bytes) -> bool:
        """Keep the sealed answer, so that each try pushes the same.  True for the first."""
        return await tx.run(Queries.keep_answer, request, answer) == 1

    async def forget_answer(self, tx: Tx, request: UUID) -> None:
        await tx.run(Queries.forget_answer, request)

    async def expire(self, tx: Tx) -> list[Expired]:
        """End some that nobody decided and whose client is called back; return them."""
        return await tx.all(Queries.expire)

    async def purge(self, tx: Tx) -> int:
        return await tx.run(Queries.purge, _REMEMBERED)
