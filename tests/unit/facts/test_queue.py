"""Who has facts to seal: said once a minute in the store, and at once in the process."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.fakes.clock import FrozenClock

from limen.kernel.ids import TenantId, new_id
from limen.platform.facts.queue import REFRESH, RETENTION, SealQueue

TENANT = TenantId(new_id())


class Unit:
    """A transaction that counts what is written, and commits when it is told to."""

    def __init__(self) -> None:
        self.tenant, self.written = TENANT, 0
        self.effects: list[Callable[[], None]] = []

    async def run(self, *_: Any) -> int:
        self.written += 1
        return 1

    def after_commit(self, effect: Callable[[], None]) -> None:
        self.effects.append(effect)

    def commit(self) -> None:
        for effect in self.effects:
            effect()


async def note(queue: SealQueue, *, commit: bool = True) -> Unit:
    unit: Any = Unit()
    await queue.note(unit)
    if commit:
        unit.commit()
    return unit


async def test_the_store_is_told_once_a_minute() -> None:
    """I5: a process relies on a row only while no sealer may remove it."""
    clock = FrozenClock()
    queue = SealQueue(clock)
    assert (await note(queue)).written == 1
    assert (await note(queue)).written == 0
    clock.advance(REFRESH)
    assert (await note(queue)).written == 1
    assert timedelta() < REFRESH * 5 < RETENTION


async def test_what_was_rolled_back_is_not_relied_on() -> None:
    queue = SealQueue(FrozenClock())
    await note(queue, commit=False)
    assert queue.take() == set()
    assert (await note(queue)).written == 1


async def test_the_process_hears_of_its_commits_at_once() -> None:
    clock = FrozenClock()
    queue = SealQueue(clock)
    await note(queue)
    clock.advance(2)
    await note(queue)
    assert queue.lag == 2.0
    assert queue.take() == {TENANT}
    assert queue.take() == set()
    assert queue.lag == 0.0


async def test_what_is_put_back_waits_as_long_as_it_did() -> None:
    clock = FrozenClock()
    queue = SealQueue(clock)
    await note(queue)
    clock.advance(5)
    for tenant in queue.take():
        queue.put_back(tenant)
    assert queue.lag == 5.0
