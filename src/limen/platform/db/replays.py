"""Identifiers that others chose, each accepted once: the primary key decides who was first."""

from datetime import datetime
from hashlib import sha256
from typing import cast

from limen.kernel.uow import Store, Tx
from limen.platform.db.query import Query
from limen.platform.db.shared import replays
from limen.platform.db.tables import insert


class Queries:
    claim = Query(
        insert(replays, "kind", "digest", "expires_at").on_conflict_do_nothing(),
        None, "kind", "digest", "expires_at",
    )  # fmt: skip


class SqlReplays:
    """`kernel.replays.Replays` over the store; the key is (tenant, kind, SHA-256 of the key)."""

    async def claim(self, door: Tx | Store, kind: str, key: str, expires_at: datetime) -> bool:
        digest = sha256(key.encode()).digest()

        async def work(tx: Tx) -> bool:
            return await tx.run(Queries.claim, kind, digest, expires_at) == 1

        transact = getattr(door, "transact", None)
        return await (work(cast("Tx", door)) if transact is None else transact(work))
