"""Changes of addresses that wait for their sides: at most one for each person."""

from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.authentication.ports import AddressChange
from limen.kernel.ids import UserId
from limen.kernel.uow import Tx
from limen.platform.db import Id, Instant, Query, insert, mine, store_now, tenant_table

address_changes = tenant_table(
    "address_changes",
    sa.Column("user_id", Id, nullable=False),
    sa.Column("change", Id, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("old_address", sa.Text),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("new_at", Instant),
    sa.Column("old_at", Instant),
    key=("user_id",),
)


class ChangeRow(msgspec.Struct, frozen=True):
    change: UUID
    user_id: UUID
    address: str
    old_address: str | None
    new_at: datetime | None
    old_at: datetime | None


_c = address_changes.c
_ROW = (_c.change, _c.user_id, _c.address, _c.old_address, _c.new_at, _c.old_at)
_THIS = sa.and_(mine(address_changes), _c.change == b("this"))
_WISH = ("user_id", "change", "address", "old_address")


class Queries:
    start = Query(
        insert(address_changes, *_WISH)
        .values(asked_at=store_now())
        .on_conflict_do_update(
            index_elements=["tenant", "user_id"],
            set_={
                "change": b("change"),
                "address": b("address"),
                "old_address": b("old_address"),
                "asked_at": store_now(),
                "new_at": None,
                "old_at": None,
            },
        ),
        None,
        *_WISH,
    )
    confirm_new = Query(
        sa.update(address_changes).where(_THIS).values(new_at=store_now()).returning(*_ROW),
        ChangeRow,
        "this",
    )
    confirm_old = Query(
        sa.update(address_changes).where(_THIS).values(old_at=store_now()).returning(*_ROW),
        ChangeRow,
        "this",
    )
    end = Query(
        sa.delete(address_changes).where(mine(address_changes), _c.user_id == b("user")),
        None,
        "user",
    )


class SqlAddressChanges:
    """`AddressChanges` over SQL."""

    async def start(
        self, tx: Tx, change: UUID, user: UserId, *, address: str, old_address: str | None
    ) -> None:
        await tx.run(Queries.start, user, change, address, old_address)

    async def confirm(self, tx: Tx, change: UUID, *, new_side: bool) -> AddressChange | None:
        query = Queries.confirm_new if new_side else Queries.confirm_old
        row = await tx.one(query, change)
        if row is None:
            return None
        return AddressChange(
            row.change, UserId(row.user_id), row.address, row.old_address, row.new_at, row.old_at
        )

    async def end(self, tx: Tx, user: UserId) -> None:
        await tx.run(Queries.end, user)
