"""Create roles and role_assignments."""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant, Json
from limen.platform.db.migration import create_tenant_table

revision = "access_0001"
down_revision = None
branch_labels = ("access",)
depends_on = None


def upgrade() -> None:
    create_tenant_table(
        "roles",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("says", sa.Text, nullable=False),
        sa.Column("permissions", Json, nullable=False),
        sa.Column("built_in", sa.Boolean, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("tenant", "name", name="roles_name_key"),
    )
    create_tenant_table(
        "role_assignments",
        sa.Column("id", Id, nullable=False),
        sa.Column("role_id", Id, nullable=False),
        sa.Column("subject_kind", sa.Text, nullable=False),
        sa.Column("subject_id", Id, nullable=False),
        sa.Column("assigned_at", Instant, nullable=False),
        sa.UniqueConstraint(
            "tenant", "subject_id", "subject_kind", "role_id", name="role_assignments_subject_key"
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "role_id"],
            ["roles.tenant", "roles.id"],
            name="role_assignments_role_fkey",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("subject_kind IN ('user', 'client')", name="subject_kind"),
        sa.Index("role_assignments_role_idx", "tenant", "role_id", "id"),
    )


def downgrade() -> None:
    op.drop_table("role_assignments")
    op.drop_table("roles")
