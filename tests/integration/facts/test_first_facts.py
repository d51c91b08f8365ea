"""The first facts about a person, recorded at once: each brings the person's key into being."""

import asyncio
from functools import partial
from uuid import UUID

import pytest
from tests.support.facts import CAUSE, Rig, a_fact, rig
from tests.support.proof import rounds

from limen.kernel.ids import new_id
from limen.kernel.uow import Tx

__all__ = ["rig"]


async def record(rig: Rig, people: list[UUID], tx: Tx) -> None:
    for person in people:
        await rig.recorder.record(tx, a_fact(person=person), CAUSE)


async def openings(rig: Rig) -> tuple[int, set[bytes | None]]:
    rows = await rig.log.rows(rig.store, {}, before=None, limit=200)
    return len(rows), {row.key_commitment for row in rows}


@pytest.mark.parametrize("turn", rounds(3, proof=50))
async def test_simultaneous_first_facts_all_succeed(rig: Rig, turn: int) -> None:
    """R153, G03: 20 at once about one person: all are kept, under one key."""
    del turn
    person = new_id()
    await asyncio.gather(*[rig.store.transact(partial(record, rig, [person])) for _ in range(20)])
    count, keys = await openings(rig)
    assert (count, len(keys)) == (20, 1)


@pytest.mark.parametrize("turn", rounds(3, proof=50))
async def test_two_people_in_either_order_do_not_lock_each_other_out(rig: Rig, turn: int) -> None:
    """R153: units that record about the same two people, first one or first the other."""
    del turn
    people = [new_id(), new_id()]
    orders = [people, people[::-1]]
    await asyncio.gather(*[rig.store.transact(partial(record, rig, order)) for order in orders])
    count, keys = await openings(rig)
    assert (count, len(keys)) == (4, 2)


async def test_a_unit_that_fails_takes_its_key_with_it_and_nobody_elses(rig: Rig) -> None:
    """R153: who waited for a unit that was rolled back makes the key instead."""
    person = new_id()

    async def fail(tx: Tx) -> None:
        await record(rig, [person], tx)
        raise ZeroDivisionError

    units = [fail, partial(record, rig, [person])] * 5
    done = await asyncio.gather(*[rig.store.transact(u) for u in units], return_exceptions=True)
    assert [type(one) for one in done] == [ZeroDivisionError, type(None)] * 5
    count, keys = await openings(rig)
    assert (count, len(keys)) == (5, 1)
