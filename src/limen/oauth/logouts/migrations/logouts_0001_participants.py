"""Create logout_participants.

Expand step: adds only, so the previous release keeps running beside it.
"""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant
from limen.platform.db.migration import create_tenant_table

revision = "logouts_0001"
down_revision = None
branch_labels = ("logouts",)
depends_on = ("oauth_0001",)


def upgrade() -> None:
    create_tenant_table(
        "logout_participants",
        sa.Column("session_id", Id, nullable=False),
        sa.Column("client_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("backchannel_uri", sa.Text),
        sa.Column("frontchannel", sa.Boolean, nullable=False),
        sa.Column("noted_at", Instant, nullable=False),
        sa.Column("check_at", Instant, nullable=False),
        sa.Column("ended_at", Instant),
        sa.Column("reason", sa.Text),
        sa.ForeignKeyConstraint(
            ["tenant", "client_id"],
            ["clients.tenant", "clients.id"],
            name="logout_participants_client_fkey",
            ondelete="CASCADE",
        ),
        key=("session_id", "client_id"),
    )
    _index("client", "client_id")
    _index("check_at", "check_at")
    _index("ended_at", "ended_at")


def _index(name: str, column: str) -> None:
    op.create_index(f"logout_participants_{name}_idx", "logout_participants", ["tenant", column])


def downgrade() -> None:
    op.drop_table("logout_participants")
