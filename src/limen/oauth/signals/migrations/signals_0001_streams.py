"""Create signal_streams, signal_subjects, signal_backlog and signal_cursors.

Expand step: adds only, so the previous release keeps running beside it.
"""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant, Json
from limen.platform.db.migration import create_tenant_table

revision = "signals_0001"
down_revision = None
branch_labels = ("signals",)
depends_on = ("oauth_0001",)


def upgrade() -> None:
    _streams()
    create_tenant_table(
        "signal_subjects",
        sa.Column("stream_id", Id, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("user_id", Id),
        sa.Column("wanted", sa.Boolean, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        _of_stream("signal_subjects"),
        key=("stream_id", "digest"),
    )
    op.create_index(
        "signal_subjects_user_idx", "signal_subjects", ["tenant", "user_id", "stream_id"]
    )
    create_tenant_table(
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
    )
    op.create_index(
        "signal_backlog_stream_idx", "signal_backlog", ["tenant", "stream_id", "seq", "id"]
    )
    op.create_index("signal_backlog_created_at_idx", "signal_backlog", ["tenant", "created_at"])
    create_tenant_table("signal_cursors", sa.Column("seq", sa.BigInteger, nullable=False), key=())


def _streams() -> None:
    create_tenant_table(
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
    )
    op.create_index("signal_streams_client_idx", "signal_streams", ["tenant", "client_id"])


def _of_stream(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant", "stream_id"],
        ["signal_streams.tenant", "signal_streams.id"],
        name=f"{table}_stream_fkey",
        ondelete="CASCADE",
    )


def downgrade() -> None:
    for table in ("signal_cursors", "signal_backlog", "signal_subjects", "signal_streams"):
        op.drop_table(table)
