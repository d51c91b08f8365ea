"""What the gate asks of sessions and families; the rows are read every time."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam as b
from sqlalchemy.sql.elements import ColumnElement

from limen.platform.db import Id, StandingPart, mine, store_now
from limen.sessions.store.tables import sessions, token_families

_FINE = ""


def _of_session() -> ColumnElement[Any]:
    s = sessions.c
    over = sa.or_(s.expires_at <= store_now(), s.idle_expires_at <= store_now())
    reason = sa.case((s.ended_at.is_not(None), "session_ended"), (over, "session_expired"),
                     else_=_FINE)  # fmt: skip
    found = sa.select(reason).where(mine(sessions), s.id == b("session", type_=Id()))
    return _absent_is(found, "session_unknown")


def _of_family() -> ColumnElement[Any]:
    f = token_families.c
    reason = sa.case((f.revoked_at.is_not(None), "family_revoked"), else_=_FINE)
    found = sa.select(reason).where(mine(token_families), f.id == b("family", type_=Id()))
    return _absent_is(found, "family_unknown")


def _absent_is(found: "sa.Select[tuple[str]]", code: str) -> ColumnElement[Any]:
    return sa.func.nullif(sa.func.coalesce(found.scalar_subquery(), code), _FINE)


STANDING = (
    StandingPart("session", _of_session()),
    StandingPart("family", _of_family()),
)
