"""The log in the store: queries, and `ports.Log` over them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

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
from limen.audit.tables import checkpoints, epochs, heads, keys, store_epochs
from limen.kernel.uow import Reader, Tx
from limen.platform.db import Query, insert, mine, one_of, store_now
from limen.platform.facts.store import events, seal_queue

_e = events.c
_RECORD = (
    _e.event_id, _e.name, _e.at, _e.actor_kind, _e.actor, _e.session, _e.target_kind, _e.target,
    _e.person, _e.result, _e.reason, _e.request_id, _e.ref, _e.data, _e.personal_sealed,
    _e.key_commitment,
)  # fmt: skip
_HEAD = ("epoch", "seq", "size", "chain", "frontier", "proof")
_CHECKPOINT = (checkpoints.c.epoch, checkpoints.c.seq, checkpoints.c.size, checkpoints.c.note,
               checkpoints.c.frontier)  # fmt: skip


_Scan = Callable[..., Awaitable[list[Sealed]]]


class _HeadRow(msgspec.Struct, frozen=True):
    epoch: int
    seq: int
    size: int
    chain: bytes
    frontier: bytes
    proof: bytes


class _KeyRow(msgspec.Struct, frozen=True):
    version: int
    public: bytes
    endorsement: bytes | None
    private_sealed: bytes


class Queries:
    unsealed = Query(
        sa.select(*_RECORD, _e.id)
        .where(mine(events), _e.seq.is_(None))
        .order_by(_e.id)
        .limit(b("limit", type_=sa.Integer)),
        Unsealed,
        "limit",
    )
    count_unsealed = Query(
        sa.select(sa.func.count()).select_from(events).where(mine(events), _e.seq.is_(None)), int
    )
    place = Query(
        sa.update(events)
        .where(mine(events), one_of(_e.id, "ids"), _e.seq.is_(None))
        .values(seq=b("first", type_=sa.BigInteger), leaf=b("leaves", type_=sa.LargeBinary)),
        None,
        "ids",
        "first",
        "leaves",
        postgresql="UPDATE events SET seq = :first::bigint + v.place - 1,"
        " leaf = substr(:leaves::bytea, (v.place * 32 - 31)::int, 32)"
        " FROM unnest(:ids::bigint[]) WITH ORDINALITY AS v (id, place)"
        " WHERE events.tenant = :tenant AND events.id = v.id AND events.seq IS NULL",
        # LIMIT has the list read first, and each of its facts found by its key
        sqlite="UPDATE events SET seq = :first + v.place,"
        " leaf = substr(:leaves, v.place * 32 + 1, 32) FROM (SELECT key AS place,"
        " CAST(value AS INTEGER) AS id FROM json_each(:ids) LIMIT -1) AS v"
        " WHERE events.tenant = :tenant AND events.id = v.id AND +events.seq IS NULL",
    )
    sealed = Query(
        sa.select(*_RECORD, _e.seq, _e.leaf)
        .where(mine(events), _e.seq > b("after"))
        .order_by(_e.seq)
        .limit(b("limit", type_=sa.Integer)),
        Sealed,
        "after",
        "limit",
    )
    row = Query(
        sa.select(*_RECORD, _e.seq).where(mine(events), _e.event_id == b("event_id")),
        FactRow,
        "event_id",
    )
    head = Query(sa.select(*(heads.c[name] for name in _HEAD)).where(mine(heads)), _HeadRow)
    begin_head = Query(
        insert(heads, *_HEAD).values(sealed_at=store_now()).on_conflict_do_nothing(), None, *_HEAD
    )
    move_head = Query(
        sa.update(heads)
        .where(
            mine(heads),
            heads.c.epoch == b("was_epoch"),
            heads.c.seq == b("was_seq"),
            heads.c.chain == b("was_chain"),
        )
        .values(dict[str, Any]({name: b(name) for name in _HEAD}) | {"sealed_at": store_now()}),
        None,
        "was_epoch",
        "was_seq",
        "was_chain",
        *_HEAD,
    )
    beginnings = Query(
        sa.select(
            epochs.c.epoch,
            epochs.c.after_seq,
            epochs.c.after_chain,
            epochs.c.kept_seq,
            epochs.c.kept_chain,
        )
        .where(mine(epochs))
        .order_by(epochs.c.epoch),
        Beginning,
    )
    add_beginning = Query(
        insert(epochs, "epoch", "after_seq", "after_chain", "kept_seq", "kept_chain").values(
            begun_at=store_now()
        ),
        None,
        "epoch",
        "after_seq",
        "after_chain",
        "kept_seq",
        "kept_chain",
    )
    all_keys = Query(
        sa.select(keys.c.version, keys.c.public, keys.c.endorsement, keys.c.private_sealed)
        .where(mine(keys))
        .order_by(keys.c.version),
        _KeyRow,
    )
    add_key = Query(
        insert(keys, "version", "public", "endorsement", "private_sealed")
        .values(created_at=store_now())
        .on_conflict_do_nothing(),
        None,
        "version",
        "public",
        "endorsement",
        "private_sealed",
    )
    next_checkpoints = Query(
        sa.select(*_CHECKPOINT)
        .where(
            mine(checkpoints),
            sa.or_(
                checkpoints.c.epoch > b("epoch"),
                sa.and_(checkpoints.c.epoch == b("epoch"), checkpoints.c.seq > b("seq")),
            ),
            checkpoints.c.seq <= b("until"),
        )
        .order_by(checkpoints.c.epoch, checkpoints.c.seq)
        .limit(1000),
        StoredCheckpoint,
        "epoch",
        "seq",
        "until",
    )
    last_checkpoint = Query(
        sa.select(*_CHECKPOINT)
        .where(mine(checkpoints), checkpoints.c.seq <= b("until"))
        .order_by(checkpoints.c.epoch.desc(), checkpoints.c.seq.desc())
        .limit(1),
        StoredCheckpoint,
        "until",
    )
    add_checkpoint = Query(
        insert(checkpoints, "epoch", "seq", "size", "note", "frontier")
        .values(signed_at=store_now())
        .on_conflict_do_nothing(),
        None,
        "epoch",
        "seq",
        "size",
        "note",
        "frontier",
    )
    store_epoch = Query(
        sa.select(store_epochs.c.store, store_epochs.c.epoch, store_epochs.c.begun_at)
        .order_by(store_epochs.c.epoch.desc())
        .limit(1),
        StoreEpoch,
    )
    begin_store_epoch = Query(
        insert(store_epochs, "epoch", "store")
        .values(begun_at=store_now())
        .on_conflict_do_nothing(),
        None,
        "epoch",
        "store",
    )

    queued = Query(
        sa.select(seal_queue.c.tenant, seal_queue.c.queued_at)
        .where(seal_queue.c.tenant > b("after"))
        .order_by(seal_queue.c.tenant)
        .limit(100),
        Queued,
        "after",
    )
    unqueue = Query(
        sa.delete(seal_queue).where(
            seal_queue.c.tenant == b("of"), seal_queue.c.queued_at == b("queued_at")
        ),
        None,
        "of",
        "queued_at",
    )
    tail = Query(
        sa.select(*_RECORD, _e.seq)
        .where(mine(events), _e.seq > b("after"))
        .order_by(_e.seq)
        .limit(b("limit", type_=sa.Integer)),
        FactRow,
        "after",
        "limit",
    )


_LAST = 2**63 - 1
FILTERS: Mapping[str, Any] = {
    "name": _e.name == b("name"),
    "prefix": sa.func.substr(_e.name, 1, sa.func.length(b("prefix", type_=sa.Text)))
    == b("prefix", type_=sa.Text),
    "actor": _e.actor == b("actor"),
    "target": _e.target == b("target"),
    "person": _e.person == b("person"),
    "ref": sa.and_(_e.ref == b("ref"), _e.result == "refused"),  # what a page showed: indexed
    "request_id": _e.request_id == b("request_id"),
    "result": _e.result == b("result"),
    "since": _e.at >= b("since"),
    "until": _e.at < b("until"),
    "before": _e.id
    < sa.select(_e.id).where(mine(events), _e.event_id == b("before")).scalar_subquery(),
}
"""What a list can be narrowed by; each combination is compiled once."""


@lru_cache(maxsize=512)
def _listing(*names: str) -> Query[FactRow]:
    conditions = [FILTERS[name] for name in names]
    statement = (
        sa.select(*_RECORD, _e.seq)
        .where(mine(events), *conditions)
        .order_by(_e.id.desc())
        .limit(b("limit", type_=sa.Integer))
    )
    return Query(statement, FactRow, *names, "limit")


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
        scan: _Scan = getattr(reader, "scan", reader.all)  # off the event loop where it matters
        return await scan(Queries.sealed, after, limit)

    async def rows(
        self, reader: Reader, filters: Mapping[str, object], *, before: UUID | None, limit: int
    ) -> list[FactRow]:
        given = {name: value for name, value in filters.items() if value is not None}
        if before is not None:
            given["before"] = before
        return await reader.all(_listing(*given), *given.values(), limit)

    async def tail(self, reader: Reader, after: int, limit: int) -> list[FactRow]:
        return await reader.all(Queries.tail, after, limit)

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
