"""Create oauth_policies.

Expand step: adds only, so the previous release keeps running beside it.
"""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Instant, Json
from limen.platform.db.migration import create_tenant_table

revision = "policy_0001"
down_revision = None
branch_labels = ("policy",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    create_tenant_table(
        "oauth_policies",
        sa.Column("policy", Json, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        key=(),
    )


def downgrade() -> None:
    op.drop_table("oauth_policies")
