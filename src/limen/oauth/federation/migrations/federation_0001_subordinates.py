"""Create federation_subordinates and federation_clients.

Expand step: adds only, so the previous release keeps running beside it.
"""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant, Json
from limen.platform.db.migration import create_tenant_table

revision = "federation_0001"
down_revision = None
branch_labels = ("federation",)
depends_on = ("oauth_0001",)


def upgrade() -> None:
    create_tenant_table(
        "federation_subordinates",
        sa.Column("id", Id, nullable=False),
        sa.Column("entity_id", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("tenant", "entity_id", name="federation_subordinates_entity_key"),
    )
    create_tenant_table(
        "federation_clients",
        sa.Column("client_id", Id, nullable=False),
        sa.Column("how", sa.Text, nullable=False),
        sa.Column("anchor", sa.Text, nullable=False),
        sa.Column("superiors", Json, nullable=False),
        sa.Column("renew_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "client_id"],
            ["clients.tenant", "clients.id"],
            name="federation_clients_client_fkey",
            ondelete="CASCADE",
        ),
        key=("client_id",),
    )


def downgrade() -> None:
    op.drop_table("federation_clients")
    op.drop_table("federation_subordinates")
