"""Create one_time, idempotency_keys, replays and invalidations."""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant
from limen.platform.db.migration import create_global_table, create_tenant_table

revision = "platform_0001"
down_revision = None
branch_labels = ("platform",)
depends_on = "tenancy_0001"


def upgrade() -> None:
    create_tenant_table(
        "one_time",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("subject", Id),
        sa.Column("issued_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("consumed_at", Instant),
        sa.Index("one_time_subject_idx", "tenant", "subject"),
        sa.Index("one_time_expires_at_idx", "tenant", "expires_at"),
        key=("kind", "digest"),
    )
    create_tenant_table(
        "idempotency_keys",
        sa.Column("scope", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Index("idempotency_keys_expires_at_idx", "tenant", "expires_at"),
        key=("scope", "digest"),
    )
    create_tenant_table(
        "replays",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Index("replays_expires_at_idx", "tenant", "expires_at"),
        key=("kind", "digest"),
    )
    create_global_table(
        "invalidations",
        sa.Column("id", Id, primary_key=True),
        sa.Column("tenant", Id, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Index("invalidations_at_idx", "at"),
    )


def downgrade() -> None:
    op.drop_table("invalidations")
    op.drop_table("replays")
    op.drop_table("idempotency_keys")
    op.drop_table("one_time")
