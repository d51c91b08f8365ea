"""The API's handlers for tenants and settings; the guard has asked for permission before."""

from collections.abc import Mapping

import msgspec

from limen.kernel.ids import TenantId
from limen.platform.http.api import (
    Listings,
    answer,
    created,
    expected_version,
    path_id,
    read_query,
)
from limen.platform.http.messages import Handler, Request, Response
from limen.tenancy.directory import Directory
from limen.tenancy.model import TenantSettings
from limen.tenancy.ports import Status, TenantRow
from limen.tenancy.views import NewTenantBody, TenantPatch, TenantsQuery, view


class TenantsApi:
    """Handlers by operation."""

    def __init__(self, directory: Directory, listings: Listings, issuer: str) -> None:
        self._directory, self._listings, self._issuer = directory, listings, issuer

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "tenants.list": self.list_,
            "tenants.create": self.create,
            "tenants.get": self.get,
            "tenants.update": self.update,
            "tenants.suspend": self.suspend,
            "tenants.activate": self.activate,
            "tenants.change_settings": self.change_settings,
            "settings.get": self.own_settings,
            "settings.update": self.change_own_settings,
        }

    async def list_(self, request: Request) -> Response:
        query = read_query(request, TenantsQuery)
        after = await self._listings.after(request, query)
        found = await self._directory.page(slug=query.slug, after=after, limit=query.limit + 1)
        page = found[: query.limit]
        last = page[-1].id if len(found) > query.limit else None
        views = [view(row, self._issuer) for row in page]
        return await self._listings.answer(request, query, views, last)

    async def create(self, request: Request) -> Response:
        body = await request.json(NewTenantBody)
        tenant = await self._directory.create(body.slug, body.name, request.cause)
        row = await self._directory.row(tenant.id)
        location = f"/api/v1/tenants/{row.id}"
        return created(request, view(row, self._issuer), location, version=row.version)

    async def get(self, request: Request) -> Response:
        return self._answer(request, await self._directory.row(path_id(request)))

    async def update(self, request: Request) -> Response:
        body = await request.json(TenantPatch)
        row = await self._directory.rename(
            _tenant_id(request), body.name, request.cause, version=expected_version(request)
        )
        return self._answer(request, row)

    async def suspend(self, request: Request) -> Response:
        return await self._change_status(request, "suspended")

    async def activate(self, request: Request) -> Response:
        return await self._change_status(request, "active")

    async def change_settings(self, request: Request) -> Response:
        return await self._settle(request, _tenant_id(request))

    async def own_settings(self, request: Request) -> Response:
        return _settings(request, await self._directory.row(request.tenant.id))

    async def change_own_settings(self, request: Request) -> Response:
        return await self._settle(request, request.tenant.id)

    async def _settle(self, request: Request, tenant: TenantId) -> Response:
        change = await request.json(dict[str, object])
        row = await self._directory.settle(
            tenant, change, request.cause, version=expected_version(request)
        )
        return _settings(request, row)

    async def _change_status(self, request: Request, to: Status) -> Response:
        row = await self._directory.change_status(_tenant_id(request), to, request.cause)
        return self._answer(request, row)

    def _answer(self, request: Request, row: TenantRow) -> Response:
        return answer(request, view(row, self._issuer), version=row.version)


def _tenant_id(request: Request) -> TenantId:
    return TenantId(path_id(request))


def _settings(request: Request, row: TenantRow) -> Response:
    return answer(request, msgspec.convert(row.settings, TenantSettings), version=row.version)
