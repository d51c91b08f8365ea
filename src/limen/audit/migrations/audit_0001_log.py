"""Create log_heads, log_epochs, log_keys, log_checkpoints and store_epochs.

Expand step: adds only, so the previous release keeps running beside it.
"""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant
from limen.platform.db.migration import create_global_table, create_tenant_table

revision = "audit_0001"
down_revision = None
branch_labels = ("audit",)
depends_on = ("tenancy_0001", "facts_0001")

_ADD_ONLY = ("SELECT", "INSERT")


def upgrade() -> None:
    create_tenant_table(
        "log_heads",
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("chain", sa.LargeBinary, nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
        sa.Column("proof", sa.LargeBinary, nullable=False),
        sa.Column("sealed_at", Instant, nullable=False),
        key=(),
        grants=("SELECT", "INSERT", "UPDATE"),
    )
    create_tenant_table(
        "log_epochs",
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("after_seq", sa.BigInteger, nullable=False),
        sa.Column("after_chain", sa.LargeBinary, nullable=False),
        sa.Column("kept_seq", sa.BigInteger, nullable=False),
        sa.Column("kept_chain", sa.LargeBinary, nullable=False),
        sa.Column("begun_at", Instant, nullable=False),
        key=("epoch",),
        grants=_ADD_ONLY,
    )
    create_tenant_table(
        "log_keys",
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("public", sa.LargeBinary, nullable=False),
        sa.Column("private_sealed", sa.LargeBinary, nullable=False),
        sa.Column("endorsement", sa.LargeBinary),
        sa.Column("created_at", Instant, nullable=False),
        key=("version",),
        grants=_ADD_ONLY,
    )
    create_tenant_table(
        "log_checkpoints",
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
        sa.Column("signed_at", Instant, nullable=False),
        key=("epoch", "seq"),
        grants=_ADD_ONLY,
    )
    create_global_table(
        "store_epochs",
        sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("store", Id, nullable=False),
        sa.Column("begun_at", Instant, nullable=False),
        grants=_ADD_ONLY,
    )


def downgrade() -> None:
    for table in ("store_epochs", "log_checkpoints", "log_keys", "log_epochs", "log_heads"):
        op.drop_table(table)
