"""The passwords, as hashes: at most one for each person."""

from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.authentication.ports import StoredPassword
from limen.kernel.ids import UserId
from limen.kernel.uow import NIL, Reader, Tx
from limen.platform.db import Id, Instant, Query, insert, mine, store_now, tenant_table

passwords = tenant_table(
    "passwords",
    sa.Column("user_id", Id, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("set_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("binding", sa.LargeBinary),
    sa.Column("version", sa.Integer, nullable=False),
    key=("user_id",),
)


class PasswordRow(msgspec.Struct, frozen=True):
    hash: str
    version: int
    must_change: bool
    binding: bytes | None


_c = passwords.c
_OWN = sa.and_(mine(passwords), _c.user_id == b("user"))
_SAME = sa.and_(_OWN, _c.version == b("expected"))


class Queries:
    find = Query(
        sa.select(_c.hash, _c.version, _c.must_change, _c.binding).where(_OWN), PasswordRow, "user"
    )
    put = Query(
        insert(passwords, "user_id", "hash", "must_change", "binding")
        .values(set_at=store_now(), version=1)
        .on_conflict_do_update(
            index_elements=["tenant", "user_id"],
            set_={
                "hash": b("hash"),
                "must_change": b("must_change"),
                "binding": b("binding"),
                "set_at": store_now(),
                "version": _c.version + 1,
            },
        ),
        None,
        "user_id",
        "hash",
        "must_change",
        "binding",
    )
    change = Query(
        sa.update(passwords)
        .where(_SAME)
        .values(
            hash=b("new_hash"),
            must_change=sa.false(),
            binding=None,
            set_at=store_now(),
            version=_c.version + 1,
        ),
        None,
        "user",
        "expected",
        "new_hash",
    )
    demand_change = Query(
        sa.update(passwords).where(_OWN).values(must_change=sa.true(), version=_c.version + 1),
        None,
        "user",
    )
    use = Query(
        sa.update(passwords).where(_SAME).values(used_at=store_now()), None, "user", "expected"
    )
    rehash = Query(
        sa.update(passwords).where(_SAME).values(hash=b("new_hash")),
        None,
        "user",
        "expected",
        "new_hash",
    )


class SqlPasswords:
    """`Passwords` over SQL."""

    async def find(self, reader: Reader, user: UUID | None) -> StoredPassword | None:
        row = await reader.one(Queries.find, NIL if user is None else user)
        if row is None:
            return None
        return StoredPassword(row.hash, row.version, row.must_change, row.binding)

    async def put(
        self,
        tx: Tx,
        user: UserId,
        hashed: str,
        *,
        must_change: bool = False,
        binding: bytes | None = None,
    ) -> None:
        await tx.run(Queries.put, user, hashed, must_change, binding)

    async def change(self, tx: Tx, user: UserId, version: int, hashed: str) -> bool:
        return await tx.run(Queries.change, user, version, hashed) == 1

    async def demand_change(self, tx: Tx, user: UserId) -> bool:
        return await tx.run(Queries.demand_change, user) == 1

    async def use(self, tx: Tx, user: UserId, version: int) -> bool:
        return await tx.run(Queries.use, user, version) == 1

    async def rehash(self, tx: Tx, user: UserId, version: int, hashed: str) -> bool:
        return await tx.run(Queries.rehash, user, version, hashed) == 1
