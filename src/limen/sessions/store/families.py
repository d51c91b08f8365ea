"""Refresh-token families in the store: one row each, however often they are refreshed."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b
from sqlalchemy.sql.elements import ColumnElement

from limen.kernel.ids import FamilyId, UserId
from limen.kernel.uow import Reader, Tx
from limen.platform.db import Instant, Query, insert, mine, store_now
from limen.sessions.api import NewFamily
from limen.sessions.model import FamilyState, RefreshToken
from limen.sessions.ports import Lifetime, Revoked
from limen.sessions.store.tables import (
    earliest,
    is_live_session,
    seconds_from_now,
    sessions,
    token_families,
)

_f = token_families.c
_FAR = datetime(9999, 1, 1, tzinfo=UTC)
NOBODY = UUID(int=0)

_session_active_at = (
    sa.select(sessions.c.last_active_at)
    .where(is_live_session(), sessions.c.id == _f.session_id)
    .correlate(token_families)
    .scalar_subquery()
)
_OWN: tuple[ColumnElement[Any], ...] = (
    _f.id, _f.user_id, _f.client_id, _f.session_id, _f.grant_id, _f.scope, _f.resources,
    _f.offline, _f.confidential, _f.key_binding, _f.generation, _f.secret_hash,
    _f.previous_hash, _f.started_at, _f.rotated_at, _f.used_at, _f.expires_at,
    _f.idle_expires_at, _f.authenticated_at, _f.acr, _f.amr, _f.nonce, _f.claims,
    _f.authorization_details, _f.revoked_at,
)  # fmt: skip
_NOW: ColumnElement[Any] = store_now().label("now")
_COLUMNS = (*_OWN, _session_active_at.label("session_active_at"), _NOW)


class _Ended(msgspec.Struct, frozen=True):
    id: FamilyId
    user_id: UserId
    client_id: UUID


def _is_live() -> ColumnElement[bool]:
    return sa.and_(
        mine(token_families),
        _f.revoked_at.is_(None),
        _f.expires_at > store_now(),
        _f.idle_expires_at > store_now(),
        sa.or_(_f.offline, _f.session_id.is_(None), _session_active_at.is_not(None)),
    )


def _is_current() -> tuple[ColumnElement[bool], ...]:
    """The family of this token, where it is the last one and its client holds it."""
    return (
        _is_live(),
        _f.id == b("family"),
        _f.generation == b("current"),
        _f.secret_hash == b("digest"),
        _f.client_id == b("client"),
        _f.key_binding.is_not_distinct_from(b("key")),
    )


_REVOKE: dict[str, Any] = {
    "revoked_at": store_now(),
    "expires_at": store_now(),  # what was revoked is kept for as long as what has expired
    "reason": b("reason"),
}


def _revoking(*conditions: ColumnElement[bool], names: tuple[str, ...]) -> Query[_Ended]:
    return Query(
        sa.update(token_families)
        .where(mine(token_families), _f.revoked_at.is_(None), *conditions)
        .values(**_REVOKE)
        .returning(_f.id, _f.user_id, _f.client_id),
        _Ended,
        *names,
        "reason",
    )


_NEW = (
    "id", "user_id", "client_id", "session_id", "grant_id", "scope", "resources", "offline",
    "confidential", "key_binding", "generation", "secret_hash", "idle_seconds",
    "authenticated_at", "acr", "amr", "nonce", "claims", "authorization_details",
)  # fmt: skip
_cap: ColumnElement[Any] = b("cap", type_=Instant())


_FILTERS = {"user": _f.user_id, "client": _f.client_id, "session": _f.session_id,
            "grant": _f.grant_id}  # fmt: skip


@lru_cache(maxsize=16)
def _page(filters: tuple[str, ...]) -> Query[FamilyState]:
    """Return the query of live families by these columns; each combination has its own."""
    wanted = [_FILTERS[name] == b(name) for name in filters]
    return Query(
        sa.select(*_COLUMNS)
        .where(_is_live(), *wanted, _f.id > b("after"))
        .order_by(_f.id)
        .limit(b("limit", type_=sa.Integer)),
        FamilyState,
        *filters,
        "after",
        "limit",
    )


class _Queries:
    find = Query(
        sa.select(*_COLUMNS).where(mine(token_families), _f.id == b("id")), FamilyState, "id"
    )
    of_user = Query(
        sa.select(*_COLUMNS)
        .where(_is_live(), _f.user_id == b("user"))
        .order_by(_f.used_at.desc(), _f.id.desc()),
        FamilyState,
        "user",
    )
    add = Query(
        insert(token_families, *_NEW)
        .values(
            started_at=store_now(),
            used_at=store_now(),
            expires_at=earliest(store_now("lifetime"), _cap),
            idle_expires_at=earliest(store_now("idle"), store_now("lifetime"), _cap),
        )
        .returning(*_OWN, sa.null().label("session_active_at"), _NOW),
        FamilyState,
        *_NEW, "lifetime", "idle", "cap",
    )  # fmt: skip
    rotate = Query(
        sa.update(token_families)
        .where(*_is_current())
        .values(
            generation=_f.generation + 1,
            previous_hash=_f.secret_hash,
            secret_hash=b("successor"),
            rotated_at=store_now(),
            used_at=store_now(),
            idle_expires_at=earliest(seconds_from_now(_f.idle_seconds), _f.expires_at),
        )
        .returning(*_COLUMNS),
        FamilyState,
        "family", "current", "digest", "client", "key", "successor",
    )  # fmt: skip
    renew = Query(
        sa.update(token_families)
        .where(*_is_current())
        .values(
            previous_hash=sa.null(),  # its successor was used: nobody repeats it any more
            used_at=store_now(),
            idle_expires_at=earliest(seconds_from_now(_f.idle_seconds), _f.expires_at),
        )
        .returning(*_COLUMNS),
        FamilyState,
        "family", "current", "digest", "client", "key",
    )  # fmt: skip
    revoke = _revoking(_f.id == b("family"), names=("family",))
    revoke_session = _revoking(
        _f.session_id == b("session"), _f.offline.is_(False), names=("session",)
    )
    revoke_user = _revoking(
        _f.user_id == b("user"),
        _f.session_id.is_distinct_from(b("keep")),
        names=("user", "keep"),
    )
    revoke_grant = _revoking(_f.grant_id == b("grant"), names=("grant",))
    revoke_client = Query(
        sa.update(token_families)
        .where(mine(token_families), _f.revoked_at.is_(None), _f.client_id == b("client"))
        .values(**_REVOKE),
        None,
        "client",
        "reason",
    )
    purge = Query(
        sa.delete(token_families).where(
            mine(token_families),
            _f.id.in_(
                sa.select(_f.id)
                .where(mine(token_families), _f.expires_at < store_now("ago"))
                .limit(b("limit", type_=sa.Integer))
            ),
        ),
        None,
        "ago",
        "limit",
    )


class SqlFamilies:
    """ports.FamilyRows over SQL."""

    async def find(self, reader: Reader, family: UUID) -> FamilyState | None:
        return await reader.one(_Queries.find, family)

    async def of_user(self, reader: Reader, user: UUID) -> list[FamilyState]:
        return await reader.all(_Queries.of_user, user)

    async def page(
        self, reader: Reader, filters: Mapping[str, UUID], *, after: UUID | None, limit: int
    ) -> list[FamilyState]:
        query = _page(tuple(filters))
        return await reader.all(query, *filters.values(), after or NOBODY, limit)

    async def add(
        self, tx: Tx, first: RefreshToken, new: NewFamily, lifetime: Lifetime
    ) -> FamilyState:
        state = await tx.one(
            _Queries.add,
            first.family, new.user, new.client, new.session, new.grant, " ".join(new.scope),
            " ".join(new.resources), new.offline, new.confidential, new.key_binding,
            first.generation, first.digest, int(lifetime.idle.total_seconds()),
            new.authenticated_at, new.acr, " ".join(new.amr), new.nonce,
            " ".join(new.claims), list(new.authorization_details) or None,
            lifetime.absolute, lifetime.idle, lifetime.cap or _FAR,
        )  # fmt: skip
        if state is None:  # pragma: no cover - INSERT … RETURNING gives its row or raises
            raise RuntimeError("the inserted family did not come back")
        return state

    async def rotate(
        self,
        tx: Tx,
        current: RefreshToken,
        successor: RefreshToken,
        *,
        client: UUID,
        key_binding: str | None,
    ) -> FamilyState | None:
        return await tx.one(
            _Queries.rotate,
            current.family, current.generation, current.digest, client, key_binding,
            successor.digest,
        )  # fmt: skip

    async def renew(
        self, tx: Tx, current: RefreshToken, *, client: UUID, key_binding: str | None
    ) -> FamilyState | None:
        return await tx.one(
            _Queries.renew,
            current.family, current.generation, current.digest, client, key_binding,
        )  # fmt: skip

    async def revoke(self, tx: Tx, family: UUID, reason: str) -> list[Revoked]:
        return _ended(await tx.all(_Queries.revoke, family, reason))

    async def revoke_session(self, tx: Tx, session: UUID, reason: str) -> list[Revoked]:
        return _ended(await tx.all(_Queries.revoke_session, session, reason))

    async def revoke_user(
        self, tx: Tx, user: UUID, *, keep: UUID | None, reason: str
    ) -> list[Revoked]:
        return _ended(await tx.all(_Queries.revoke_user, user, keep or NOBODY, reason))

    async def revoke_grant(self, tx: Tx, grant: UUID, reason: str) -> list[Revoked]:
        return _ended(await tx.all(_Queries.revoke_grant, grant, reason))

    async def revoke_client(self, tx: Tx, client: UUID, reason: str) -> int:
        return await tx.run(_Queries.revoke_client, client, reason)

    async def purge(self, tx: Tx, older_than: timedelta, limit: int) -> int:
        return await tx.run(_Queries.purge, -older_than, limit)


def _ended(rows: list[_Ended]) -> list[Revoked]:
    return [Revoked(row.id, row.user_id, row.client_id) for row in rows]
