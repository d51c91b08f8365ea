"""Create deliveries and delivery_queue.

Expand step: adds only, so the previous release keeps running beside it.
"""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant
from limen.platform.db.migration import create_global_table, create_tenant_table

revision = "deliveries_0001"
down_revision = None
branch_labels = ("deliveries",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    create_tenant_table(
        "deliveries",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("subject", Id, nullable=False),
        sa.Column("receiver", Id),
        sa.Column("payload_sealed", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("answered", sa.Integer),
        sa.Column("error", sa.Text),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("next_at", Instant),
        sa.Column("settled_at", Instant),
        sa.Column("gives_up_at", Instant, nullable=False),
    )
    op.create_index("deliveries_subject_idx", "deliveries", ["tenant", "kind", "subject"])
    op.create_index("deliveries_kind_idx", "deliveries", ["tenant", "kind", "id"])
    op.create_index("deliveries_settled_at_idx", "deliveries", ["tenant", "settled_at"])
    create_global_table(
        "delivery_queue",
        sa.Column("id", Id, primary_key=True),
        sa.Column("tenant", Id, sa.ForeignKey("tenants.id"), nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("claims", sa.Integer, nullable=False),
    )
    op.create_index("delivery_queue_due_at_idx", "delivery_queue", ["due_at"])


def downgrade() -> None:
    op.drop_table("delivery_queue")
    op.drop_table("deliveries")
