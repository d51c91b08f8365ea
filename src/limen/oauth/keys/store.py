"""The table of signing keys."""

from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.errors import Stale
from limen.kernel.uow import Reader, Tx
from limen.oauth.keys.model import Draft, Key
from limen.oauth.keys.ports import Stored
from limen.platform.db import Id, Instant, Json, Query, insert, mine, store_now, tenant_table

signing_keys = tenant_table(
    "signing_keys",
    sa.Column("id", Id, nullable=False),
    sa.Column("kid", sa.Text, nullable=False),
    sa.Column("alg", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("public_jwk", Json, nullable=False),
    sa.Column("private_sealed", sa.LargeBinary, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("active_at", Instant, nullable=False),
    sa.Column("retires_at", Instant),
    sa.Column("expires_at", Instant),
    sa.Column("revoked_at", Instant),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("tenant", "kid", name="signing_keys_kid_key"),
    sa.UniqueConstraint("tenant", "alg", "number", name="signing_keys_number_key"),
)


class KeyRow(msgspec.Struct, frozen=True):
    id: UUID
    kid: str
    alg: str
    number: int
    public_jwk: dict[str, str]
    private_sealed: bytes
    created_at: datetime
    active_at: datetime
    retires_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    version: int

    def key(self) -> Key:
        return Key(
            id=self.id,
            kid=self.kid,
            alg=self.alg,
            number=self.number,
            jwk=self.public_jwk,
            created_at=self.created_at,
            active_at=self.active_at,
            retires_at=self.retires_at,
            expires_at=self.expires_at,
            revoked_at=self.revoked_at,
            version=self.version,
        )


_keys = signing_keys.c
_select = sa.select(*(_keys[name] for name in KeyRow.__struct_fields__)).where(mine(signing_keys))
_ADDED = (
    "id",
    "kid",
    "alg",
    "number",
    "public_jwk",
    "private_sealed",
    "created_at",
    "active_at",
    "retires_at",
    "expires_at",
)


class Queries:
    all = Query(_select.order_by(_keys.alg, _keys.number.desc()), KeyRow)
    of_alg = Query(_select.where(_keys.alg == b("alg")).order_by(_keys.number), KeyRow, "alg")
    add = Query(insert(signing_keys, *_ADDED).values(version=1), None, *_ADDED)
    save = Query(
        sa.update(signing_keys)
        .where(mine(signing_keys), _keys.id == b("id"), _keys.version == b("expected"))
        .values(
            active_at=b("active_at"),
            retires_at=b("retires_at"),
            expires_at=b("expires_at"),
            revoked_at=b("revoked_at"),
            private_sealed=sa.case(
                (b("wipe", type_=sa.Boolean), sa.literal(b"", sa.LargeBinary)),
                else_=_keys.private_sealed,
            ),
            version=_keys.version + 1,
        ),
        None,
        "id",
        "expected",
        "active_at",
        "retires_at",
        "expires_at",
        "revoked_at",
        "wipe",
    )
    remove = Query(
        sa.delete(signing_keys).where(
            mine(signing_keys), _keys.id == b("id"), _keys.expires_at <= store_now()
        ),
        None,
        "id",
    )


class SqlKeys:
    async def all(self, reader: Reader) -> list[Stored]:
        return [Stored(row.key(), row.private_sealed) for row in await reader.all(Queries.all)]

    async def of(self, tx: Tx, alg: str) -> list[Key]:
        return [row.key() for row in await tx.all(Queries.of_alg, alg)]

    async def add(self, tx: Tx, key: Key, draft: Draft) -> None:
        await tx.run(
            Queries.add,
            key.id,
            key.kid,
            key.alg,
            key.number,
            key.jwk,
            draft.private_sealed,
            key.created_at,
            key.active_at,
            key.retires_at,
            key.expires_at,
        )

    async def save(self, tx: Tx, key: Key) -> None:
        saved = await tx.run(
            Queries.save,
            key.id,
            key.version,
            key.active_at,
            key.retires_at,
            key.expires_at,
            key.revoked_at,
            key.revoked_at is not None,
        )
        if not saved:
            raise Stale(f"signing key {key.kid}")

    async def remove(self, tx: Tx, key: UUID) -> bool:
        return bool(await tx.run(Queries.remove, key))
