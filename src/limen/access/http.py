"""The API's handlers for roles; the guard has asked for permission before."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from limen.access.api import PERMISSIONS, Subject, SubjectKind
from limen.access.commands import StoredRoles
from limen.access.usecases.assign_role import assign_role, check_exists, unassign_role
from limen.access.usecases.change_roles import change_role, create_role, delete_role
from limen.access.views import (
    NewRoleBody,
    PermissionView,
    RolePatch,
    RolesQuery,
    SubjectBody,
    role_view,
    subject_view,
)
from limen.kernel.errors import NotFound
from limen.platform.http.api import (
    Listings,
    Paging,
    answer,
    created,
    expected_version,
    no_content,
    path_id,
    read_query,
)
from limen.platform.http.messages import Handler, Request, Response

_ALL = Paging()


class RolesApi:
    """Handlers by operation."""

    def __init__(self, roles: StoredRoles, listings: Listings) -> None:
        self._roles, self._ports, self._listings = roles, roles.ports, listings

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "permissions.list": self.list_permissions,
            "roles.list": self.list_,
            "roles.create": self.create,
            "roles.get": self.get,
            "roles.update": self.update,
            "roles.delete": self.delete,
            "roles.subjects": self.subjects,
            "roles.assign": self.assign,
            "roles.unassign": self.unassign,
            "users.roles": self.of_user,
            "clients.roles": self.of_client,
        }

    async def list_permissions(self, request: Request) -> Response:
        views = [PermissionView(name=name, says=says) for name, says in PERMISSIONS.items()]
        return await self._listings.answer(request, _ALL, views, None)

    async def list_(self, request: Request) -> Response:
        query = read_query(request, RolesQuery)
        after = await self._listings.after(request, query)
        found = await self._ports.rows.page(
            request.store, name=query.name, after=after, limit=query.limit + 1
        )
        page = found[: query.limit]
        last = page[-1].id if len(found) > query.limit else None
        views = [role_view(role) for role in page]
        return await self._listings.answer(request, query, views, last)

    async def create(self, request: Request) -> Response:
        body = await request.json(NewRoleBody)
        role = await request.store.transact(
            lambda tx: create_role(
                tx, body.name, body.says, body.permissions, request.cause,
                by=_held(request), ports=self._ports,
            )
        )  # fmt: skip
        return created(request, role_view(role), f"/api/v1/roles/{role.id}", version=role.version)

    async def get(self, request: Request) -> Response:
        role = await self._ports.rows.find(request.store, path_id(request))
        if role is None:
            raise NotFound("no role of this tenant")
        return answer(request, role_view(role), version=role.version)

    async def update(self, request: Request) -> Response:
        body, role_id = await request.json(RolePatch), path_id(request)
        version = expected_version(request)
        role = await request.store.transact(
            lambda tx: change_role(
                tx, role_id, request.cause, name=body.name, says=body.says,
                permissions=body.permissions, version=version, by=_held(request),
                ports=self._ports,
            )
        )  # fmt: skip
        return answer(request, role_view(role), version=role.version)

    async def delete(self, request: Request) -> Response:
        role_id = path_id(request)
        await request.store.transact(
            lambda tx: delete_role(tx, role_id, request.cause, by=_held(request), ports=self._ports)
        )
        return no_content()

    async def subjects(self, request: Request) -> Response:
        query = read_query(request, Paging)
        after, role = await self._listings.after(request, query), path_id(request)
        if await self._ports.rows.find(request.store, role) is None:
            raise NotFound("no role of this tenant")
        found = await self._ports.rows.subjects(
            request.store, role, after=after, limit=query.limit + 1
        )
        page = found[: query.limit]
        last = page[-1][0] if len(found) > query.limit else None
        views = [subject_view(subject) for _, subject in page]
        return await self._listings.answer(request, query, views, last)

    async def assign(self, request: Request) -> Response:
        return await self._move(request, assign_role)

    async def unassign(self, request: Request) -> Response:
        return await self._move(request, unassign_role)

    async def of_user(self, request: Request) -> Response:
        return await self._of(request, "user")

    async def of_client(self, request: Request) -> Response:
        return await self._of(request, "client")

    async def _of(self, request: Request, kind: SubjectKind) -> Response:
        subject = Subject(kind, path_id(request))
        await check_exists(request.store, subject, self._ports.gate)
        found = await self._roles.roles_of(request.store, subject)
        views = [role_view(role) for role in found]
        return await self._listings.answer(request, _ALL, views, None)

    async def _move(self, request: Request, move: Callable[..., Awaitable[Any]]) -> Response:
        body, role = await request.json(SubjectBody), path_id(request)
        subject = Subject(body.kind, body.id)
        await request.store.transact(
            lambda tx: move(tx, role, subject, request.cause, by=_held(request), ports=self._ports)
        )
        return no_content()


def _held(request: Request) -> frozenset[str] | None:
    """What the caller may give; the local command line holds everything."""
    return None if request.cause.actor.kind == "local-cli" else request.permissions
