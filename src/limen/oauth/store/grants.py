"""Grants: what a person allows a client.  One live row for each pair; ids are never reused."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.uow import NIL, Reader, Tx
from limen.oauth.model.interaction import Allowed
from limen.oauth.ports import GrantRecord
from limen.platform.db import Id, Instant, Json, Query, insert, mine, store_now, tenant_table

grants = tenant_table(
    "grants",
    sa.Column("id", Id, nullable=False),
    sa.Column("user_id", Id, nullable=False),
    sa.Column("client_id", Id, nullable=False),
    sa.Column("scope", Json, nullable=False),
    sa.Column("resources", Json, nullable=False),
    sa.Column("details", Json, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
    sa.Column("challenge_digest", sa.LargeBinary),
    sa.Column("nonce_digest", sa.LargeBinary),
    sa.Column("revoked_at", Instant),
    sa.Column("reason", sa.Text),
    sa.ForeignKeyConstraint(
        ["tenant", "client_id"],
        ["clients.tenant", "clients.id"],
        name="grants_client_fkey",
        ondelete="CASCADE",
    ),
    sa.Index(
        "grants_live_idx",
        "tenant",
        "user_id",
        "client_id",
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    ),
    sa.Index("grants_client_idx", "tenant", "client_id"),
)


class AllowedRow(msgspec.Struct, frozen=True):
    id: UUID
    scope: list[str]
    resources: list[str]
    details: list[dict[str, Any]]
    challenge_digest: bytes | None
    nonce_digest: bytes | None


_LIVE = grants.c.revoked_at.is_(None)
_COUNT = b("count", type_=sa.Integer)
_RECORD = tuple(grants.c[name] for name in GrantRecord.__struct_fields__)
_ALLOWED = tuple(grants.c[name] for name in AllowedRow.__struct_fields__)


_FILTERS = {"user": grants.c.user_id, "client": grants.c.client_id}


@lru_cache(maxsize=4)
def _page(filters: tuple[str, ...]) -> Query[GrantRecord]:
    """Return the query of live grants by these columns; each combination has its own."""
    wanted = [_FILTERS[name] == b(name) for name in filters]
    return Query(
        sa.select(*_RECORD)
        .where(mine(grants), *wanted, grants.c.id > b("after"), _LIVE)
        .order_by(grants.c.id)
        .limit(_COUNT),
        GrantRecord,
        *filters,
        "after",
        "count",
    )


class Queries:
    allowed = Query(
        sa.select(*_ALLOWED).where(
            mine(grants), grants.c.user_id == b("user"), grants.c.client_id == b("client"), _LIVE
        ),
        AllowedRow,
        "user",
        "client",
    )
    get = Query(
        sa.select(*_RECORD).where(mine(grants), grants.c.id == b("id"), _LIVE), GrantRecord, "id"
    )
    list_of = Query(
        sa.select(*_RECORD)
        .where(mine(grants), grants.c.user_id == b("user"), _LIVE)
        .order_by(grants.c.id)
        .limit(500),
        GrantRecord,
        "user",
    )
    add = Query(
        insert(grants, "id", "user_id", "client_id", "scope", "resources", "details").values(
            created_at=store_now(), used_at=store_now()
        ),
        None,
        "id",
        "user_id",
        "client_id",
        "scope",
        "resources",
        "details",
    )
    hold = Query(
        sa.update(grants)
        .where(
            mine(grants), grants.c.user_id == b("user"), grants.c.client_id == b("client"), _LIVE
        )
        .values(used_at=store_now())
        .returning(*_ALLOWED),
        AllowedRow,
        "user",
        "client",
    )
    extend = Query(
        sa.update(grants)
        .where(mine(grants), grants.c.id == b("id"), _LIVE)
        .values(
            scope=b("scope"),
            resources=b("resources"),
            details=b("details"),
            used_at=store_now(),
        ),
        None,
        "id",
        "scope",
        "resources",
        "details",
    )
    mark = Query(
        sa.update(grants)
        .where(mine(grants), grants.c.id == b("id"), _LIVE)
        .values(used_at=store_now(), challenge_digest=b("challenge"), nonce_digest=b("nonce")),
        None,
        "id",
        "challenge",
        "nonce",
    )
    revoke = Query(
        sa.update(grants)
        .where(mine(grants), grants.c.id == b("id"), grants.c.user_id == b("user"), _LIVE)
        .values(revoked_at=store_now(), reason=b("reason"))
        .returning(grants.c.client_id),
        UUID,
        "id",
        "user",
        "reason",
    )


class SqlGrants:
    """Grants of the reader's tenant."""

    async def find(self, reader: Reader, user: UUID, client: UUID) -> Allowed | None:
        return _allowed(await reader.one(Queries.allowed, user, client))

    async def get(self, reader: Reader, grant: UUID) -> GrantRecord | None:
        """Return a live grant by its id."""
        return await reader.one(Queries.get, grant)

    async def list_after(
        self, reader: Reader, filters: Mapping[str, UUID], after: UUID | None, count: int
    ) -> list[GrantRecord]:
        """Return at most `count` live grants after the given id."""
        query = _page(tuple(filters))
        return await reader.all(query, *filters.values(), after or NIL, count)

    async def list_of(self, reader: Reader, user: UUID) -> list[GrantRecord]:
        return await reader.all(Queries.list_of, user)

    async def add(self, tx: Tx, grant: UUID, user: UUID, client: UUID, allowed: Allowed) -> None:
        """Raises UniqueConflict where another unit was first: read again and extend."""
        scope, resources = sorted(allowed.scope), sorted(allowed.resources)
        await tx.run(Queries.add, grant, user, client, scope, resources, allowed.details)

    async def hold(self, tx: Tx, user: UUID, client: UUID) -> Allowed | None:
        """Return the live grant, and let nobody else change it before this unit has ended."""
        return _allowed(await tx.one(Queries.hold, user, client))

    async def extend(self, tx: Tx, allowed: Allowed) -> None:
        """Let a held grant allow what `allowed` says."""
        scope, resources = sorted(allowed.scope), sorted(allowed.resources)
        await tx.run(Queries.extend, allowed.id, scope, resources, allowed.details)

    async def mark(self, tx: Tx, grant: UUID, *, challenge: bytes, nonce: bytes | None) -> None:
        """Note that it was used now, and with what; both are digests."""
        await tx.run(Queries.mark, grant, challenge, nonce)

    async def revoke(self, tx: Tx, grant: UUID, user: UUID, reason: str) -> UUID | None:
        """Revoke it for exactly one caller, and return its client."""
        return await tx.one(Queries.revoke, grant, user, reason)


def _allowed(row: AllowedRow | None) -> Allowed | None:
    if row is None:
        return None
    scope, resources = frozenset(row.scope), frozenset(row.resources)
    marks = (row.challenge_digest, row.nonce_digest)
    return Allowed(row.id, scope, resources, *marks, details=tuple(row.details))
