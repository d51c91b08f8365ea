"""The two tables, and the expressions over time that their statements share."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement

from limen.platform.db import Id, Instant, Json, mine, store_now, tenant_table

sessions = tenant_table(
    "sessions",
    sa.Column("id", Id, nullable=False),
    sa.Column("user_id", Id, nullable=False),
    sa.Column("browser_digest", sa.LargeBinary, nullable=False),
    sa.Column("chosen_at", Instant, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("authenticated_at", Instant, nullable=False),
    sa.Column("last_active_at", Instant, nullable=False),
    sa.Column("idle_seconds", sa.Integer, nullable=False),
    sa.Column("idle_expires_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("amr", sa.Text, nullable=False),
    sa.Column("acr", sa.Text, nullable=False),
    sa.Column("ip", sa.Text),
    sa.Column("user_agent", sa.Text),
    sa.Column("remembered", sa.Boolean, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("end_reason", sa.Text),
    sa.Index("sessions_browser_idx", "tenant", "browser_digest"),
    sa.Index("sessions_user_idx", "tenant", "user_id"),
    sa.Index("sessions_expires_at_idx", "tenant", "expires_at"),
)

token_families = tenant_table(
    "token_families",
    sa.Column("id", Id, nullable=False),
    sa.Column("user_id", Id, nullable=False),
    sa.Column("client_id", Id, nullable=False),
    sa.Column("session_id", Id),
    sa.Column("grant_id", Id, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("resources", sa.Text, nullable=False),
    sa.Column("offline", sa.Boolean, nullable=False),
    sa.Column("confidential", sa.Boolean, nullable=False),
    sa.Column("key_binding", sa.Text),
    sa.Column("generation", sa.BigInteger, nullable=False),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False),
    sa.Column("previous_hash", sa.LargeBinary),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("rotated_at", Instant),
    sa.Column("used_at", Instant, nullable=False),
    sa.Column("idle_seconds", sa.Integer, nullable=False),
    sa.Column("idle_expires_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("authenticated_at", sa.BigInteger),
    sa.Column("acr", sa.Text),
    sa.Column("amr", sa.Text, nullable=False),
    sa.Column("nonce", sa.Text),
    sa.Column("claims", sa.Text, nullable=False),
    sa.Column("authorization_details", Json),
    sa.Column("revoked_at", Instant),
    sa.Column("reason", sa.Text),
    sa.Index("token_families_user_idx", "tenant", "user_id"),
    sa.Index("token_families_session_idx", "tenant", "session_id"),
    sa.Index("token_families_grant_idx", "tenant", "grant_id"),
    sa.Index("token_families_client_idx", "tenant", "client_id"),
    sa.Index("token_families_expires_at_idx", "tenant", "expires_at"),
)


class earliest(ColumnElement[Any]):  # noqa: N801 - reads as the SQL function that it is
    """The earliest of several instants."""

    inherit_cache = False
    type = Instant()

    def __init__(self, *instants: ColumnElement[Any]) -> None:
        self.instants = instants

    def get_children(self, **_: Any) -> list[Any]:
        return list(self.instants)


@compiles(earliest, "postgresql")
def _earliest_on_postgresql(element: earliest, compiler: SQLCompiler, **options: Any) -> str:
    return f"least({', '.join(compiler.process(i, **options) for i in element.instants)})"


@compiles(earliest, "sqlite")
def _earliest_on_sqlite(element: earliest, compiler: SQLCompiler, **options: Any) -> str:
    return f"min({', '.join(compiler.process(i, **options) for i in element.instants)})"


class seconds_from_now(ColumnElement[Any]):  # noqa: N801 - reads as the SQL function that it is
    """The store's clock, plus a column of whole seconds."""

    inherit_cache = False
    type = Instant()

    def __init__(self, seconds: ColumnElement[int]) -> None:
        self.seconds = seconds

    def get_children(self, **_: Any) -> list[Any]:
        return [store_now(), self.seconds]


@compiles(seconds_from_now, "postgresql")
def _from_now_on_postgresql(
    element: seconds_from_now, compiler: SQLCompiler, **options: Any
) -> str:
    now = compiler.process(store_now(), **options)
    return f"({now} + {compiler.process(element.seconds, **options)} * interval '1 second')"


@compiles(seconds_from_now, "sqlite")
def _from_now_on_sqlite(element: seconds_from_now, compiler: SQLCompiler, **options: Any) -> str:
    now = compiler.process(store_now(), **options)
    return f"({now} + {compiler.process(element.seconds, **options)} * 1000000)"


def is_live_session() -> ColumnElement[bool]:
    """Neither ended nor past one of its limits, by the store's clock."""
    return sa.and_(
        mine(sessions),
        sessions.c.ended_at.is_(None),
        sessions.c.expires_at > store_now(),
        sessions.c.idle_expires_at > store_now(),
    )
