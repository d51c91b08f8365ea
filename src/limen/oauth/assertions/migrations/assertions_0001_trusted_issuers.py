"""Create trusted_issuers and issuer_subjects.

Expand step: adds only, so the previous release keeps running beside it.
"""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant, Json
from limen.platform.db.migration import create_tenant_table

revision = "assertions_0001"
down_revision = None
branch_labels = ("assertions",)
depends_on = ("tenancy_0001",)


def upgrade() -> None:
    create_tenant_table(
        "trusted_issuers",
        sa.Column("id", Id, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("tenant", "issuer", name="trusted_issuers_issuer_key"),
    )
    create_tenant_table(
        "issuer_subjects",
        sa.Column("id", Id, nullable=False),
        sa.Column("issuer_id", Id, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "issuer_id"],
            ["trusted_issuers.tenant", "trusted_issuers.id"],
            name="issuer_subjects_issuer_fkey",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("tenant", "issuer_id", "subject", name="issuer_subjects_subject_key"),
    )


def downgrade() -> None:
    op.drop_table("issuer_subjects")
    op.drop_table("trusted_issuers")
