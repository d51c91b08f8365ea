"""`ports.Log` over the store."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

import msgspec

from limen.audit.model.keys import LogKey
from limen.audit.model.leaves import Beginning, Sealed
from limen.audit.model.notes import VerifyKey
from limen.audit.model.tree import Head
from limen.audit.ports import (
    FactRow,
    Queued,
    StoredCheckpoint,
    StoredHead,
    StoredKey,
    StoreEpoch,
    Unsealed,
)
from limen.audit.store.queries import Queries, listing
from limen.kernel.uow import Reader, Statement, Tx

R = TypeVar("R")
_LAST = 2**63 - 1


def _much(reader: Reader, statement: Statement[R], *arguments: object) -> Awaitable[list[R]]:
    """Read what may be long, or long to find: off the event loop, where that matters."""
    scan: Callable[..., Awaitable[list[R]]] = getattr(reader, "scan", reader.all)
    return scan(statement, *arguments)


class SqlLog:
    """`ports.Log` over the store."""

    async def unsealed(self, reader: Reader, limit: int) -> Sequence[Unsealed]:
        return await reader.all(Queries.unsealed, limit)

    async def count_unsealed(self, reader: Reader) -> int:
        return await reader.one(Queries.count_unsealed) or 0

    async def place(
        self, tx: Tx, facts: Sequence[Unsealed], first: int, leaves: list[bytes]
    ) -> int:
        ids = [fact.id for fact in facts]
        return await tx.run(Queries.place, ids, first, b"".join(leaves))

    async def head(self, reader: Reader) -> StoredHead | None:
        row = await reader.one(Queries.head)
        if row is None:
            return None
        return StoredHead(Head(row.epoch, row.seq, row.size, row.chain, row.frontier), row.proof)

    async def begin_head(self, tx: Tx, stored: StoredHead) -> bool:
        return await tx.run(Queries.begin_head, *_head_values(stored)) == 1

    async def move_head(self, tx: Tx, before: tuple[int, int, bytes], stored: StoredHead) -> bool:
        return await tx.run(Queries.move_head, *before, *_head_values(stored)) == 1

    async def beginnings(self, reader: Reader) -> list[Beginning]:
        return await reader.all(Queries.beginnings)

    async def add_beginning(self, tx: Tx, beginning: Beginning) -> None:
        await tx.run(Queries.add_beginning, *msgspec.structs.astuple(beginning))

    async def sealed(self, reader: Reader, after: int, limit: int) -> list[Sealed]:
        return await _much(reader, Queries.sealed, after, limit)

    async def rows(
        self, reader: Reader, filters: Mapping[str, object], *, before: UUID | None, limit: int
    ) -> list[FactRow]:
        given = {name: value for name, value in filters.items() if value is not None}
        if before is not None:
            given["before"] = before
        return await _much(reader, listing(*given), *given.values(), limit)

    async def tail(self, reader: Reader, after: int, limit: int) -> list[FactRow]:
        return await _much(reader, Queries.tail, after, limit)

    async def row(self, reader: Reader, event_id: UUID) -> FactRow | None:
        return await reader.one(Queries.row, event_id)

    async def keys(self, reader: Reader) -> list[StoredKey]:
        return [
            StoredKey(
                LogKey(row.version, VerifyKey(reader.tenant, row.public), row.endorsement),
                row.private_sealed,
            )
            for row in await reader.all(Queries.all_keys)
        ]

    async def add_key(self, tx: Tx, stored: StoredKey) -> bool:
        entry = stored.entry
        values = (entry.version, entry.key.public, entry.endorsement, stored.private_sealed)
        return await tx.run(Queries.add_key, *values) == 1

    async def checkpoints(
        self, reader: Reader, after: tuple[int, int], until: int
    ) -> list[StoredCheckpoint]:
        return await reader.all(Queries.next_checkpoints, *after, until)

    async def last_checkpoint(
        self, reader: Reader, until: int | None = None
    ) -> StoredCheckpoint | None:
        return await reader.one(Queries.last_checkpoint, _LAST if until is None else until)

    async def add_checkpoint(self, tx: Tx, checkpoint: StoredCheckpoint) -> None:
        await tx.run(Queries.add_checkpoint, *msgspec.structs.astuple(checkpoint))

    async def queued(self, reader: Reader, after: UUID) -> list[Queued]:
        return await reader.all(Queries.queued, after)

    async def unqueue(self, tx: Tx, queued: Queued) -> None:
        await tx.run(Queries.unqueue, queued.tenant, queued.queued_at)

    async def store_epoch(self, reader: Reader) -> StoreEpoch | None:
        return await reader.one(Queries.store_epoch)

    async def begin_store_epoch(self, tx: Tx, epoch: int, store: UUID) -> None:
        await tx.run(Queries.begin_store_epoch, epoch, store)


def _head_values(stored: StoredHead) -> tuple[object, ...]:
    head = stored.head
    return (head.epoch, head.seq, head.size, head.chain, head.packed_frontier(), stored.proof)
