"""Tenants as the API shows them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from limen.platform.http.api import Paging
from limen.tenancy.model import MAX_NAME, TenantSettings, issuer_of
from limen.tenancy.ports import Status, TenantRow

Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]


class TenantView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    slug: str
    name: str
    status: Status
    issuer: str
    settings: TenantSettings
    created_at: datetime
    updated_at: datetime
    version: int


class TenantsQuery(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    slug: str | None = None


class NewTenantBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    slug: Annotated[str, Meta(min_length=2, max_length=40)]
    name: Name


class TenantPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name


def view(row: TenantRow, issuer: str) -> TenantView:
    return TenantView(
        id=row.id,
        slug=row.slug,
        name=row.name,
        status=row.status,
        issuer=issuer_of(row.slug, issuer),
        settings=msgspec.convert(row.settings, TenantSettings),
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )
