"""Sealing: giving committed facts their place in the tenant's log, for good.

Order.  A fact's row is inserted after the compare-and-set of its change, so the unit holds
the lock of what it changed (a row on PostgreSQL, the one writer on SQLite) when the row
draws its identity, until it commits.  Two facts of one entity are therefore never drawn in
the other order than they were committed, and whoever sees the second sees the first: one
statement reads the unsealed rows, by identity, from one snapshot.  Of *different* entities a
lower identity may commit after a higher one was sealed; it is then sealed later.  Their order
means nothing, and `seq` is the order of sealing, given here, without gaps.

Fencing.  The unit compares and sets the tenant's head; a sealer that was overtaken, or slept
through a restore (the epoch moved), changes nothing, and (tenant, seq) is unique besides.
"""

import hmac
from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from limen.audit.errors import LogDamaged
from limen.audit.model.leaves import Beginning, leaf_hash
from limen.audit.model.tree import Head, head_at
from limen.audit.ports import Log, StoredHead, Unsealed
from limen.kernel.errors import Conflict
from limen.kernel.uow import Reader, Store, Tx, UniqueConflict
from limen.kernel.vault import CannotOpen, Keyring, Place

BATCH = 100
"""Facts in one unit: about 2 ms of SQLite's writer."""


class Overtaken(Conflict):
    """Another sealer was first; nothing was changed."""

    code = "sealer_overtaken"


async def seal(store: Store, *, keyring: Keyring, log: Log, batch: int = BATCH) -> int:
    """Seal the next facts and return how many; fewer than `batch` means that none are left.

    Raises Overtaken, and LogDamaged where the stored head is not one that we wrote.
    """

    async def work(tx: Tx) -> int:
        facts = await log.unsealed(tx, batch)
        if not facts:
            return 0
        stored = await log.head(tx)
        if stored is None:
            await _seal_first(tx, facts, keyring, log)
        else:
            check_head(tx.tenant, stored, keyring)
            before = (stored.head.epoch, stored.head.seq, stored.head.chain)
            await _place(tx, facts, stored.head, log)
            if not await log.move_head(tx, before, proven(tx.tenant, stored.head, keyring)):
                raise Overtaken
        return len(facts)

    try:
        return await store.transact(work)
    except UniqueConflict as error:  # another sealer's place, or its beginning
        raise Overtaken from error


async def _seal_first(tx: Tx, facts: Sequence[Unsealed], keyring: Keyring, log: Log) -> None:
    beginning = Beginning(await current_epoch(tx, log))
    if await log.beginnings(tx):
        if await log.head(tx) is not None:
            raise Overtaken
        raise LogDamaged("the log's head is missing")
    await log.add_beginning(tx, beginning)
    head = head_at(beginning.chain(tx.tenant), beginning)
    await _place(tx, facts, head, log)
    if not await log.begin_head(tx, proven(tx.tenant, head, keyring)):
        raise Overtaken


async def _place(tx: Tx, facts: Sequence[Unsealed], head: Head, log: Log) -> None:
    first = head.seq + 1
    leaves: list[bytes] = []
    for seq, fact in enumerate(facts, start=first):
        leaf = leaf_hash(tx.tenant, head.epoch, seq, fact)
        head.add(leaf)
        leaves.append(leaf)
    if await log.place(tx, facts, first, leaves) != len(facts):
        raise Overtaken


async def current_epoch(reader: Reader, log: Log) -> int:
    """Return how often the store was begun: 1 until it is restored."""
    known = await log.store_epoch(reader)
    return 1 if known is None else known.epoch


def _place_of(tenant: UUID) -> Place:
    return Place("log_heads", "proof", tenant)


def proven(tenant: UUID, head: Head, keyring: Keyring) -> StoredHead:
    """Return the head with what shows that we wrote it, to whoever has the tenant's key."""
    digest = sha256(head.canonical()).digest()
    return StoredHead(head, keyring.seal(_place_of(tenant), digest))


def check_head(tenant: UUID, stored: StoredHead, keyring: Keyring) -> None:
    """Raises LogDamaged where the head was not written by us."""
    try:
        digest = keyring.open(_place_of(tenant), stored.proof)
    except CannotOpen as error:
        raise LogDamaged("the head's proof does not open") from error
    if not hmac.compare_digest(digest, sha256(stored.head.canonical()).digest()):
        raise LogDamaged("the head is not the one that its proof covers")
