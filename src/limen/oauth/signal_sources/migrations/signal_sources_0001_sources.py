"""Create signal_sources.

Expand step: adds only, so the previous release keeps running beside it.
"""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant, Json
from limen.platform.db.migration import create_tenant_table

revision = "signal_sources_0001"
down_revision = None
branch_labels = ("signal_sources",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    create_tenant_table(
        "signal_sources",
        sa.Column("id", Id, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("reach", Json, nullable=False),
        sa.Column("push_digest", sa.LargeBinary, nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary),
        sa.Column("poll_error", sa.Text),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("tenant", "issuer", name="signal_sources_issuer_key"),
    )


def downgrade() -> None:
    op.drop_table("signal_sources")
