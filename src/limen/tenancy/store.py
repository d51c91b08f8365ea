"""Tenants in the store: one global table, since a tenant is found before one is entered."""

from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.ids import TenantId
from limen.kernel.uow import NIL, Reader, Tx
from limen.platform.db import Id, Instant, Json, Query, global_table, insert, store_now
from limen.tenancy.ports import Status, TenantRow

tenants = global_table(
    "tenants",
    sa.Column("id", Id, primary_key=True),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("settings", Json, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("slug", name="tenants_slug_key"),
    sa.CheckConstraint("status IN ('active', 'suspended')", name="status"),
)
_t = tenants.c
_CHANGED = {"updated_at": store_now(), "version": _t.version + 1}


class _Queries:
    find = Query(sa.select(tenants).where(_t.id == b("id")), TenantRow, "id")
    by_slug = Query(sa.select(tenants).where(_t.slug == b("slug")), TenantRow, "slug")
    active_version = Query(
        sa.select(_t.version).where(_t.slug == b("slug"), _t.status == "active"), int, "slug"
    )
    page = Query(
        sa.select(tenants)
        .where(_t.id > b("after"))
        .order_by(_t.id)
        .limit(b("limit", type_=sa.Integer)),
        TenantRow,
        "after",
        "limit",
    )
    page_of_slug = Query(
        sa.select(tenants).where(_t.id > b("after"), _t.slug == b("slug")),
        TenantRow,
        "after",
        "slug",
    )
    ids = Query(sa.select(_t.id).order_by(_t.id), UUID)
    add = Query(
        insert(tenants, "id", "slug", "name", "status", "settings", "version")
        .values(created_at=store_now(), updated_at=store_now())
        .returning(*tenants.c),
        TenantRow,
        "id", "slug", "name", "status", "settings", "version",
    )  # fmt: skip
    rename = Query(
        sa.update(tenants)
        .where(_t.id == b("tenant_id"), _t.version == b("was"))
        .values(name=b("to"), **_CHANGED)
        .returning(*tenants.c),
        TenantRow,
        "tenant_id",
        "was",
        "to",
    )
    change_settings = Query(
        sa.update(tenants)
        .where(_t.id == b("tenant_id"), _t.version == b("was"))
        .values(settings=b("to"), **_CHANGED)
        .returning(*tenants.c),
        TenantRow,
        "tenant_id",
        "was",
        "to",
    )
    change_status = Query(
        sa.update(tenants)
        .where(_t.id == b("tenant_id"), _t.status != b("to"))
        .values(status=b("to"), **_CHANGED)
        .returning(*tenants.c),
        TenantRow,
        "tenant_id",
        "to",
    )


class SqlTenants:
    """ports.TenantRows over SQL."""

    async def find(self, reader: Reader, tenant: UUID) -> TenantRow | None:
        return await reader.one(_Queries.find, tenant)

    async def by_slug(self, reader: Reader, slug: str) -> TenantRow | None:
        return await reader.one(_Queries.by_slug, slug)

    async def active_version(self, reader: Reader, slug: str) -> int | None:
        return await reader.one(_Queries.active_version, slug)

    async def page(
        self, reader: Reader, *, slug: str | None, after: UUID | None, limit: int
    ) -> list[TenantRow]:
        start = after or NIL
        if slug is None:
            return await reader.all(_Queries.page, start, limit)
        return await reader.all(_Queries.page_of_slug, start, slug)

    async def ids(self, reader: Reader) -> list[TenantId]:
        return [TenantId(found) for found in await reader.all(_Queries.ids)]

    async def add(self, tx: Tx, slug: str, name: str) -> TenantRow:
        row = await tx.one(_Queries.add, tx.tenant, slug, name, "active", {}, 1)
        if row is None:  # pragma: no cover - INSERT … RETURNING gives its row or raises
            raise RuntimeError("the inserted tenant did not come back")
        return row

    async def rename(self, tx: Tx, tenant: UUID, version: int, name: str) -> TenantRow | None:
        return await tx.one(_Queries.rename, tenant, version, name)

    async def change_settings(
        self, tx: Tx, tenant: UUID, version: int, settings: Mapping[str, object]
    ) -> TenantRow | None:
        return await tx.one(_Queries.change_settings, tenant, version, dict(settings))

    async def change_status(self, tx: Tx, tenant: UUID, to: Status) -> TenantRow | None:
        return await tx.one(_Queries.change_status, tenant, to)
