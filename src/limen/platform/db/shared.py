"""Tables that belong to no context: one-time things, what was seen once, idempotency keys."""

import sqlalchemy as sa

from limen.platform.db.tables import global_table, tenant_table
from limen.platform.db.types import Id, Instant

one_time = tenant_table(
    "one_time",
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),  # SHA-256 of the secret
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("subject", Id),
    sa.Column("issued_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("consumed_at", Instant),
    sa.Index("one_time_subject_idx", "tenant", "subject"),
    sa.Index("one_time_expires_at_idx", "tenant", "expires_at"),
    key=("kind", "digest"),
)

idempotency_keys = tenant_table(
    "idempotency_keys",
    sa.Column("scope", sa.LargeBinary, nullable=False),  # SHA-256 of actor and route
    sa.Column("digest", sa.LargeBinary, nullable=False),  # SHA-256 of the key
    sa.Column("body", sa.LargeBinary, nullable=False),  # SHA-256 of the body
    sa.Column("answer", sa.LargeBinary),  # sealed; NULL while the first request runs
    sa.Column("expires_at", Instant, nullable=False),
    sa.Index("idempotency_keys_expires_at_idx", "tenant", "expires_at"),
    key=("scope", "digest"),
)

replays = tenant_table(
    "replays",
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),  # SHA-256 of issuer and identifier
    sa.Column("expires_at", Instant, nullable=False),
    sa.Index("replays_expires_at_idx", "tenant", "expires_at"),
    key=("kind", "digest"),
)

invalidations = global_table(
    "invalidations",
    sa.Column("id", Id, primary_key=True),
    sa.Column("tenant", Id, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("invalidations_at_idx", "at"),
)
