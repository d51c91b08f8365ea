"""Create backchannel_requests and ciba_user_codes.

Expand step: adds only, so the previous release keeps running beside it.
"""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant, Json
from limen.platform.db.migration import create_tenant_table

revision = "ciba_0001"
down_revision = None
branch_labels = ("ciba",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    create_tenant_table(
        "backchannel_requests",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("client_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("wish", Json, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("notice", sa.LargeBinary),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("binding_message", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("interval", sa.Integer, nullable=False),
        sa.Column("next_at", Instant, nullable=False),
        sa.Column("approval", Json),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.UniqueConstraint("tenant", "id", name="backchannel_requests_id_key"),
        sa.Index("backchannel_requests_user_idx", "tenant", "user_id", "expires_at"),
        sa.Index("backchannel_requests_expiry_idx", "tenant", "expires_at"),
        key=("digest",),
    )
    create_tenant_table(
        "ciba_user_codes",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("hashed", sa.Text, nullable=False),
        sa.Column("set_at", Instant, nullable=False),
        key=("user_id",),
    )


def downgrade() -> None:
    op.drop_table("ciba_user_codes")
    op.drop_table("backchannel_requests")
