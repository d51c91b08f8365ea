"""Create signing_keys.

Expand step: adds only, so the previous release keeps running beside it.
"""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant, Json
from limen.platform.db.migration import create_tenant_table

revision = "keys_0001"
down_revision = None
branch_labels = ("keys",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    create_tenant_table(
        "signing_keys",
        sa.Column("id", Id, nullable=False),
        sa.Column("kid", sa.Text, nullable=False),
        sa.Column("alg", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("public_jwk", Json, nullable=False),
        sa.Column("private_sealed", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("active_at", Instant, nullable=False),
        sa.Column("retires_at", Instant),
        sa.Column("expires_at", Instant),
        sa.Column("revoked_at", Instant),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("tenant", "kid", name="signing_keys_kid_key"),
        sa.UniqueConstraint("tenant", "alg", "number", name="signing_keys_number_key"),
    )


def downgrade() -> None:
    op.drop_table("signing_keys")
