"""Every statement over the log."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.audit.model.leaves import Beginning, Sealed
from limen.audit.ports import (
    FactRow,
    Queued,
    StoredCheckpoint,
    StoreEpoch,
    Unsealed,
)
from limen.audit.store.tables import checkpoints, epochs, heads, keys, store_epochs
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


class HeadRow(msgspec.Struct, frozen=True):
    epoch: int
    seq: int
    size: int
    chain: bytes
    frontier: bytes
    proof: bytes


class KeyRow(msgspec.Struct, frozen=True):
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
    head = Query(sa.select(*(heads.c[name] for name in _HEAD)).where(mine(heads)), HeadRow)
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
        KeyRow,
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


FILTERS: Mapping[str, Any] = {
    "name": _e.name == b("name"),
    "prefix": sa.func.substr(_e.name, 1, sa.func.length(b("prefix", type_=sa.Text)))
    == b("prefix", type_=sa.Text),
    "actor": _e.actor == b("actor"),
    "target": _e.target == b("target"),
    "person": _e.person == b("person"),
    "ref": sa.and_(_e.ref == b("ref"), _e.result == sa.literal_column("'refused'")),  # indexed
    "request_id": _e.request_id == b("request_id"),
    "result": _e.result == b("result"),
    "since": _e.at >= b("since"),
    "until": _e.at < b("until"),
    "before": _e.id
    < sa.select(_e.id).where(mine(events), _e.event_id == b("before")).scalar_subquery(),
}
"""What a list can be narrowed by; each combination is compiled once."""


@lru_cache(maxsize=512)
def listing(*names: str) -> Query[FactRow]:
    conditions = [FILTERS[name] for name in names]
    statement = (
        sa.select(*_RECORD, _e.seq)
        .where(mine(events), *conditions)
        .order_by(_e.id.desc())
        .limit(b("limit", type_=sa.Integer))
    )
    return Query(statement, FactRow, *names, "limit")
