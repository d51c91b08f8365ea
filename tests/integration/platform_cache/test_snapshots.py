"""Snapshots: quick, and never trusted beyond what was polled."""

import asyncio
from typing import Any

import pytest
from tests.fakes.clock import FrozenClock
from tests.support.notes import Notes

from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.platform.cache import Snapshots
from limen.platform.cache.snapshots import OLDEST, TRUSTED
from limen.platform.db import OpenDatabase


class Loader:
    """Counts how often it was asked."""

    def __init__(self, value: Any = "value") -> None:
        self.value = value
        self.loads = 0

    async def __call__(self) -> Any:
        self.loads += 1
        return self.value


@pytest.fixture
async def snapshots(database: OpenDatabase, clock: FrozenClock) -> Snapshots:
    made = Snapshots(database, clock, size=3)
    await made.poll()
    return made


async def test_a_snapshot_is_loaded_once(snapshots: Snapshots, store: Store) -> None:
    load = Loader()
    for _ in range(3):
        assert await snapshots.get(store, "client", "1", load) == "value"
    assert load.loads == 1


async def test_before_the_first_poll_and_two_seconds_after_the_last_all_is_read_through(
    database: OpenDatabase, store: Store, clock: FrozenClock
) -> None:
    """R116: what nobody polls for is not served from memory."""
    snapshots, load = Snapshots(database, clock), Loader()
    await snapshots.get(store, "client", "1", load)
    await snapshots.get(store, "client", "1", load)
    assert load.loads == 2
    await snapshots.poll()
    await snapshots.get(store, "client", "1", load)
    assert load.loads == 2
    clock.advance(TRUSTED)
    await snapshots.get(store, "client", "1", load)
    assert load.loads == 3


async def test_a_change_drops_it_once_it_is_durable(snapshots: Snapshots, store: Store) -> None:
    load = Loader()
    await snapshots.get(store, "client", "1", load)

    async def fails(tx: Any) -> None:
        await snapshots.invalidate(tx, "client", "1")
        raise LookupError

    with pytest.raises(LookupError):
        await store.transact(fails)
    await snapshots.get(store, "client", "1", load)
    assert load.loads == 1
    await store.transact(lambda tx: snapshots.invalidate(tx, "client", "1"))
    await snapshots.get(store, "client", "1", load)
    assert load.loads == 2


async def test_another_process_drops_it_at_its_next_poll(
    snapshots: Snapshots,
    database: OpenDatabase,
    store: Store,
    clock: FrozenClock,
    tenant: Tenant,
    open_second: Any,
) -> None:
    second = await open_second(database)
    others = Snapshots(second, clock)
    load, kept = Loader(), Loader()
    await snapshots.get(store, "client", "1", load)
    await snapshots.get(store, "client", "2", kept)

    async def change(tx: Any) -> None:
        await tx.run(Notes.add, b"1", "x")
        await others.invalidate(tx, "client", "1")

    await second.tenant(tenant.id).transact(change)
    await snapshots.poll()
    await snapshots.get(store, "client", "1", load)
    assert load.loads == 2
    await snapshots.poll()  # sees the same row again, and drops nothing for it
    await snapshots.get(store, "client", "1", load)
    assert load.loads == 2
    if database.dialect == "postgresql":
        await snapshots.get(store, "client", "2", kept)
        assert kept.loads == 1


async def test_a_load_that_overlaps_with_a_change_is_not_kept(
    snapshots: Snapshots, store: Store
) -> None:
    async def load() -> str:
        await store.transact(lambda tx: snapshots.invalidate(tx, "client", "1"))
        return "old"

    again = Loader("new")
    assert await snapshots.get(store, "client", "1", load) == "old"
    assert await snapshots.get(store, "client", "1", again) == "new"


async def test_inside_a_unit_it_is_loaded_and_not_kept(snapshots: Snapshots, store: Store) -> None:
    load = Loader()
    await store.transact(lambda tx: snapshots.get(tx, "client", "1", load))
    await store.transact(lambda tx: snapshots.get(tx, "client", "1", load))
    await snapshots.get(store, "client", "1", load)
    assert load.loads == 3


async def test_tenants_are_apart(
    snapshots: Snapshots, database: OpenDatabase, store: Store
) -> None:
    await snapshots.get(store, "client", "1", Loader("mine"))
    assert await snapshots.get(database.system, "client", "1", Loader("theirs")) == "theirs"


async def test_absence_is_never_kept(snapshots: Snapshots, store: Store) -> None:
    load = Loader(None)
    await snapshots.get(store, "client", "1", load)
    await snapshots.get(store, "client", "1", load)
    assert load.loads == 2


async def test_it_is_bounded_in_number_and_in_age(
    snapshots: Snapshots, store: Store, clock: FrozenClock
) -> None:
    load = Loader()
    for key in "abcd":
        await snapshots.get(store, "client", key, load)
    await snapshots.get(store, "client", "a", load)
    assert load.loads == 5
    clock.advance(OLDEST)
    await snapshots.poll()
    await snapshots.get(store, "client", "d", load)
    assert load.loads == 6


async def test_a_poll_that_fails_is_not_trusted(
    snapshots: Snapshots, database: OpenDatabase, clock: FrozenClock, store: Store
) -> None:
    """During an outage: deny rather than extend."""
    load = Loader()
    await snapshots.get(store, "client", "1", load)
    clock.advance(TRUSTED)
    await asyncio.sleep(0)
    await snapshots.get(store, "client", "1", load)
    assert load.loads == 2
