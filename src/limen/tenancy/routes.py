"""The routes of tenants and their settings."""

from limen.kernel.errors import Conflict
from limen.kernel.routes import NOBODY, Route, permission
from limen.tenancy.model import TenantSettings
from limen.tenancy.views import NewTenantBody, TenantPatch, TenantsQuery, TenantView

SETTINGS_LIMIT = 4 * 1024 * 1024  # a block list of 10,000 words

_READ = permission("tenants:read")
_WRITE = permission("tenants:write")

ROUTES = (
    Route(
        method="GET", path="/api/v1/tenants", operation="tenants.list",
        summary="List tenants.", access=_READ, answer="api", rate="read", csrf="none",
        cache="no-store", system=True, query=TenantsQuery, returns=TenantView, is_list=True,
    ),
    Route(
        method="POST", path="/api/v1/tenants", operation="tenants.create",
        summary="Create a tenant with its keys and built-in roles.", access=_WRITE, answer="api",
        rate="write", csrf="json", cache="no-store", system=True, body=NewTenantBody,
        returns=TenantView, success=201, refusals=(Conflict,),
        example={"slug": "acme", "name": "Acme Inc."},
    ),
    Route(
        method="GET", path="/api/v1/tenants/{id}", operation="tenants.get",
        summary="Show a tenant.", access=_READ, answer="api", rate="read", csrf="none",
        cache="no-store", system=True, returns=TenantView,
    ),
    Route(
        method="PATCH", path="/api/v1/tenants/{id}", operation="tenants.update",
        manages=NOBODY,
        summary="Rename a tenant.", access=_WRITE, answer="api", rate="write", csrf="json",
        cache="no-store", system=True, body=TenantPatch, returns=TenantView,
        example={"name": "Acme Inc."},
    ),
    Route(
        method="POST", path="/api/v1/tenants/{id}/suspend", operation="tenants.suspend",
        manages=NOBODY,
        summary="Suspend a tenant: it answers nothing.", access=_WRITE, answer="api",
        rate="write", csrf="json", cache="no-store", system=True, returns=TenantView,
    ),
    Route(
        method="POST", path="/api/v1/tenants/{id}/activate", operation="tenants.activate",
        manages=NOBODY,
        summary="Activate a suspended tenant.", access=_WRITE, answer="api", rate="write",
        csrf="json", cache="no-store", system=True, returns=TenantView,
    ),
    Route(
        method="PATCH", path="/api/v1/tenants/{id}/settings", operation="tenants.change_settings",
        manages=NOBODY,
        summary="Change a tenant's settings; null goes back to the default.", access=_WRITE,
        answer="api", rate="write", csrf="json", cache="no-store", system=True,
        body=TenantSettings, returns=TenantSettings, body_limit=SETTINGS_LIMIT,
        example={"sign_up_mode": "closed"},
    ),
    Route(
        method="GET", path="/api/v1/settings", operation="settings.get",
        summary="Show the settings of this tenant.", access=permission("settings:read"),
        answer="api", rate="read", csrf="none", cache="no-store", returns=TenantSettings,
    ),
    Route(
        method="PATCH", path="/api/v1/settings", operation="settings.update",
        summary="Change settings of this tenant; null goes back to the default.",
        access=permission("settings:write"), answer="api", rate="write", csrf="json",
        cache="no-store", body=TenantSettings, returns=TenantSettings, body_limit=SETTINGS_LIMIT,
        example={"sign_up_mode": "closed", "support_url": "https://acme.example/help"},
    ),
)  # fmt: skip
