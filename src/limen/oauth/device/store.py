"""Device authorizations.  A device asks for its own by primary key; people find it by its code."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.uow import Reader, Tx
from limen.oauth.decoupled.approvals import Asked
from limen.oauth.decoupled.intervals import next_turn
from limen.oauth.decoupled.model import Allowed, Approval, Waiting, Wish
from limen.oauth.device.ports import NewDevice
from limen.platform.db import Id, Instant, Json, Query, insert, mine, store_now, tenant_table

_REMEMBERED: Final = timedelta(hours=-1)
"""An hour after its end a device still learns that its code expired."""

device_authorizations = tenant_table(
    "device_authorizations",
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("code_mac", sa.LargeBinary, nullable=False),
    sa.Column("client_id", Id, nullable=False),
    sa.Column("wish", Json, nullable=False),
    sa.Column("ip", sa.Text),
    sa.Column("user_agent", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("interval", sa.Integer, nullable=False),
    sa.Column("next_at", Instant, nullable=False),
    sa.Column("approval", Json),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.UniqueConstraint("tenant", "code_mac", name="device_authorizations_code_key"),
    sa.Index("device_authorizations_expiry_idx", "tenant", "expires_at"),
    key=("digest",),
)
_t = device_authorizations
_c = _t.c
_LIVE = _c.expires_at > store_now()
_THIS = sa.and_(mine(_t), _c.digest == b("digest"))
_UNDECIDED = sa.and_(mine(_t), _c.code_mac == b("code_mac"), _c.state == "pending", _LIVE)
_ENDED = (
    sa.select(_c.digest)
    .where(mine(_t), _c.expires_at < store_now("remembered"))
    .limit(200)
    .with_for_update(skip_locked=True)
)


class AskedRow(msgspec.Struct, frozen=True):
    client_id: UUID
    wish: dict[str, object]
    ip: str | None
    user_agent: str | None
    created_at: datetime
    expires_at: datetime

    def asked(self) -> Asked:
        wish = msgspec.convert(self.wish, Wish)
        return Asked(
            self.client_id, wish, self.ip, self.user_agent, self.created_at, self.expires_at
        )


class AllowedRow(msgspec.Struct, frozen=True):
    wish: dict[str, object]
    approval: dict[str, object]


_ADDED = ("digest", "code_mac", "client_id", "wish", "ip", "user_agent", "interval")


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
        sa.select(_c.client_id, _c.state, _c.interval, _LIVE.label("is_live")).where(_THIS),
        Waiting,
        "digest",
    )
    polled = Query(
        sa.update(_t)
        .where(
            _THIS, _c.client_id == b("client"), _c.state == "pending", _LIVE,
            _c.next_at <= store_now(),
        )
        .values(next_at=next_turn(_c.interval)),
        None,
        "digest",
        "client",
    )  # fmt: skip
    slow_down = Query(
        sa.update(_t)
        .where(_THIS, _c.state == "pending")
        .values(interval=b("seconds"), next_at=store_now("wait")),
        None,
        "digest",
        "seconds",
        "wait",
    )
    find_by_code = Query(
        sa.select(*(_c[name] for name in AskedRow.__struct_fields__)).where(_UNDECIDED),
        AskedRow,
        "code_mac",
    )
    approve = Query(
        sa.update(_t).where(_UNDECIDED).values(state="approved", approval=b("approval")),
        None,
        "code_mac",
        "approval",
    )
    deny = Query(sa.update(_t).where(_UNDECIDED).values(state="denied"), None, "code_mac")
    redeem = Query(
        sa.update(_t)
        .where(_THIS, _c.client_id == b("client"), _c.state == "approved", _LIVE)
        .values(state="redeemed")
        .returning(_c.wish, _c.approval),
        AllowedRow,
        "digest",
        "client",
    )
    purge = Query(sa.delete(_t).where(mine(_t), _c.digest.in_(_ENDED)), None, "remembered")


class SqlDeviceAuthorizations:
    """`DeviceStore` of the reader's tenant."""

    async def add(self, tx: Tx, new: NewDevice) -> None:
        """Raises UniqueConflict where another device shows the same user code."""
        seconds = int(new.interval.total_seconds())
        await tx.run(
            Queries.add, new.digest, new.code_mac, new.wish.client, new.wish, new.ip,
            new.user_agent, seconds, new.lifetime,
        )  # fmt: skip

    async def find(self, reader: Reader, digest: bytes) -> Waiting | None:
        """Return how it stands, read by its primary key."""
        return await reader.one(Queries.find, digest)

    async def polled(self, tx: Tx, digest: bytes, client: UUID) -> bool:
        """Note a question that came in time, about what is pending and live."""
        return await tx.run(Queries.polled, digest, client) == 1

    async def slow_down(self, tx: Tx, digest: bytes, *, interval: timedelta) -> None:
        await tx.run(Queries.slow_down, digest, int(interval.total_seconds()), interval)

    async def find_by_code(self, reader: Reader, code_mac: bytes) -> Asked | None:
        """Return what waits under a user code, undecided and live."""
        row = await reader.one(Queries.find_by_code, code_mac)
        return row.asked() if row else None

    async def approve(self, tx: Tx, code_mac: bytes, approval: Approval) -> bool:
        """Decide it.  True for exactly one caller, while it is live."""
        return await tx.run(Queries.approve, code_mac, approval) == 1

    async def deny(self, tx: Tx, code_mac: bytes) -> bool:
        """Decide it.  True for exactly one caller, while it is live."""
        return await tx.run(Queries.deny, code_mac) == 1

    async def redeem(self, tx: Tx, digest: bytes, client: UUID) -> Allowed | None:
        """Use it up.  Exactly one caller gets what was approved, while it is live."""
        row = await tx.one(Queries.redeem, digest, client)
        if row is None:
            return None
        return Allowed(msgspec.convert(row.wish, Wish), msgspec.convert(row.approval, Approval))

    async def purge(self, tx: Tx) -> int:
        """Delete some that ended long ago; return how many."""
        return await tx.run(Queries.purge, _REMEMBERED)
