"""What opaque access tokens say, under their digests."""

from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.uow import Reader, Tx
from limen.platform.db import Id, Instant, Query, insert, mine, store_now, tenant_table

opaque_tokens = tenant_table(
    "opaque_tokens",
    sa.Column("id", Id, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("claims", sa.LargeBinary, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.UniqueConstraint("tenant", "digest", name="opaque_tokens_digest_key"),
    sa.Index("opaque_tokens_expiry_idx", "tenant", "expires_at"),
)

_EXPIRED = (
    sa.select(opaque_tokens.c.id)
    .where(mine(opaque_tokens), opaque_tokens.c.expires_at < store_now())
    .limit(200)
    .with_for_update(skip_locked=True)
)


class _Row(msgspec.Struct, frozen=True):
    claims: bytes


class Queries:
    add = Query(
        insert(opaque_tokens, "id", "digest", "claims", "expires_at"),
        None, "id", "digest", "claims", "expires_at",
    )  # fmt: skip
    find = Query(
        sa.select(opaque_tokens.c.claims).where(
            mine(opaque_tokens), opaque_tokens.c.digest == b("digest")
        ),
        _Row,
        "digest",
    )
    purge = Query(
        sa.delete(opaque_tokens).where(mine(opaque_tokens), opaque_tokens.c.id.in_(_EXPIRED)),
        None,
    )


class SqlOpaqueTokens:
    """`ports.OpaqueTokens`; rows go when their tokens have expired."""

    async def add(
        self, tx: Tx, token: UUID, digest: bytes, claims: bytes, expires_at: datetime
    ) -> None:
        await tx.run(Queries.add, token, digest, claims, expires_at)

    async def find(self, reader: Reader, digest: bytes) -> bytes | None:
        row = await reader.one(Queries.find, digest)
        return None if row is None else row.claims

    async def purge(self, tx: Tx) -> int:
        return await tx.run(Queries.purge)
