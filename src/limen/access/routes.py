"""The routes of roles and of who has them."""

from limen.access.views import (
    NewRoleBody,
    PermissionView,
    RolePatch,
    RolesQuery,
    RoleView,
    SubjectBody,
    SubjectView,
)
from limen.kernel.errors import Conflict
from limen.kernel.routes import NOBODY, Route, permission
from limen.platform.http.api import Paging

_READ = permission("roles:read")
_WRITE = permission("roles:write")

ROUTES = (
    Route(
        method="GET", path="/api/v1/permissions", operation="permissions.list",
        summary="List all permissions, with what they allow.", access=_READ, answer="api",
        rate="read", csrf="none", cache="no-store", returns=PermissionView, is_list=True,
    ),
    Route(
        method="GET", path="/api/v1/roles", operation="roles.list", summary="List roles.",
        access=_READ, answer="api", rate="read", csrf="none", cache="no-store",
        query=RolesQuery, returns=RoleView, is_list=True,
    ),
    Route(
        method="POST", path="/api/v1/roles", operation="roles.create", summary="Create a role.",
        access=_WRITE, answer="api", rate="write", csrf="json", cache="no-store",
        body=NewRoleBody, returns=RoleView, success=201, refusals=(Conflict,),
        example={"name": "helpdesk", "says": "Ends sessions.", "permissions": ["sessions:*"]},
    ),
    Route(
        method="GET", path="/api/v1/roles/{id}", operation="roles.get", summary="Show a role.",
        access=_READ, answer="api", rate="read", csrf="none", cache="no-store",
        returns=RoleView,
    ),
    Route(
        method="PATCH", path="/api/v1/roles/{id}", operation="roles.update",
        manages=NOBODY,
        summary="Change a role's name, description or permissions.", access=_WRITE,
        answer="api", rate="write", csrf="json", cache="no-store", body=RolePatch,
        returns=RoleView, example={"permissions": ["sessions:read"]},
    ),
    Route(
        method="DELETE", path="/api/v1/roles/{id}", operation="roles.delete",
        manages=NOBODY,
        summary="Delete a role; whoever had it has it no more.", access=_WRITE, answer="api",
        rate="write", csrf="json", cache="no-store", success=204,
    ),
    Route(
        method="GET", path="/api/v1/roles/{id}/subjects", operation="roles.subjects",
        summary="List the people and clients that have a role.", access=_READ, answer="api",
        rate="read", csrf="none", cache="no-store", query=Paging, returns=SubjectView,
        is_list=True,
    ),
    Route(
        method="POST", path="/api/v1/roles/{id}/assign", operation="roles.assign",
        manages=NOBODY,
        summary="Give a role to a person or a client.", access=_WRITE, answer="api",
        rate="write", csrf="json", cache="no-store", body=SubjectBody, success=204,
        example={"kind": "user", "id": "019a0000-0000-7000-8000-000000000001"},
    ),
    Route(
        method="POST", path="/api/v1/roles/{id}/unassign", operation="roles.unassign",
        manages=NOBODY,
        summary="Take a role from a person or a client.", access=_WRITE, answer="api",
        rate="write", csrf="json", cache="no-store", body=SubjectBody, success=204,
        example={"kind": "user", "id": "019a0000-0000-7000-8000-000000000001"},
    ),
    Route(
        method="GET", path="/api/v1/users/{id}/roles", operation="users.roles",
        summary="List the roles of a person.", access=_READ, answer="api", rate="read",
        csrf="none", cache="no-store", returns=RoleView, is_list=True,
    ),
    Route(
        method="GET", path="/api/v1/clients/{id}/roles", operation="clients.roles",
        summary="List the roles of a client.", access=_READ, answer="api", rate="read",
        csrf="none", cache="no-store", returns=RoleView, is_list=True,
    ),
)  # fmt: skip
