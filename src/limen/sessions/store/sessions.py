"""Browser sessions in the store: every race is decided by one conditional statement."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b
from sqlalchemy.sql.elements import ColumnElement

from limen.kernel.ids import SessionId, UserId
from limen.kernel.uow import Reader, Tx
from limen.platform.db import Query, insert, mine, store_now
from limen.sessions.api import Session
from limen.sessions.ports import NewSession
from limen.sessions.store.tables import earliest, is_live_session, seconds_from_now, sessions

_s = sessions.c


class _Row(msgspec.Struct, frozen=True):
    id: SessionId
    user_id: UserId
    started_at: datetime
    authenticated_at: datetime
    last_active_at: datetime
    idle_expires_at: datetime
    expires_at: datetime
    amr: str
    acr: str
    ip: str | None
    user_agent: str | None
    remembered: bool
    ended_at: datetime | None


_COLUMNS: tuple[ColumnElement[Any], ...] = (
    _s.id, _s.user_id, _s.started_at, _s.authenticated_at, _s.last_active_at,
    _s.idle_expires_at, _s.expires_at, _s.amr, _s.acr, _s.ip, _s.user_agent, _s.remembered,
    _s.ended_at,
)  # fmt: skip
_END: dict[str, Any] = {
    "ended_at": store_now(),
    "expires_at": store_now(),  # what has ended is kept for as long as what has expired
    "end_reason": b("reason"),
}
_AUTHENTICATED: dict[str, Any] = {
    "chosen_at": store_now(),
    "authenticated_at": store_now(),
    "last_active_at": store_now(),
    "idle_expires_at": earliest(store_now("idle"), store_now("lifetime")),
    "expires_at": store_now("lifetime"),
}
_seconds = b("seconds", type_=sa.Integer)
_fewer_seconds = sa.case((_s.idle_seconds > _seconds, _seconds), else_=_s.idle_seconds)
_PROOF = ("amr", "acr", "ip", "user_agent", "remembered", "idle_seconds")


class _Queries:
    of_browser = Query(
        sa.select(*_COLUMNS)
        .where(is_live_session(), _s.browser_digest == b("digest"))
        .order_by(_s.chosen_at.desc(), _s.id.desc()),
        _Row,
        "digest",
    )
    of_user = Query(
        sa.select(*_COLUMNS)
        .where(is_live_session(), _s.user_id == b("user"))
        .order_by(_s.last_active_at.desc(), _s.id.desc()),
        _Row,
        "user",
    )
    find = Query(sa.select(*_COLUMNS).where(mine(sessions), _s.id == b("id")), _Row, "id")
    find_live = Query(sa.select(*_COLUMNS).where(is_live_session(), _s.id == b("id")), _Row, "id")
    move = Query(
        sa.update(sessions)
        .where(is_live_session(), _s.browser_digest == b("old"))
        .values(browser_digest=b("new"))
        .returning(*_COLUMNS),
        _Row,
        "old",
        "new",
    )
    add = Query(
        insert(sessions, "id", "user_id", "browser_digest", *_PROOF).values(
            started_at=store_now(), **_AUTHENTICATED
        ),
        None,
        "id", "user_id", "browser_digest", *_PROOF, "idle", "lifetime",
    )  # fmt: skip
    renew = Query(
        sa.update(sessions)
        .where(mine(sessions), _s.id == b("session"))
        .values(**_AUTHENTICATED, **{name: b(name) for name in _PROOF}),
        None,
        "session", *_PROOF, "idle", "lifetime",
    )  # fmt: skip
    choose = Query(
        sa.update(sessions)
        .where(is_live_session(), _s.id == b("session"), _s.browser_digest == b("digest"))
        .values(chosen_at=store_now()),
        None,
        "session",
        "digest",
    )
    shorten = Query(
        sa.update(sessions)
        .where(is_live_session(), _s.user_id == b("user"))
        .values(
            expires_at=earliest(_s.expires_at, store_now("lifetime")),
            idle_expires_at=earliest(_s.idle_expires_at, store_now("lifetime"), store_now("idle")),
            idle_seconds=_fewer_seconds,
        ),
        None,
        "user", "lifetime", "idle", "seconds",
    )  # fmt: skip
    touch = Query(
        sa.update(sessions)
        .where(is_live_session(), _s.id == b("session"), _s.last_active_at < store_now("ago"))
        .values(
            last_active_at=store_now(),
            idle_expires_at=earliest(seconds_from_now(_s.idle_seconds), _s.expires_at),
        ),
        None,
        "session",
        "ago",
    )
    end = Query(
        sa.update(sessions)
        .where(is_live_session(), _s.id == b("session"))
        .values(**_END)
        .returning(*_COLUMNS),
        _Row,
        "session",
        "reason",
    )
    end_of_user = Query(
        sa.update(sessions)
        .where(is_live_session(), _s.user_id == b("user"), _s.id != b("keep"))
        .values(**_END)
        .returning(*_COLUMNS),
        _Row,
        "user", "keep", "reason",
    )  # fmt: skip
    end_beyond = Query(
        sa.update(sessions)
        .where(
            mine(sessions),
            _s.id.in_(
                sa.select(_s.id)
                .where(is_live_session(), _s.user_id == b("user"), _s.id != b("keep"))
                .order_by(_s.last_active_at.desc(), _s.id.desc())
                .offset(b("others", type_=sa.Integer))
            ),
        )
        .values(**_END)
        .returning(*_COLUMNS),
        _Row,
        "user", "keep", "others", "reason",
    )  # fmt: skip
    hold = Query(
        sa.select(*_COLUMNS)
        .where(is_live_session(), _s.id == b("session"))
        .with_for_update(read=True),
        _Row,
        "session",
    )
    page = Query(
        sa.select(*_COLUMNS)
        .where(is_live_session(), _s.id > b("after"))
        .order_by(_s.id)
        .limit(b("limit", type_=sa.Integer)),
        _Row,
        "after",
        "limit",
    )
    page_of_user = Query(
        sa.select(*_COLUMNS)
        .where(is_live_session(), _s.user_id == b("user"), _s.id > b("after"))
        .order_by(_s.id)
        .limit(b("limit", type_=sa.Integer)),
        _Row,
        "user", "after", "limit",
    )  # fmt: skip
    purge = Query(
        sa.delete(sessions).where(
            mine(sessions),
            _s.id.in_(
                sa.select(_s.id)
                .where(mine(sessions), _s.expires_at < store_now("ago"))
                .limit(b("limit", type_=sa.Integer))
            ),
        ),
        None,
        "ago",
        "limit",
    )


NOBODY = UUID(int=0)


def _proof(new: NewSession) -> tuple[object, ...]:
    idle = int(new.idle.total_seconds())
    return (" ".join(new.amr), new.acr, new.ip, new.user_agent, new.remembered, idle)


class SqlSessions:
    """ports.SessionRows over SQL."""

    async def of_browser(self, reader: Reader, digest: bytes) -> list[Session]:
        return _all(await reader.all(_Queries.of_browser, digest))

    async def of_user(self, reader: Reader, user: UUID) -> list[Session]:
        return _all(await reader.all(_Queries.of_user, user))

    async def page(
        self, reader: Reader, *, user: UUID | None, after: UUID | None, limit: int
    ) -> list[Session]:
        start = after or NOBODY
        if user is None:
            return _all(await reader.all(_Queries.page, start, limit))
        return _all(await reader.all(_Queries.page_of_user, user, start, limit))

    async def find(self, reader: Reader, session: UUID) -> Session | None:
        return _one(await reader.one(_Queries.find, session))

    async def find_live(self, reader: Reader, session: UUID) -> Session | None:
        return _one(await reader.one(_Queries.find_live, session))

    async def move(self, tx: Tx, old: bytes, new: bytes) -> list[Session]:
        return _all(await tx.all(_Queries.move, old, new))

    async def add(self, tx: Tx, session: SessionId, new: NewSession) -> None:
        await tx.run(
            _Queries.add,
            session, new.user, new.browser_digest, *_proof(new), new.idle, new.lifetime,
        )  # fmt: skip

    async def renew(self, tx: Tx, session: SessionId, new: NewSession) -> None:
        await tx.run(_Queries.renew, session, *_proof(new), new.idle, new.lifetime)

    async def choose(self, tx: Tx, session: UUID, digest: bytes) -> bool:
        return await tx.run(_Queries.choose, session, digest) == 1

    async def shorten(self, tx: Tx, user: UUID, *, lifetime: timedelta, idle: timedelta) -> None:
        await tx.run(_Queries.shorten, user, lifetime, idle, int(idle.total_seconds()))

    async def touch(self, tx: Tx, session: UUID, every: timedelta) -> None:
        await tx.run(_Queries.touch, session, -every)

    async def end(self, tx: Tx, session: UUID, reason: str) -> Session | None:
        return _one(await tx.one(_Queries.end, session, reason))

    async def end_of_user(
        self, tx: Tx, user: UUID, *, keep: UUID | None, reason: str
    ) -> list[Session]:
        return _all(await tx.all(_Queries.end_of_user, user, keep or NOBODY, reason))

    async def end_beyond(
        self, tx: Tx, user: UUID, limit: int, *, keep: UUID, reason: str
    ) -> list[Session]:
        return _all(await tx.all(_Queries.end_beyond, user, keep, limit - 1, reason))

    async def hold(self, tx: Tx, session: UUID) -> Session | None:
        return _one(await tx.one(_Queries.hold, session))

    async def purge(self, tx: Tx, older_than: timedelta, limit: int) -> int:
        return await tx.run(_Queries.purge, -older_than, limit)


def _one(row: _Row | None) -> Session | None:
    return None if row is None else _session(row)


def _all(rows: Sequence[_Row]) -> list[Session]:
    return [_session(row) for row in rows]


def _session(row: _Row) -> Session:
    return Session(
        id=row.id,
        user=row.user_id,
        started_at=row.started_at,
        authenticated_at=row.authenticated_at,
        last_active_at=row.last_active_at,
        idle_expires_at=row.idle_expires_at,
        expires_at=row.expires_at,
        amr=tuple(row.amr.split()),
        acr=row.acr,
        ip=row.ip,
        user_agent=row.user_agent,
        remembered=row.remembered,
        ended_at=row.ended_at,
    )
