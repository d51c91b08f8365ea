"""Roles as the API shows them."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from limen.access.api import Role, Subject, SubjectKind
from limen.access.model import MAX_SAYS
from limen.platform.http.api import Paging

Name = Annotated[str, Meta(min_length=3, max_length=64)]
Says = Annotated[str, Meta(max_length=MAX_SAYS)]
Permissions = Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(max_length=100)]


class RoleView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    says: str
    permissions: list[str]
    built_in: bool
    version: int


class RolesQuery(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str | None = None


class NewRoleBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name
    says: Says = ""
    permissions: Permissions


class RolePatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name | None = None
    says: Says | None = None
    permissions: Permissions | None = None


class SubjectBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: SubjectKind
    id: UUID


class SubjectView(msgspec.Struct, frozen=True, kw_only=True):
    kind: SubjectKind
    id: UUID


class PermissionView(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    says: str


def role_view(role: Role) -> RoleView:
    return RoleView(
        id=role.id,
        name=role.name,
        says=role.says,
        permissions=sorted(role.permissions),
        built_in=role.built_in,
        version=role.version,
    )


def subject_view(subject: Subject) -> SubjectView:
    return SubjectView(kind=subject.kind, id=subject.id)
