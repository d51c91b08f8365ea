"""Create decoupled_counts.

Expand step: adds only, so the previous release keeps running beside it.
"""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Instant
from limen.platform.db.migration import create_tenant_table

revision = "decoupled_0001"
down_revision = None
branch_labels = ("decoupled",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    create_tenant_table(
        "decoupled_counts",
        sa.Column("subject", sa.LargeBinary, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("window_ends_at", Instant, nullable=False),
        sa.Index("decoupled_counts_window_idx", "tenant", "window_ends_at"),
        key=("subject",),
    )


def downgrade() -> None:
    op.drop_table("decoupled_counts")
