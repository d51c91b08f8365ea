"""Authorization requests that wait for a person; the browser holds only a handle (A013)."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.ids import SessionId
from limen.kernel.uow import Reader, Tx
from limen.oauth.model.interaction import Pending
from limen.oauth.model.request import AuthorizationRequest
from limen.platform.db import Id, Instant, Json, Query, insert, mine, store_now, tenant_table

interactions = tenant_table(
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


class InteractionRow(msgspec.Struct, frozen=True):
    id: UUID
    request: dict[str, object]
    created_at: datetime
    chosen_session: UUID | None
    approved_by: UUID | None
    approved_once: bool | None
    denied_at: datetime | None

    def pending(self) -> Pending:
        chosen = SessionId(self.chosen_session) if self.chosen_session else None
        denied = self.denied_at is not None
        once = bool(self.approved_once)
        return Pending(self.id, self.created_at, chosen, self.approved_by, denied, once)


_ROW = tuple(interactions.c[name] for name in InteractionRow.__struct_fields__)
_OPEN = sa.and_(interactions.c.ended_at.is_(None), interactions.c.expires_at > store_now())
_UNDECIDED = sa.and_(_OPEN, interactions.c.denied_at.is_(None))
_THIS = sa.and_(mine(interactions), interactions.c.id == b("id"))
_EXPIRED = (
    sa.select(interactions.c.id)
    .where(mine(interactions), interactions.c.expires_at < store_now())
    .limit(200)
    .with_for_update(skip_locked=True)
)


class Queries:
    find = Query(
        sa.select(*_ROW).where(
            mine(interactions),
            interactions.c.handle_digest == b("handle"),
            interactions.c.binding_digest == b("binding"),
            _OPEN,
        ),
        InteractionRow,
        "handle",
        "binding",
    )
    add = Query(
        insert(interactions, "id", "handle_digest", "binding_digest", "request").values(
            created_at=store_now(), expires_at=store_now("lifetime")
        ),
        None,
        "id",
        "handle_digest",
        "binding_digest",
        "request",
        "lifetime",
    )
    choose = Query(
        sa.update(interactions).where(_THIS, _UNDECIDED).values(chosen_session=b("session")),
        None,
        "id",
        "session",
    )
    approve = Query(
        sa.update(interactions)
        .where(_THIS, _UNDECIDED)
        .values(approved_by=b("user"), approved_once=b("once")),
        None,
        "id",
        "user",
        "once",
    )
    deny = Query(
        sa.update(interactions).where(_THIS, _UNDECIDED).values(denied_at=store_now()),
        None,
        "id",
    )
    end = Query(
        sa.update(interactions).where(_THIS, _OPEN).values(ended_at=store_now()),
        None,
        "id",
    )
    purge = Query(
        sa.delete(interactions).where(mine(interactions), interactions.c.id.in_(_EXPIRED)), None
    )


class SqlInteractions:
    """Pending authorization requests of the reader's tenant."""

    async def find(
        self, reader: Reader, *, handle: bytes, binding: bytes
    ) -> tuple[Pending, AuthorizationRequest] | None:
        """Return the open one of this handle in this browser; both by their digests."""
        row = await reader.one(Queries.find, handle, binding)
        if row is None:
            return None
        return row.pending(), msgspec.convert(row.request, AuthorizationRequest)

    async def add(
        self,
        tx: Tx,
        interaction: UUID,
        request: AuthorizationRequest,
        *,
        handle: bytes,
        binding: bytes,
        lifetime: timedelta,
    ) -> None:
        await tx.run(Queries.add, interaction, handle, binding, request, lifetime)

    async def choose(self, tx: Tx, interaction: UUID, session: UUID) -> bool:
        return await tx.run(Queries.choose, interaction, session) == 1

    async def approve(self, tx: Tx, interaction: UUID, user: UUID, *, once: bool) -> bool:
        return await tx.run(Queries.approve, interaction, user, once) == 1

    async def deny(self, tx: Tx, interaction: UUID) -> bool:
        return await tx.run(Queries.deny, interaction) == 1

    async def end(self, tx: Tx, interaction: UUID) -> bool:
        """End it.  True for exactly one caller."""
        return await tx.run(Queries.end, interaction) == 1

    async def purge(self, tx: Tx) -> int:
        """Delete some that expired; return how many."""
        return await tx.run(Queries.purge)
