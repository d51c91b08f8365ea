"""The log's own tables, beside the platform's `events`."""

import sqlalchemy as sa

from limen.platform.db import Id, Instant, global_table, tenant_table

heads = tenant_table(
    "log_heads",
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("chain", sa.LargeBinary, nullable=False),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
    sa.Column("proof", sa.LargeBinary, nullable=False),
    sa.Column("sealed_at", Instant, nullable=False),
    key=(),
)
"""The end of each tenant's log; `proof` is its hash, sealed under the tenant's key."""

epochs = tenant_table(
    "log_epochs",
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("after_seq", sa.BigInteger, nullable=False),
    sa.Column("after_chain", sa.LargeBinary, nullable=False),
    sa.Column("kept_seq", sa.BigInteger, nullable=False),
    sa.Column("kept_chain", sa.LargeBinary, nullable=False),
    sa.Column("begun_at", Instant, nullable=False),
    key=("epoch",),
)
keys = tenant_table(
    "log_keys",
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("public", sa.LargeBinary, nullable=False),
    sa.Column("private_sealed", sa.LargeBinary, nullable=False),
    sa.Column("endorsement", sa.LargeBinary),
    sa.Column("created_at", Instant, nullable=False),
    key=("version",),
)
checkpoints = tenant_table(
    "log_checkpoints",
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
    sa.Column("signed_at", Instant, nullable=False),
    key=("epoch", "seq"),
)
store_epochs = global_table(
    "store_epochs",
    sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("store", Id, nullable=False),
    sa.Column("begun_at", Instant, nullable=False),
)
"""Which store this is, and how often it was restored: the same for all tenants."""
