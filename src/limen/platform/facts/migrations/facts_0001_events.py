"""Create events and seal_queue.

On PostgreSQL the role that runs may add facts and give them their place, and neither change
nor delete one (R152).  Expand step: adds only, so the previous release keeps running beside it.
"""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant
from limen.platform.db.migration import create_global_table, create_tenant_table

revision = "facts_0001"
down_revision = None
branch_labels = ("facts",)
depends_on = ("tenancy_0001",)

_SEALED = sa.text("seq IS NOT NULL")
_UNSEALED = sa.text("seq IS NULL")
_OF_PERSON = sa.text("person IS NOT NULL")
_REFUSED = sa.text("result = 'refused'")


def upgrade() -> None:
    create_tenant_table(
        "events",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True, cache=1), nullable=False),
        sa.Column("event_id", Id, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("actor_kind", sa.Text, nullable=False),
        sa.Column("actor", Id),
        sa.Column("session", Id),
        sa.Column("target_kind", sa.Text),
        sa.Column("target", sa.Text),
        sa.Column("person", Id),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("personal_sealed", sa.LargeBinary),
        sa.Column("key_commitment", sa.LargeBinary),
        sa.Column("seq", sa.BigInteger),
        sa.Column("leaf", sa.LargeBinary),
        sa.UniqueConstraint("tenant", "event_id", name="events_event_id_key"),
        grants=("SELECT", "INSERT", "UPDATE (seq, leaf)"),
    )
    _index("events_seq_key", ["tenant", "seq"], where=_SEALED, unique=True)
    _index("events_unsealed_idx", ["tenant", "id"], where=_UNSEALED)
    _index("events_person_idx", ["tenant", "person", "id"], where=_OF_PERSON)
    _index("events_ref_idx", ["tenant", "ref", "id"], where=_REFUSED)
    create_global_table(
        "seal_queue",
        sa.Column("tenant", Id, sa.ForeignKey("tenants.id"), primary_key=True),
        sa.Column("queued_at", Instant, nullable=False),
    )


def _index(name: str, columns: list[str], *, where: sa.TextClause, unique: bool = False) -> None:
    op.create_index(
        name, "events", columns, unique=unique, postgresql_where=where, sqlite_where=where
    )


def downgrade() -> None:
    op.drop_table("seal_queue")
    op.drop_table("events")
