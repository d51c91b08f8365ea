"""Create device_authorizations.

Expand step: adds only, so the previous release keeps running beside it.
"""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant, Json
from limen.platform.db.migration import create_tenant_table

revision = "device_0001"
down_revision = None
branch_labels = ("device",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    create_tenant_table(
        "device_authorizations",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("code_mac", sa.LargeBinary, nullable=False),
        sa.Column("client_id", Id, nullable=False),
        sa.Column("wish", Json, nullable=False),
        sa.Column("ip", sa.Text),
        sa.Column("user_agent", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("interval", sa.Integer, nullable=False),
        sa.Column("next_at", Instant, nullable=False),
        sa.Column("approval", Json),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.UniqueConstraint("tenant", "code_mac", name="device_authorizations_code_key"),
        sa.Index("device_authorizations_expiry_idx", "tenant", "expires_at"),
        key=("digest",),
    )


def downgrade() -> None:
    op.drop_table("device_authorizations")
