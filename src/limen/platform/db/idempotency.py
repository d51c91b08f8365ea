"""Idempotency keys in the store: the first request with a key is found by one insert (R136)."""

from datetime import timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.uow import Store, Tx
from limen.kernel.vault import Place, Vault
from limen.platform.db.query import Query
from limen.platform.db.shared import idempotency_keys as t
from limen.platform.db.tables import insert, mine, store_now

KEPT = timedelta(hours=24)
LEASE = timedelta(minutes=2)  # longer than any request is given


class _Row(msgspec.Struct, frozen=True):
    body: bytes
    answer: bytes | None


_this = sa.and_(mine(t), t.c.scope == b("scope"), t.c.digest == b("digest"))
_running = t.c.answer.is_(None)
_first = insert(t, "scope", "digest", "body").values(expires_at=store_now("lifetime"))


class Queries:
    begin = Query(
        _first.on_conflict_do_update(
            index_elements=["tenant", "scope", "digest"],
            set_={
                "body": _first.excluded.body,
                "answer": None,
                "expires_at": _first.excluded.expires_at,
            },
            where=t.c.expires_at <= store_now(),  # kept long enough, or its process is gone
        ).returning(t.c.digest),
        bytes, "scope", "digest", "body", "lifetime",
    )  # fmt: skip
    find = Query(sa.select(t.c.body, t.c.answer).where(_this), _Row, "scope", "digest")
    finish = Query(
        sa.update(t)
        .where(_this, _running, t.c.body == b("same"))
        .values(answer=b("sealed"), expires_at=store_now("lifetime")),
        None, "scope", "digest", "same", "sealed", "lifetime",
    )  # fmt: skip
    abandon = Query(
        sa.delete(t).where(_this, _running, t.c.body == b("same")), None, "scope", "digest", "same"
    )


class SqlIdempotencyKeys:
    """What `platform.http.idempotency.Keys` asks for; answers are sealed by the tenant's key.

    A key whose first request was cut off by the end of its process stays `running` for a lease;
    then it is free.  Whether that request had its effect is not known: who repeats it after the
    lease runs it again, and looks first where it must not happen twice.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def begin(
        self, store: Store, scope: str, key: bytes, body: bytes
    ) -> bytes | Literal["reused", "running"] | None:
        """Return None for the first caller, else the stored answer, or `reused` or `running`."""
        place = _digest(scope)

        async def unit(tx: Tx) -> _Row | None:
            if await tx.one(Queries.begin, place, key, body, LEASE) is not None:
                return None
            return await tx.one(Queries.find, place, key)

        row = await store.transact(unit)
        if row is None:
            return None
        if not compare_digest(row.body, body):
            return "reused"
        if row.answer is None:
            return "running"
        return (await self._vault.keyring(store)).open(_place(place, key), row.answer)

    async def finish(
        self, store: Store, scope: str, key: bytes, body: bytes, answer: bytes
    ) -> None:
        """Keep the answer for whoever asks again."""
        place = _digest(scope)
        sealed = (await self._vault.keyring(store)).seal(_place(place, key), answer)
        await store.transact(lambda tx: tx.run(Queries.finish, place, key, body, sealed, KEPT))

    async def abandon(self, store: Store, scope: str, key: bytes, body: bytes) -> None:
        """Free the key of a request that failed."""
        await store.transact(lambda tx: tx.run(Queries.abandon, _digest(scope), key, body))


def _digest(scope: str) -> bytes:
    return sha256(scope.encode()).digest()


def _place(scope: bytes, key: bytes) -> Place:
    return Place("idempotency_keys", "answer", (scope + key).hex())
