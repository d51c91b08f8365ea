"""Roles and assignments in the store."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.access.api import Role, Subject, SubjectKind
from limen.kernel.ids import RoleId, new_id
from limen.kernel.uow import Reader, Tx
from limen.platform.db import Id, Instant, Json, Query, insert, mine, store_now, tenant_table

roles = tenant_table(
    "roles",
    sa.Column("id", Id, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("says", sa.Text, nullable=False),
    sa.Column("permissions", Json, nullable=False),
    sa.Column("built_in", sa.Boolean, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("tenant", "name", name="roles_name_key"),
)
assignments = tenant_table(
    "role_assignments",
    sa.Column("id", Id, nullable=False),
    sa.Column("role_id", Id, nullable=False),
    sa.Column("subject_kind", sa.Text, nullable=False),
    sa.Column("subject_id", Id, nullable=False),
    sa.Column("assigned_at", Instant, nullable=False),
    sa.UniqueConstraint(
        "tenant", "subject_id", "subject_kind", "role_id", name="role_assignments_subject_key"
    ),
    sa.ForeignKeyConstraint(
        ["tenant", "role_id"],
        ["roles.tenant", "roles.id"],
        name="role_assignments_role_fkey",
        ondelete="CASCADE",
    ),
    sa.CheckConstraint("subject_kind IN ('user', 'client')", name="subject_kind"),
    sa.Index("role_assignments_role_idx", "tenant", "role_id", "id"),
)
_r, _a = roles.c, assignments.c


class _Row(msgspec.Struct, frozen=True):
    id: RoleId
    name: str
    says: str
    permissions: list[str]
    built_in: bool
    version: int


class _Assignment(msgspec.Struct, frozen=True):
    id: UUID
    subject_kind: SubjectKind
    subject_id: UUID


_COLUMNS = (_r.id, _r.name, _r.says, _r.permissions, _r.built_in, _r.version)
_IS_SUBJECT = (mine(assignments), _a.subject_id == b("subject"), _a.subject_kind == b("kind"))
_LIMIT: Any = b("limit", type_=sa.Integer)


class _Queries:
    find = Query(sa.select(*_COLUMNS).where(mine(roles), _r.id == b("role")), _Row, "role")
    find_by_name = Query(
        sa.select(*_COLUMNS).where(mine(roles), _r.name == b("name")), _Row, "name"
    )
    hold = Query(
        sa.select(*_COLUMNS).where(mine(roles), _r.id == b("role")).with_for_update(),
        _Row,
        "role",
    )
    page = Query(
        sa.select(*_COLUMNS).where(mine(roles), _r.id > b("after")).order_by(_r.id).limit(_LIMIT),
        _Row,
        "after",
        "limit",
    )
    page_of_name = Query(
        sa.select(*_COLUMNS).where(mine(roles), _r.id > b("after"), _r.name == b("name")),
        _Row,
        "after",
        "name",
    )
    add = Query(
        insert(roles, "id", "name", "says", "permissions", "built_in", "version").values(
            created_at=store_now(), updated_at=store_now()
        ),
        None,
        "id", "name", "says", "permissions", "built_in", "version",
    )  # fmt: skip
    change = Query(
        sa.update(roles)
        .where(mine(roles), _r.id == b("role"), _r.version == b("was"), _r.built_in.is_(False))
        .values(
            name=b("name"),
            says=b("says"),
            permissions=b("permissions"),
            updated_at=store_now(),
            version=_r.version + 1,
        ),
        None,
        "role", "was", "name", "says", "permissions",
    )  # fmt: skip
    remove = Query(
        sa.delete(roles).where(mine(roles), _r.id == b("role"), _r.built_in.is_(False)),
        None,
        "role",
    )
    assign = Query(
        insert(assignments, "id", "role_id", "subject_kind", "subject_id")
        .values(assigned_at=store_now())
        .on_conflict_do_nothing(),
        None,
        "id", "role_id", "subject_kind", "subject_id",
    )  # fmt: skip
    unassign = Query(
        sa.delete(assignments).where(*_IS_SUBJECT, _a.role_id == b("role")),
        None,
        "subject",
        "kind",
        "role",
    )
    of_subject = Query(
        sa.select(*_COLUMNS)
        .join(assignments, sa.and_(_a.tenant == _r.tenant, _a.role_id == _r.id))
        .where(mine(roles), *_IS_SUBJECT)
        .order_by(_r.name),
        _Row,
        "subject",
        "kind",
    )
    role_ids_of = Query(sa.select(_a.role_id).where(*_IS_SUBJECT), UUID, "subject", "kind")
    subjects = Query(
        sa.select(_a.id, _a.subject_kind, _a.subject_id)
        .where(mine(assignments), _a.role_id == b("role"), _a.id > b("after"))
        .order_by(_a.id)
        .limit(_LIMIT),
        _Assignment,
        "role",
        "after",
        "limit",
    )
    people_with = Query(
        sa.select(_a.subject_id)
        .where(mine(assignments), _a.role_id == b("role"), _a.subject_kind == "user")
        .order_by(_a.id),
        UUID,
        "role",
    )


_BEFORE_ALL = UUID(int=0)


class SqlRoles:
    """ports.RoleRows over SQL."""

    async def find(self, reader: Reader, role: UUID) -> Role | None:
        return _one(await reader.one(_Queries.find, role))

    async def find_by_name(self, reader: Reader, name: str) -> Role | None:
        return _one(await reader.one(_Queries.find_by_name, name))

    async def hold(self, tx: Tx, role: UUID) -> Role | None:
        return _one(await tx.one(_Queries.hold, role))

    async def page(
        self, reader: Reader, *, name: str | None, after: UUID | None, limit: int
    ) -> list[Role]:
        start = after or _BEFORE_ALL
        if name is None:
            return _all(await reader.all(_Queries.page, start, limit))
        return _all(await reader.all(_Queries.page_of_name, start, name))

    async def add(
        self, tx: Tx, role: RoleId, name: str, says: str, permissions: Iterable[str], *,
        built_in: bool,
    ) -> None:  # fmt: skip
        await tx.run(_Queries.add, role, name, says, sorted(permissions), built_in, 1)

    async def change(
        self, tx: Tx, role: UUID, version: int, name: str, says: str, permissions: Iterable[str]
    ) -> bool:
        held = sorted(permissions)
        return await tx.run(_Queries.change, role, version, name, says, held) == 1

    async def remove(self, tx: Tx, role: UUID) -> bool:
        return await tx.run(_Queries.remove, role) == 1

    async def assign(self, tx: Tx, role: UUID, subject: Subject) -> bool:
        return await tx.run(_Queries.assign, new_id(), role, subject.kind, subject.id) == 1

    async def unassign(self, tx: Tx, role: UUID, subject: Subject) -> bool:
        return await tx.run(_Queries.unassign, subject.id, subject.kind, role) == 1

    async def of_subject(self, reader: Reader, subject: Subject) -> list[Role]:
        return _all(await reader.all(_Queries.of_subject, subject.id, subject.kind))

    async def role_ids_of(self, reader: Reader, subject: Subject) -> list[RoleId]:
        found = await reader.all(_Queries.role_ids_of, subject.id, subject.kind)
        return [RoleId(one) for one in found]

    async def subjects(
        self, reader: Reader, role: UUID, *, after: UUID | None, limit: int
    ) -> list[tuple[UUID, Subject]]:
        rows = await reader.all(_Queries.subjects, role, after or _BEFORE_ALL, limit)
        return [(row.id, Subject(row.subject_kind, row.subject_id)) for row in rows]

    async def people_with(self, reader: Reader, role: UUID) -> list[UUID]:
        return await reader.all(_Queries.people_with, role)


def _one(row: _Row | None) -> Role | None:
    return None if row is None else _role(row)


def _all(rows: Iterable[_Row]) -> list[Role]:
    return [_role(row) for row in rows]


def _role(row: _Row) -> Role:
    return Role(row.id, row.name, row.says, frozenset(row.permissions), row.built_in, row.version)
