"""The tables of streams.

A row of `signal_backlog` is one event that a receiver has not taken yet; its id is the `jti`,
however often it is sent, `seq` the place of its fact in the log, 0 for what is about the
stream itself.  `queued` is true while a push of it is under way.  A subject is kept by
digest, whether it names anybody or not: what is counted must not tell who exists.
"""

import sqlalchemy as sa

from limen.platform.db import Id, Instant, Json, tenant_table


def _of_stream(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant", "stream_id"],
        ["signal_streams.tenant", "signal_streams.id"],
        name=f"{table}_stream_fkey",
        ondelete="CASCADE",
    )


streams = tenant_table(
    "signal_streams",
    sa.Column("id", Id, nullable=False),
    sa.Column("client_id", Id, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("endpoint_url", sa.Text),
    sa.Column("header_sealed", sa.LargeBinary),
    sa.Column("events", Json, nullable=False),
    sa.Column("requested", Json, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("dropped", sa.BigInteger, nullable=False),
    sa.Column("verified_at", Instant),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.ForeignKeyConstraint(
        ["tenant", "client_id"],
        ["clients.tenant", "clients.id"],
        name="signal_streams_client_fkey",
        ondelete="CASCADE",
    ),
    sa.Index("signal_streams_client_idx", "tenant", "client_id"),
)

subjects = tenant_table(
    "signal_subjects",
    sa.Column("stream_id", Id, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("user_id", Id),
    sa.Column("wanted", sa.Boolean, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    _of_stream("signal_subjects"),
    sa.Index("signal_subjects_user_idx", "tenant", "user_id", "stream_id"),
    key=("stream_id", "digest"),
)

backlog = tenant_table(
    "signal_backlog",
    sa.Column("id", Id, nullable=False),
    sa.Column("stream_id", Id, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("event_id", Id),
    sa.Column("user_id", Id),
    sa.Column("session_id", Id),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("details", Json, nullable=False),
    sa.Column("queued", sa.Boolean, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    _of_stream("signal_backlog"),
    sa.Index("signal_backlog_stream_idx", "tenant", "stream_id", "seq", "id"),
    sa.Index("signal_backlog_created_at_idx", "tenant", "created_at"),
)

cursors = tenant_table("signal_cursors", sa.Column("seq", sa.BigInteger, nullable=False), key=())
