"""Sealing: no gap, no double, each entity in its order, whoever races and whatever crashes."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from tests.integration.audit.test_verify import check
from tests.support.facts import CAUSE, Rig, a_fact, rig

from limen.audit.errors import LogDamaged
from limen.audit.store.tables import checkpoints
from limen.audit.tasks import Sealing
from limen.audit.usecases.seal import Overtaken
from limen.kernel.uow import Tx
from limen.platform.db import Query, insert, mine, store_now
from limen.platform.facts.queue import SealQueue

__all__ = ["rig"]

# An entity for the order test: a row of a tenant table with a counter that is compared and set.
_VERSION = Query(sa.select(sa.func.max(checkpoints.c.seq)).where(mine(checkpoints)), int)
_MOVE = Query(
    insert(checkpoints, "size", "seq")
    .values(epoch=99, note="", frontier=b"", signed_at=store_now())
    .on_conflict_do_nothing(),
    None,
    "size",
    "seq",
)


def a_sealing(rig: Rig, queue: SealQueue | None = None) -> Sealing:
    return Sealing(rig.database, rig.vault, rig.log, queue or rig.queue, rig.clock)


async def test_facts_get_their_places_in_the_order_of_recording(rig: Rig) -> None:
    """R152, R155."""
    await rig.record_many(7)
    assert await rig.seal(batch=3) == 3
    assert await rig.seal(batch=3) == 3
    assert await rig.seal(batch=3) == 1
    assert await rig.seal() == 0
    facts = await rig.log.sealed(rig.store, 0, 100)
    assert [fact.seq for fact in facts] == list(range(1, 8))
    assert [fact.data for fact in facts] == [
        f'{{"fields":["name","locale"],"number":{number}}}' for number in range(7)
    ]


async def test_two_sealers_that_race_leave_no_gap_and_no_double(rig: Rig) -> None:
    """I5: the head decides; whoever lost changed nothing."""
    await rig.record_many(40)
    results = await asyncio.gather(*(rig.seal(batch=8) for _ in range(10)), return_exceptions=True)
    assert {type(result) for result in results} <= {int, Overtaken}
    won = sum(result for result in results if isinstance(result, int))
    assert won >= 8
    while await rig.seal(batch=8):
        pass
    facts = await rig.log.sealed(rig.store, 0, 100)
    assert [fact.seq for fact in facts] == list(range(1, 41))
    assert (await check(rig)).is_whole


async def test_a_sealer_that_was_overtaken_changes_nothing(rig: Rig) -> None:
    """F29's kin: a stale sealer's head is fenced by the compare-and-set."""
    await rig.record_many(2)
    await rig.seal()
    await rig.record_many(1, start=2)
    await rig.tamper("UPDATE log_heads SET epoch = 1")  # nothing: it is still ours
    stale = await rig.log.head(rig.store)
    assert stale is not None
    await rig.seal()
    await rig.record_many(1, start=3)

    async def late(tx: Tx) -> bool:
        before = (stale.head.epoch, stale.head.seq, stale.head.chain)
        return await rig.log.move_head(tx, before, stale)

    assert await rig.store.transact(late) is False


async def test_one_entitys_facts_are_in_its_order_under_concurrency(rig: Rig) -> None:
    """I6, rule 8: the row is inserted while the entity is locked."""
    await rig.record_many(1)
    taken: list[int] = []

    async def change(number: int) -> None:
        async def work(tx: Tx) -> None:
            # the compare-and-set of the entity: its version counts up under its lock
            version = (await tx.one(_VERSION)) or 0
            if not await tx.run(_MOVE, version, version + 1):
                raise Overtaken
            await rig.recorder.record(tx, a_fact(version + 1, person=None), CAUSE)

        for _ in range(50):
            try:
                await rig.store.transact(work)
            except Overtaken:
                continue
            taken.append(number)
            return

    sealing = a_sealing(rig)

    async def seal_along() -> None:
        for _ in range(20):
            await sealing.turn()
            await asyncio.sleep(0.001)

    await asyncio.gather(seal_along(), *(change(number) for number in range(12)))
    while await rig.seal():
        pass
    facts = await rig.log.sealed(rig.store, 1, 100)
    versions = [int(fact.data.rpartition(":")[2].rstrip("}")) for fact in facts]
    assert versions == sorted(versions)
    assert len(versions) == len(taken)


async def test_a_commit_is_sealed_by_the_next_turn(rig: Rig) -> None:
    sealing = a_sealing(rig)
    await rig.record_many(3)
    assert rig.queue.lag == 0.0
    rig.clock.advance(0.05)
    assert rig.queue.lag == pytest.approx(0.05)
    await sealing.turn()
    assert sealing.sealed == 3
    assert rig.queue.lag == 0.0
    await sealing.turn()
    assert sealing.sealed == 3


async def test_facts_of_a_process_that_died_are_sealed_by_another(rig: Rig) -> None:
    """I5, F01: the queue says it, since it was written with the fact."""
    await rig.record_many(3)
    survivor = a_sealing(rig, SealQueue(rig.clock))
    await survivor.turn()
    assert survivor.sealed == 3


async def test_a_tenant_leaves_the_queue_only_when_nobody_relies_on_it(rig: Rig) -> None:
    sealing = a_sealing(rig)
    await rig.record_many(1)
    await sealing.turn()
    rig.clock.advance(timedelta(minutes=9))
    await sealing.turn()
    assert await rig.log.queued(rig.database.system, UUID(int=0))
    rig.clock.advance(timedelta(minutes=2))
    await sealing.turn()
    assert not await rig.log.queued(rig.database.system, UUID(int=0))
    await rig.record_many(1, start=1)
    assert await rig.log.queued(rig.database.system, UUID(int=0))


async def test_nothing_is_sealed_on_top_of_a_head_that_is_not_ours(rig: Rig) -> None:
    """R152, R158: the sealer stops, says so, and goes on for others."""
    await rig.grow(3)
    await rig.tamper("UPDATE log_heads SET chain = frontier WHERE seq > 0")
    await rig.tamper("UPDATE log_heads SET chain = proof")
    with pytest.raises(LogDamaged):
        await rig.seal()
    sealing = a_sealing(rig)
    await rig.record_many(1, start=5)
    await sealing.turn()
    assert sealing.damaged == {rig.store.tenant}


async def test_a_missing_head_is_damage_and_no_new_log(rig: Rig) -> None:
    await rig.grow(3)
    await rig.tamper("DELETE FROM log_heads")
    with pytest.raises(LogDamaged):
        await rig.seal()
