"""Create tenant_keys, person_keys and destroyed_persons.

Expand step: adds only, so the previous release keeps running beside it.
"""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant
from limen.platform.db.migration import create_tenant_table

revision = "crypto_0001"
down_revision = None
branch_labels = ("crypto",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    create_tenant_table(
        "tenant_keys",
        sa.Column("id", Id, nullable=False),
        sa.Column("commitment", sa.LargeBinary, nullable=False),
        sa.Column("master", sa.LargeBinary, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("wrapped_at", Instant, nullable=False),
        sa.UniqueConstraint("tenant", "commitment", name="tenant_keys_commitment_key"),
    )
    create_tenant_table(
        "person_keys",
        sa.Column("id", Id, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
    )
    create_tenant_table(
        "destroyed_persons",
        sa.Column("id", Id, nullable=False),
        sa.Column("destroyed_at", Instant, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("destroyed_persons")
    op.drop_table("person_keys")
    op.drop_table("tenant_keys")
