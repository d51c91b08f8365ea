"""Create client_registrations and initial_access_tokens.

Expand step: adds only, so the previous release keeps running beside it.
"""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant, Json
from limen.platform.db.migration import create_tenant_table

revision = "registration_0001"
down_revision = None
branch_labels = ("registration",)
depends_on = ("oauth_0001",)


def upgrade() -> None:
    create_tenant_table(
        "client_registrations",
        sa.Column("client_id", Id, nullable=False),
        sa.Column("token_digest", sa.LargeBinary, nullable=False),
        sa.Column("initial_token", Id),
        sa.Column("created_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "client_id"],
            ["clients.tenant", "clients.id"],
            name="client_registrations_client_fkey",
            ondelete="CASCADE",
        ),
        key=("client_id",),
    )
    create_tenant_table(
        "initial_access_tokens",
        sa.Column("id", Id, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("terms", Json, nullable=False),
        sa.Column("uses", sa.Integer, nullable=False),
        sa.Column("uses_left", sa.Integer, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("revoked_at", Instant),
        sa.UniqueConstraint("tenant", "digest", name="initial_access_tokens_digest_key"),
    )


def downgrade() -> None:
    op.drop_table("initial_access_tokens")
    op.drop_table("client_registrations")
