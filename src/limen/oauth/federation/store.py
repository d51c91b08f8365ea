"""The tables of our subordinates, and of the chains by which clients are known."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.uow import NIL, Reader, Tx
from limen.oauth.federation.ports import Subordinate, SubordinateSettings, Trusted
from limen.platform.db import Id, Instant, Json, Query, insert, mine, store_now, tenant_table

subordinates = tenant_table(
    "federation_subordinates",
    sa.Column("id", Id, nullable=False),
    sa.Column("entity_id", sa.Text, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("settings", Json, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("tenant", "entity_id", name="federation_subordinates_entity_key"),
)

federation_clients = tenant_table(
    "federation_clients",
    sa.Column("client_id", Id, nullable=False),
    sa.Column("how", sa.Text, nullable=False),
    sa.Column("anchor", sa.Text, nullable=False),
    sa.Column("superiors", Json, nullable=False),
    sa.Column("renew_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.ForeignKeyConstraint(
        ["tenant", "client_id"],
        ["clients.tenant", "clients.id"],
        name="federation_clients_client_fkey",
        ondelete="CASCADE",
    ),
    key=("client_id",),
)


class SubordinateRow(msgspec.Struct, frozen=True):
    id: UUID
    entity_id: str
    enabled: bool
    settings: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    version: int

    def subordinate(self) -> Subordinate:
        return Subordinate(
            self.id,
            self.entity_id,
            self.enabled,
            msgspec.convert(self.settings, SubordinateSettings),
            self.created_at,
            self.updated_at,
            self.version,
        )


_s, _f = subordinates.c, federation_clients.c
_ROW = tuple(_s[name] for name in SubordinateRow.__struct_fields__)
_THIS = sa.and_(mine(subordinates), _s.id == b("id"))
_NAMES = tuple(Trusted.__struct_fields__)
_put = insert(federation_clients, *_NAMES)


class Queries:
    find = Query(sa.select(*_ROW).where(_THIS), SubordinateRow, "id")
    by_name = Query(
        sa.select(*_ROW).where(mine(subordinates), _s.entity_id == b("entity_id")),
        SubordinateRow,
        "entity_id",
    )
    page = Query(
        sa.select(*_ROW)
        .where(mine(subordinates), _s.id > b("after"))
        .order_by(_s.id)
        .limit(b("count", type_=sa.Integer)),
        SubordinateRow,
        "after",
        "count",
    )
    add = Query(
        insert(subordinates, "id", "entity_id", "settings").values(
            enabled=sa.true(), created_at=store_now(), updated_at=store_now(), version=1
        ),
        None,
        "id",
        "entity_id",
        "settings",
    )
    change = Query(
        sa.update(subordinates)
        .where(_THIS, _s.version == b("expected"))
        .values(
            enabled=b("enabled"),
            settings=b("settings"),
            updated_at=store_now(),
            version=_s.version + 1,
        ),
        None,
        "id",
        "expected",
        "enabled",
        "settings",
    )
    remove = Query(sa.delete(subordinates).where(_THIS), None, "id")
    trusted = Query(
        sa.select(*(_f[name] for name in _NAMES)).where(
            mine(federation_clients), _f.client_id == b("client_id")
        ),
        Trusted,
        "client_id",
    )
    put = Query(
        _put.on_conflict_do_update(
            index_elements=["tenant", "client_id"],
            set_={name: _put.excluded[name] for name in _NAMES[1:]},
        ),
        None,
        *_NAMES,
    )
    end = Query(
        sa.update(federation_clients)
        .where(
            mine(federation_clients),
            _f.client_id == b("client_id"),
            _f.expires_at > b("now", type_=Instant()),
        )
        .values(expires_at=b("now", type_=Instant())),
        None,
        "client_id",
        "now",
    )


class SqlSubordinates:
    """Subordinates of the reader's tenant."""

    async def find(self, reader: Reader, subordinate: UUID) -> Subordinate | None:
        row = await reader.one(Queries.find, subordinate)
        return row.subordinate() if row else None

    async def find_by_name(self, reader: Reader, entity: str) -> Subordinate | None:
        row = await reader.one(Queries.by_name, entity)
        return row.subordinate() if row else None

    async def list_after(self, reader: Reader, after: UUID | None, count: int) -> list[Subordinate]:
        """Return at most `count`, by id, after the given one."""
        rows = await reader.all(Queries.page, after or NIL, count)
        return [row.subordinate() for row in rows]

    async def add(
        self, tx: Tx, subordinate: UUID, entity: str, settings: SubordinateSettings
    ) -> None:
        """Raises UniqueConflict for an entity that is one already."""
        await tx.run(Queries.add, subordinate, entity, settings)

    async def change(
        self, tx: Tx, subordinate: UUID, *, version: int, enabled: bool,
        settings: SubordinateSettings,
    ) -> bool:  # fmt: skip
        """Change it if `version` is still its version."""
        return await tx.run(Queries.change, subordinate, version, enabled, settings) == 1

    async def remove(self, tx: Tx, subordinate: UUID) -> bool:
        return await tx.run(Queries.remove, subordinate) == 1


class SqlTrusted:
    """The chains of the tenant's clients."""

    async def find(self, reader: Reader, client: UUID) -> Trusted | None:
        return await reader.one(Queries.trusted, client)

    async def put(self, tx: Tx, trusted: Trusted) -> None:
        """Add it, or replace the one there is."""
        await tx.run(Queries.put, *msgspec.structs.astuple(trusted))

    async def end(self, tx: Tx, client: UUID, now: datetime) -> bool:
        """Let it count no more.  True for exactly one caller."""
        return await tx.run(Queries.end, client, now) == 1
