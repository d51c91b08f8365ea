"""Create address_changes."""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant
from limen.platform.db.migration import create_tenant_table

revision = "authentication_0001"
down_revision = None
branch_labels = ("authentication",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    create_tenant_table(
        "address_changes",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("change", Id, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("old_address", sa.Text),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("new_at", Instant),
        sa.Column("old_at", Instant),
        key=("user_id",),
    )


def downgrade() -> None:
    op.drop_table("address_changes")
