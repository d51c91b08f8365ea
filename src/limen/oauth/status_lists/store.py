"""Places in status lists, with all that each token rests on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam as b
from sqlalchemy.sql.elements import ColumnElement

from limen.kernel.ids import new_id
from limen.kernel.standing import Principal
from limen.kernel.uow import Reader, Tx
from limen.oauth.status_lists.model import CAPACITY
from limen.platform.db import Id, Instant, Query, insert, mine, store_now, tenant_table
from limen.platform.db.standing import SqlGate
from limen.platform.db.sweep import expired

status_lists = tenant_table(
    "status_lists",
    sa.Column("id", Id, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Index("status_lists_expiry_idx", "tenant", "expires_at"),
)
status_tokens = tenant_table(
    "status_tokens",
    sa.Column("list_id", Id, nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("user_id", Id),
    sa.Column("session_id", Id),
    sa.Column("client_id", Id),
    sa.Column("grant_id", Id),
    sa.Column("family_id", Id),
    sa.Column("token_id", Id),
    sa.Column("issuer_id", Id),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Index("status_tokens_expiry_idx", "tenant", "expires_at"),
    key=("list_id", "place", "number"),
)
_l, _t = status_lists.c, status_tokens.c
_FIELDS: Final = ("user", "session", "client", "grant", "family", "token", "issuer")
_GIVEN: Final = (
    "list_id", "place", "number", *(f"{name}_id" for name in _FIELDS), "expires_at",
)  # fmt: skip


_ends: ColumnElement[Any] = b("expires_at", type_=Instant())


class Queries:
    newest = Query(
        sa.select(_l.id)
        .where(mine(status_lists), _l.size < CAPACITY, _l.expires_at > store_now())
        .order_by(_l.id.desc())
        .limit(1),
        UUID,
    )
    take = Query(
        sa.update(status_lists)
        .where(mine(status_lists), _l.id == b("id"), _l.size < CAPACITY)
        .values(
            size=_l.size + 1,
            expires_at=sa.case((_l.expires_at < _ends, _ends), else_=_l.expires_at),
        )
        .returning(_l.size),
        int,
        "id",
        "expires_at",
    )
    begin = Query(insert(status_lists, "id", "expires_at").values(size=1), None, "id", "expires_at")
    add = Query(insert(status_tokens, *_GIVEN), None, *_GIVEN)
    size = Query(
        sa.select(_l.size).where(mine(status_lists), _l.id == b("id"), _l.expires_at > store_now()),
        int,
        "id",
    )
    over = expired(status_tokens, _t.expires_at < store_now())
    lists_over = expired(status_lists, _l.expires_at < store_now())


class SqlStatusLists:
    """`gate` says which tokens are refused, in the same words as everywhere."""

    def __init__(self, gate: SqlGate) -> None:
        refused = gate.refused({name: status_tokens.c[f"{name}_id"] for name in _FIELDS})
        self._refused: Query[int] = Query(
            sa.select(_t.place)
            .where(mine(status_tokens), _t.list_id == b("id"), _t.expires_at > store_now(), refused)
            .distinct(),
            int,
            "id",
        )

    async def take(
        self, tx: Tx, principals: Sequence[Principal], expires_at: datetime
    ) -> tuple[UUID, int]:
        """Return a list and a place in it that no other token ever gets."""
        list_id, size = await tx.one(Queries.newest), None
        if list_id is not None:
            size = await tx.one(Queries.take, list_id, expires_at)
        if list_id is None or size is None:  # none, or filled by another unit just now
            list_id, size = new_id(), 1
            await tx.run(Queries.begin, list_id, expires_at)
        place = size - 1
        for number, principal in enumerate(principals):
            fields = [getattr(principal, name) for name in _FIELDS]
            await tx.run(Queries.add, list_id, place, number, *fields, expires_at)
        return list_id, place

    async def size(self, reader: Reader, list_id: UUID) -> int | None:
        return await reader.one(Queries.size, list_id)

    async def refused(self, reader: Reader, list_id: UUID) -> list[int]:
        return await reader.all(self._refused, list_id)
