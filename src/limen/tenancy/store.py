"""Tenants in the store: one global table, since a tenant is found before one is entered."""

import sqlalchemy as sa

from limen.platform.db import Id, Instant, Json, global_table

tenants = global_table(
    "tenants",
    sa.Column("id", Id, primary_key=True),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("settings", Json, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("slug", name="tenants_slug_key"),
    sa.CheckConstraint("status IN ('active', 'suspended')", name="tenants_status_check"),
)
