"""The tables of identity, and what they say about a person's standing."""

import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.platform.db import Id, Instant, Json, mine, tenant_table
from limen.platform.db.standing import StandingPart

users = tenant_table(
    "users",
    sa.Column("id", Id, nullable=False),
    sa.Column("username", sa.Text),
    sa.Column("username_folded", sa.Text),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("status_reason", sa.Text),
    sa.Column("profile", Json, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("last_sign_in_at", Instant),
    sa.Column("deleted_at", Instant),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("tenant", "username_folded", name="users_username_key"),
)

emails = tenant_table(
    "emails",
    sa.Column("id", Id, nullable=False),
    sa.Column("user_id", Id, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("address_folded", sa.Text, nullable=False),
    sa.Column("verified_at", Instant),
    sa.Column("is_primary", sa.Boolean, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.UniqueConstraint("tenant", "address_folded", name="emails_address_key"),
    sa.ForeignKeyConstraint(
        ["tenant", "user_id"], ["users.tenant", "users.id"], name="emails_user_fkey"
    ),
    sa.Index("emails_user_idx", "tenant", "user_id"),
    sa.Index(
        "emails_primary_key",
        "tenant",
        "user_id",
        unique=True,
        sqlite_where=sa.text("is_primary"),
        postgresql_where=sa.text("is_primary"),
    ),
)

_STATE = (
    sa.select(sa.case((users.c.status == "active", ""), else_="user_" + users.c.status))
    .where(mine(users), users.c.id == b("user"))
    .scalar_subquery()
)

STANDING = StandingPart("user", sa.func.nullif(sa.func.coalesce(_STATE, "user_unknown"), ""))
"""Why a person may not act: user_pending, _suspended, _inactive, _deleted, _unknown."""
