"""Access tokens that were revoked before they expired, by jti."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from limen.kernel.uow import Tx
from limen.platform.db import Id, Instant, Query, insert, mine, store_now, tenant_table

revoked_tokens = tenant_table(
    "revoked_tokens",
    sa.Column("id", Id, nullable=False),
    sa.Column("revoked_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Index("revoked_tokens_expiry_idx", "tenant", "expires_at"),
)

_EXPIRED = (
    sa.select(revoked_tokens.c.id)
    .where(mine(revoked_tokens), revoked_tokens.c.expires_at < store_now())
    .limit(200)
    .with_for_update(skip_locked=True)
)


class Queries:
    add = Query(
        insert(revoked_tokens, "id", "expires_at")
        .values(revoked_at=store_now())
        .on_conflict_do_nothing(),
        None,
        "id",
        "expires_at",
    )
    purge = Query(
        sa.delete(revoked_tokens).where(mine(revoked_tokens), revoked_tokens.c.id.in_(_EXPIRED)),
        None,
    )


class SqlRevokedTokens:
    """The deny list of the reader's tenant; rows go when the token would have expired."""

    async def add(self, tx: Tx, token: UUID, expires_at: datetime) -> bool:
        """Deny it.  False where it was denied already."""
        return await tx.run(Queries.add, token, expires_at) == 1

    async def purge(self, tx: Tx) -> int:
        """Delete some whose tokens have expired; return how many."""
        return await tx.run(Queries.purge)
