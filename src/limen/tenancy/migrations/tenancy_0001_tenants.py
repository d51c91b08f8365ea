"""Create tenants.

The first of all migrations: every other table has a foreign key to this one.
"""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant, Json
from limen.platform.db.migration import create_global_table

revision = "tenancy_0001"
down_revision = None
branch_labels = ("tenancy",)
depends_on = None


def upgrade() -> None:
    create_global_table(
        "tenants",
        sa.Column("id", Id, primary_key=True),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("slug", name="tenants_slug_key"),
        sa.CheckConstraint("status IN ('active', 'suspended')", name="status"),
    )


def downgrade() -> None:
    op.drop_table("tenants")
