"""Create messages.

Expand step: adds only, so the previous release keeps running beside it.
"""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant
from limen.platform.db.migration import create_tenant_table

revision = "mail_0001"
down_revision = None
branch_labels = ("mail",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    create_tenant_table(
        "messages",
        sa.Column("id", Id, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_at", Instant, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
    )
    op.create_index("messages_next_at_idx", "messages", ["tenant", "next_at"])


def downgrade() -> None:
    op.drop_table("messages")
