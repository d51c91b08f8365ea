"""Create status_lists and status_tokens.

Expand step: adds only, so the previous release keeps running beside it.
"""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant
from limen.platform.db.migration import create_tenant_table

revision = "status_lists_0001"
down_revision = None
branch_labels = ("status_lists",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    create_tenant_table(
        "status_lists",
        sa.Column("id", Id, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Index("status_lists_expiry_idx", "tenant", "expires_at"),
    )
    create_tenant_table(
        "status_tokens",
        sa.Column("list_id", Id, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("user_id", Id),
        sa.Column("session_id", Id),
        sa.Column("client_id", Id),
        sa.Column("grant_id", Id),
        sa.Column("family_id", Id),
        sa.Column("token_id", Id),
        sa.Column("issuer_id", Id),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Index("status_tokens_expiry_idx", "tenant", "expires_at"),
        key=("list_id", "place", "number"),
    )


def downgrade() -> None:
    op.drop_table("status_tokens")
    op.drop_table("status_lists")
