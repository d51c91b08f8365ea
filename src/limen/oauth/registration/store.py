"""The tables of registrations and of initial access tokens."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.uow import NIL, Reader, Tx
from limen.oauth.registration.model.terms import TokenTerms
from limen.oauth.registration.ports import InitialToken, Registration
from limen.oauth.store.clients import clients
from limen.oauth.store.grants import grants
from limen.platform.db import Id, Instant, Json, Query, insert, mine, store_now, tenant_table

client_registrations = tenant_table(
    "client_registrations",
    sa.Column("client_id", Id, nullable=False),
    sa.Column("token_digest", sa.LargeBinary, nullable=False),
    sa.Column("initial_token", Id),
    sa.Column("created_at", Instant, nullable=False),
    sa.ForeignKeyConstraint(
        ["tenant", "client_id"],
        ["clients.tenant", "clients.id"],
        name="client_registrations_client_fkey",
        ondelete="CASCADE",
    ),
    key=("client_id",),
)

initial_access_tokens = tenant_table(
    "initial_access_tokens",
    sa.Column("id", Id, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("terms", Json, nullable=False),
    sa.Column("uses", sa.Integer, nullable=False),
    sa.Column("uses_left", sa.Integer, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
    sa.UniqueConstraint("tenant", "digest", name="initial_access_tokens_digest_key"),
)

_KEPT: Final = timedelta(days=-30)
_YEAR: Final = timedelta(days=-366)


class Found(msgspec.Struct, frozen=True):
    id: UUID


class Number(msgspec.Struct, frozen=True):
    count: int


class TokenRow(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    terms: dict[str, Any]
    uses: int
    uses_left: int
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def token(self) -> InitialToken:
        terms = msgspec.convert(self.terms, TokenTerms)
        return InitialToken(
            self.id, self.name, terms, self.uses, self.uses_left, self.created_at,
            self.expires_at, self.revoked_at,
        )  # fmt: skip


_r, _t, _c = client_registrations.c, initial_access_tokens.c, clients.c
_ROW = tuple(_t[name] for name in TokenRow.__struct_fields__)
_LIVE = sa.and_(_t.uses_left > 0, _t.expires_at > store_now(), _t.revoked_at.is_(None))
_ITSELF = _c.registered != "managed"
_ALLOWED = sa.and_(grants.c.tenant == _c.tenant, grants.c.client_id == _c.id)
_LET_IN = sa.select(_r.client_id).where(_r.tenant == _t.tenant, _r.initial_token == _t.id).exists()
_USED_AT = sa.func.coalesce(grants.c.used_at, grants.c.created_at, type_=Instant())
_USED = sa.select(grants.c.id).where(_ALLOWED, store_now("year") < _USED_AT).exists()


class Queries:
    find = Query(
        sa.select(_r.client_id, _r.token_digest, _r.created_at, _r.initial_token).where(
            mine(client_registrations), _r.client_id == b("client")
        ),
        Registration,
        "client",
    )
    add = Query(
        insert(client_registrations, "client_id", "token_digest", "initial_token").values(
            created_at=store_now()
        ),
        None,
        "client_id",
        "token_digest",
        "initial_token",
    )
    replace = Query(
        sa.update(client_registrations)
        .where(
            mine(client_registrations),
            _r.client_id == b("client"),
            _r.token_digest == b("before"),
        )
        .values(token_digest=b("after")),
        None,
        "client",
        "before",
        "after",
    )
    count = Query(
        sa.select(sa.func.count().label("count"))
        .select_from(clients)
        .where(mine(clients), _ITSELF),
        Number,
    )
    unused = Query(
        sa.select(_c.id)
        .where(
            mine(clients),
            _ITSELF,
            _c.type != "m2m",  # nobody notes when those were here last
            _c.updated_at < store_now("lifetime"),
            ~_USED,
        )
        .order_by(_c.id)
        .limit(b("count", type_=sa.Integer)),
        Found,
        "lifetime",
        "year",
        "count",
    )
    token = Query(
        sa.select(*_ROW).where(mine(initial_access_tokens), _t.digest == b("digest"), _LIVE),
        TokenRow,
        "digest",
    )
    get = Query(
        sa.select(*_ROW).where(mine(initial_access_tokens), _t.id == b("id")), TokenRow, "id"
    )
    page = Query(
        sa.select(*_ROW)
        .where(mine(initial_access_tokens), _t.id > b("after"))
        .order_by(_t.id)
        .limit(b("count", type_=sa.Integer)),
        TokenRow,
        "after",
        "count",
    )
    add_token = Query(
        insert(initial_access_tokens, "id", "digest", "name", "terms", "uses").values(
            uses_left=b("uses"), created_at=store_now(), expires_at=store_now("lifetime")
        ),
        None,
        "id",
        "digest",
        "name",
        "terms",
        "uses",
        "lifetime",
    )
    use = Query(
        sa.update(initial_access_tokens)
        .where(mine(initial_access_tokens), _t.digest == b("digest"), _LIVE)
        .values(uses_left=_t.uses_left - 1)
        .returning(_t.id),
        Found,
        "digest",
    )
    revoke = Query(
        sa.update(initial_access_tokens)
        .where(mine(initial_access_tokens), _t.id == b("id"), _t.revoked_at.is_(None))
        .values(revoked_at=store_now()),
        None,
        "id",
    )
    purge = Query(
        sa.delete(initial_access_tokens).where(
            mine(initial_access_tokens), _t.expires_at < store_now("kept"), ~_LET_IN
        ),
        None,
        "kept",
    )


class SqlRegistrations:
    async def find(self, reader: Reader, client: UUID) -> Registration | None:
        return await reader.one(Queries.find, client)

    async def add(self, tx: Tx, client: UUID, digest: bytes, *, initial_token: UUID | None) -> None:
        await tx.run(Queries.add, client, digest, initial_token)

    async def replace_token(self, tx: Tx, client: UUID, before: bytes, after: bytes) -> bool:
        """True for exactly one caller with the digest of the token until now."""
        return await tx.run(Queries.replace, client, before, after) == 1

    async def count(self, reader: Reader) -> int:
        """Return how many clients registered themselves, in whatever way."""
        found = await reader.one(Queries.count)
        return found.count if found else 0

    async def unused(self, reader: Reader, lifetime: timedelta, count: int) -> Sequence[UUID]:
        """Return some that nobody allowed anything in `lifetime`, or in the last year at all.

        Refresh tokens last as long as their grant was used within a year.
        """
        return [row.id for row in await reader.all(Queries.unused, -lifetime, _YEAR, count)]


class SqlInitialTokens:
    async def find(self, reader: Reader, digest: bytes) -> InitialToken | None:
        """Return it while it can be used."""
        row = await reader.one(Queries.token, digest)
        return row.token() if row else None

    async def get(self, reader: Reader, token: UUID) -> InitialToken | None:
        row = await reader.one(Queries.get, token)
        return row.token() if row else None

    async def list_after(
        self, reader: Reader, after: UUID | None, count: int
    ) -> list[InitialToken]:
        return [row.token() for row in await reader.all(Queries.page, after or NIL, count)]

    async def add(
        self, tx: Tx, token: UUID, digest: bytes, *, name: str, terms: TokenTerms, uses: int,
        lifetime: timedelta,
    ) -> None:  # fmt: skip
        await tx.run(Queries.add_token, token, digest, name, terms, uses, lifetime)

    async def use(self, tx: Tx, digest: bytes) -> UUID | None:
        """Take one use of it, of as many as there are, by the store's clock."""
        row = await tx.one(Queries.use, digest)
        return row.id if row else None

    async def revoke(self, tx: Tx, token: UUID) -> bool:
        """True for exactly one caller."""
        return await tx.run(Queries.revoke, token) == 1

    async def purge(self, tx: Tx) -> int:
        """Delete those that ended a month ago; the terms of applications that are here stay."""
        return await tx.run(Queries.purge, _KEPT)
