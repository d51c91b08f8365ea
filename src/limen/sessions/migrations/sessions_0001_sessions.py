"""Create sessions and token_families."""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant, Json
from limen.platform.db.migration import create_tenant_table

revision = "sessions_0001"
down_revision = None
branch_labels = ("sessions",)
depends_on = None


def upgrade() -> None:
    create_tenant_table(
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
    create_tenant_table(
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


def downgrade() -> None:
    op.drop_table("token_families")
    op.drop_table("sessions")
