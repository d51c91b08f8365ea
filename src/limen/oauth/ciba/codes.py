"""Codes that people want applications to know before they may ask (CIBA Core §7.1, user_code)."""

import asyncio
import hmac
import secrets
from base64 import b64decode, b64encode
from hashlib import scrypt
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from limen.kernel.uow import Reader, Tx
from limen.platform.db import Id, Instant, Query, insert, mine, store_now, tenant_table

ciba_user_codes = tenant_table(
    "ciba_user_codes",
    sa.Column("user_id", Id, nullable=False),
    sa.Column("hashed", sa.Text, nullable=False),
    sa.Column("set_at", Instant, nullable=False),
    key=("user_id",),
)
_t = ciba_user_codes
_c = _t.c
_THIS = sa.and_(mine(_t), _c.user_id == sa.bindparam("user_id", type_=Id()))
_COST: Final = 1 << 14


class Queries:
    find = Query(sa.select(_c.hashed).where(_THIS), str, "user_id")
    set = Query(
        insert(_t, "user_id", "hashed")
        .values(set_at=store_now())
        .on_conflict_do_update(
            index_elements=["tenant", "user_id"],
            set_={"hashed": sa.bindparam("hashed"), "set_at": store_now()},
        ),
        None,
        "user_id",
        "hashed",
    )
    remove = Query(sa.delete(_t).where(_THIS), None, "user_id")


class SqlUserCodes:
    """`CodeStore` of the reader's tenant."""

    async def find(self, reader: Reader, user: UUID) -> str | None:
        return await reader.one(Queries.find, user)

    async def set(self, tx: Tx, user: UUID, hashed: str) -> None:
        await tx.run(Queries.set, user, hashed)

    async def remove(self, tx: Tx, user: UUID) -> bool:
        return await tx.run(Queries.remove, user) == 1


class CodeHasher:
    """Hashes codes with scrypt, in threads, a few at once (R085)."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(4)

    async def hash(self, code: str) -> str:
        """Return `salt.tag`, both in base64."""
        salt = secrets.token_bytes(16)
        return f"{b64encode(salt).decode()}.{b64encode(await self._tag(code, salt)).decode()}"

    async def verify(self, code: str, hashed: str) -> bool:
        """True for the code that was hashed; costs the same either way."""
        salt, _, tag = hashed.partition(".")
        return hmac.compare_digest(await self._tag(code, b64decode(salt)), b64decode(tag))

    async def _tag(self, code: str, salt: bytes) -> bytes:
        async with self._places:
            return await asyncio.to_thread(
                scrypt, code.encode(), salt=salt, n=_COST, r=8, p=1, dklen=32
            )
