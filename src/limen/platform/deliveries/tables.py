"""The two tables of deliveries.

`delivery_queue` has a row for each delivery that is not settled, of all tenants: only so can a
worker find what is due without entering every tenant.  It holds no content.  `claims` counts
who took the row; whoever settles it names the number that they took it with.
"""

import sqlalchemy as sa

from limen.platform.db import Id, Instant, global_table, tenant_table

deliveries = tenant_table(
    "deliveries",
    sa.Column("id", Id, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("subject", Id, nullable=False),
    sa.Column("receiver", Id),
    sa.Column("payload_sealed", sa.LargeBinary, nullable=False),  # empty once it is not needed
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("answered", sa.Integer),
    sa.Column("error", sa.Text),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("next_at", Instant),
    sa.Column("settled_at", Instant),
    sa.Column("gives_up_at", Instant, nullable=False),
    sa.Index("deliveries_subject_idx", "tenant", "kind", "subject"),
    sa.Index("deliveries_kind_idx", "tenant", "kind", "id"),
    sa.Index("deliveries_settled_at_idx", "tenant", "settled_at"),
)

delivery_queue = global_table(
    "delivery_queue",
    sa.Column("id", Id, primary_key=True),
    sa.Column("tenant", Id, sa.ForeignKey("tenants.id"), nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("claims", sa.Integer, nullable=False),
    sa.Index("delivery_queue_due_at_idx", "due_at"),
)
