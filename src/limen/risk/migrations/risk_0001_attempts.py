"""Create attempts."""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Instant
from limen.platform.db.migration import create_tenant_table

revision = "risk_0001"
down_revision = None
branch_labels = ("risk",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    create_tenant_table(
        "attempts",
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("subject", sa.LargeBinary, nullable=False),
        sa.Column("recent", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("touched_at", Instant, nullable=False),
        sa.Column("blocked_until", Instant),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Index("attempts_subject_idx", "tenant", "subject"),
        sa.Index("attempts_touched_idx", "tenant", "touched_at"),
    )


def downgrade() -> None:
    op.drop_table("attempts")
