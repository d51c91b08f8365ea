"""What has expired goes; what is remembered stays (A135)."""

from datetime import timedelta

import msgspec
from tests.fakes.clock import FrozenClock
from tests.support.notes import Notes

from limen.kernel.uow import Store
from limen.platform.cache import Snapshots
from limen.platform.db import OpenDatabase
from limen.platform.db.one_time import SqlOneTime
from limen.platform.db.sweep import CHUNK, sweep


class Nothing(msgspec.Struct):
    pass


async def test_expired_things_go_a_day_later_in_chunks(store: Store, clock: FrozenClock) -> None:
    """A135: a replay is still known as one for a day."""
    one_time = SqlOneTime()
    many = CHUNK * 2 + 1

    async def issue(tx: object) -> None:
        for number in range(many):
            await one_time.issue(
                tx, "code", Nothing(), lifetime=timedelta(minutes=1), secret=str(number)
            )
        await one_time.issue(tx, "link", Nothing(), lifetime=timedelta(days=9), secret="s")

    await store.transact(issue)
    assert await sweep(store) == 0
    clock.advance(timedelta(days=1, minutes=2))
    assert await sweep(store) == many
    assert await store.one(Notes.count) == 1


async def test_old_invalidations_go(
    database: OpenDatabase, store: Store, clock: FrozenClock
) -> None:
    snapshots = Snapshots(database, clock)
    await store.transact(lambda tx: snapshots.invalidate(tx, "client", "1"))
    assert await sweep(database.system) == 0
    clock.advance(timedelta(hours=2))
    expected = 1 if database.dialect == "postgresql" else 0
    assert await sweep(database.system) == expected
