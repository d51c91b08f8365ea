"""Create clients, client_secrets, apis, grants, interactions and revoked_tokens."""

import sqlalchemy as sa
from alembic import op

from limen.platform.db import Id, Instant, Json
from limen.platform.db.migration import create_tenant_table

revision = "oauth_0001"
down_revision = None
branch_labels = ("oauth",)
depends_on = None


def upgrade() -> None:
    create_tenant_table(
        "clients",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("registered", sa.Text, nullable=False),
        sa.Column("metadata_url", sa.Text),
        sa.Column("configuration", Json, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
    create_tenant_table(
        "client_secrets",
        sa.Column("id", Id, nullable=False),
        sa.Column("client_id", Id, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant),
        sa.ForeignKeyConstraint(
            ["tenant", "client_id"],
            ["clients.tenant", "clients.id"],
            name="client_secrets_client_fkey",
            ondelete="CASCADE",
        ),
        sa.Index("client_secrets_client_idx", "tenant", "client_id"),
    )
    create_tenant_table(
        "apis",
        sa.Column("id", Id, nullable=False),
        sa.Column("identifier", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("access_token_lifetime", sa.Integer),
        sa.Column("access_token_alg", sa.Text),
        sa.Column("options", Json, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("tenant", "identifier", name="apis_identifier_key"),
    )
    _create_grants()
    create_tenant_table(
        "interactions",
        sa.Column("id", Id, nullable=False),
        sa.Column("handle_digest", sa.LargeBinary, nullable=False),
        sa.Column("binding_digest", sa.LargeBinary, nullable=False),
        sa.Column("request", Json, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("chosen_session", Id),
        sa.Column("approved_by", Id),
        sa.Column("approved_once", sa.Boolean),
        sa.Column("denied_at", Instant),
        sa.Column("ended_at", Instant),
        sa.UniqueConstraint("tenant", "handle_digest", name="interactions_handle_key"),
        sa.Index("interactions_expiry_idx", "tenant", "expires_at"),
    )
    create_tenant_table(
        "revoked_tokens",
        sa.Column("id", Id, nullable=False),
        sa.Column("revoked_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Index("revoked_tokens_expiry_idx", "tenant", "expires_at"),
    )
    create_tenant_table(
        "opaque_tokens",
        sa.Column("id", Id, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("claims", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.UniqueConstraint("tenant", "digest", name="opaque_tokens_digest_key"),
        sa.Index("opaque_tokens_expiry_idx", "tenant", "expires_at"),
    )


def _create_grants() -> None:
    create_tenant_table(
        "grants",
        sa.Column("id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("client_id", Id, nullable=False),
        sa.Column("scope", Json, nullable=False),
        sa.Column("resources", Json, nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("used_at", Instant),
        sa.Column("challenge_digest", sa.LargeBinary),
        sa.Column("nonce_digest", sa.LargeBinary),
        sa.Column("revoked_at", Instant),
        sa.Column("reason", sa.Text),
        sa.ForeignKeyConstraint(
            ["tenant", "client_id"],
            ["clients.tenant", "clients.id"],
            name="grants_client_fkey",
            ondelete="CASCADE",
        ),
        sa.Index(
            "grants_live_idx",
            "tenant",
            "user_id",
            "client_id",
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        ),
        sa.Index("grants_client_idx", "tenant", "client_id"),
    )


def downgrade() -> None:
    for table in (
        "opaque_tokens",
        "revoked_tokens",
        "interactions",
        "grants",
        "apis",
        "client_secrets",
        "clients",
    ):
        op.drop_table(table)
