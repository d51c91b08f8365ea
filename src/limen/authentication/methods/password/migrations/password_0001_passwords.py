"""Create passwords."""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant
from limen.platform.db.migration import create_tenant_table

revision = "password_0001"
down_revision = None
branch_labels = ("password",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    create_tenant_table(
        "passwords",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("set_at", Instant, nullable=False),
        sa.Column("used_at", Instant),
        sa.Column("must_change", sa.Boolean, nullable=False),
        sa.Column("binding", sa.LargeBinary),
        sa.Column("version", sa.Integer, nullable=False),
        key=("user_id",),
    )


def downgrade() -> None:
    op.drop_table("passwords")
