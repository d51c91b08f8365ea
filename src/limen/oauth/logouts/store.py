"""Participants: which client learnt of which session.

A row is written with the first tokens that a client with an address for logouts gets for a
session, and not touched again until the session ends.  `check_at` is when to look whether the
session has expired.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam as b
from sqlalchemy.sql.elements import ColumnElement

from limen.kernel.uow import NIL, Reader, Tx
from limen.oauth.api import Client
from limen.oauth.logouts.model import wants_to_know
from limen.oauth.logouts.ports import Participant
from limen.platform.db import Id, Instant, Query, insert, mine, store_now, tenant_table
from limen.platform.db.sweep import expired
from limen.platform.db.tables import one_of

LOOK_AFTER: Final = timedelta(minutes=5)

participants = tenant_table(
    "logout_participants",
    sa.Column("session_id", Id, nullable=False),
    sa.Column("client_id", Id, nullable=False),
    sa.Column("user_id", Id, nullable=False),
    sa.Column("backchannel_uri", sa.Text),
    sa.Column("frontchannel", sa.Boolean, nullable=False),
    sa.Column("noted_at", Instant, nullable=False),
    sa.Column("check_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("reason", sa.Text),
    sa.ForeignKeyConstraint(
        ["tenant", "client_id"],
        ["clients.tenant", "clients.id"],
        name="logout_participants_client_fkey",
        ondelete="CASCADE",
    ),
    sa.Index("logout_participants_client_idx", "tenant", "client_id"),
    sa.Index("logout_participants_check_at_idx", "tenant", "check_at"),
    sa.Index("logout_participants_ended_at_idx", "tenant", "ended_at"),
    key=("session_id", "client_id"),
)

_p = participants.c
_ROW: tuple[ColumnElement[Any], ...] = tuple(_p[name] for name in Participant.__struct_fields__)
_LIMIT = b("limit", type_=sa.Integer)
_NOTED = ("session_id", "client_id", "user_id", "backchannel_uri", "frontchannel")
_of_session = (mine(participants), _p.session_id == b("session"))


_SESSION: tuple[ColumnElement[Any], ...] = (_p.session_id,)


class Queries:
    note = Query(
        insert(participants, *_NOTED)
        .values(noted_at=store_now(), check_at=store_now("after"))
        .on_conflict_do_nothing(),
        None,
        *_NOTED,
        "after",
    )
    of_session = Query(
        sa.select(*_ROW)
        .where(*_of_session, _p.client_id > b("after"))
        .order_by(_p.client_id)
        .limit(_LIMIT),
        Participant,
        "session",
        "after",
        "limit",
    )
    frontchannel = Query(
        sa.select(*_ROW)
        .where(*_of_session, _p.frontchannel.is_(sa.true()))
        .order_by(_p.client_id)
        .limit(_LIMIT),
        Participant,
        "session",
        "limit",
    )
    end = Query(
        sa.update(participants)
        .where(mine(participants), one_of(_p.session_id, "sessions"), _p.ended_at.is_(None))
        .values(ended_at=store_now(), reason=b("reason"))
        .returning(*_ROW),
        Participant,
        "sessions",
        "reason",
    )
    doubtful = Query(
        sa.select(*_SESSION)
        .where(mine(participants), _p.check_at <= store_now(), _p.ended_at.is_(None))
        .group_by(_p.session_id)
        .limit(_LIMIT),
        UUID,
        "limit",
    )
    look_again = Query(
        sa.update(participants).where(*_of_session, _p.ended_at.is_(None)).values(check_at=b("at")),
        None,
        "session",
        "at",
    )
    old = expired(participants, _p.ended_at < store_now("since"), "since")


class SqlParticipants:
    """ports.ParticipantStore over SQL."""

    async def note(self, tx: Tx, client: Client, *, session: UUID, user: UUID) -> None:
        options = client.options
        if wants_to_know(options):
            front = options.frontchannel_logout_uri is not None
            back = options.backchannel_logout_uri
            await tx.run(Queries.note, session, client.id, user, back, front, LOOK_AFTER)

    async def of_session(
        self, reader: Reader, session: UUID, *, after: UUID | None = None, limit: int
    ) -> list[Participant]:
        return await reader.all(Queries.of_session, session, after or NIL, limit)

    async def frontchannel(self, reader: Reader, session: UUID, limit: int) -> list[Participant]:
        return await reader.all(Queries.frontchannel, session, limit)

    async def end(self, tx: Tx, sessions: Sequence[UUID], reason: str) -> list[Participant]:
        return await tx.all(Queries.end, list(sessions), reason)

    async def doubtful(self, reader: Reader, limit: int) -> list[UUID]:
        return await reader.all(Queries.doubtful, limit)

    async def look_again(self, tx: Tx, session: UUID, at: datetime) -> None:
        await tx.run(Queries.look_again, session, at)

    async def purge(self, tx: Tx, older_than: timedelta) -> int:
        return await tx.run(Queries.old, -older_than)
