"""One-time things on both stores."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import msgspec
from tests.fakes.clock import FrozenClock

from limen.kernel.uow import Store
from limen.platform.db.one_time import SqlOneTime


class Note(msgspec.Struct):
    text: str


LIFETIME = timedelta(minutes=1)


async def test_of_a_hundred_racing_callers_one_is_the_first(store: Store) -> None:
    """R024, A019: consuming is one conditional write."""
    one_time = SqlOneTime()
    for secret in map(str, range(10)):
        await store.transact(
            lambda tx, secret=secret: one_time.issue(
                tx, "code", Note("x"), lifetime=LIFETIME, secret=secret
            )
        )
        found = await asyncio.gather(
            *[
                store.transact(lambda tx, secret=secret: one_time.consume(tx, "code", secret, Note))
                for _ in range(100)
            ]
        )
        assert [entry.consumed_at is None for entry in found].count(True) == 1


async def test_no_kind_stands_in_for_another(store: Store) -> None:
    """A019: the kind is part of the key."""
    one_time = SqlOneTime()
    await store.transact(
        lambda tx: one_time.issue(tx, "reset", Note("x"), lifetime=LIFETIME, secret="s")
    )
    assert await one_time.find(store, "code", "s", Note) is None
    assert await store.transact(lambda tx: one_time.consume(tx, "code", "s", Note)) is None
    assert await one_time.find(store, "reset", "s", Note) is not None


async def test_what_has_expired_is_unknown(store: Store, clock: FrozenClock) -> None:
    one_time = SqlOneTime()
    await store.transact(
        lambda tx: one_time.issue(tx, "code", Note("x"), lifetime=LIFETIME, secret="s")
    )
    entry = await one_time.find(store, "code", "s", Note)
    assert entry is not None
    assert entry.issued_at == clock.now()
    assert entry.expires_at == clock.now() + LIFETIME
    clock.advance(LIFETIME)
    assert await one_time.find(store, "code", "s", Note) is None
    assert await store.transact(lambda tx: one_time.consume(tx, "code", "s", Note)) is None


async def test_a_replay_learns_when_it_was_used(store: Store, clock: FrozenClock) -> None:
    one_time = SqlOneTime()
    await store.transact(
        lambda tx: one_time.issue(tx, "code", Note("x"), lifetime=LIFETIME, secret="s")
    )
    first = await store.transact(lambda tx: one_time.consume(tx, "code", "s", Note))
    used_at = clock.now()
    clock.advance(LIFETIME)
    again = await store.transact(lambda tx: one_time.consume(tx, "code", "s", Note))
    assert first is not None and first.consumed_at is None
    assert again is not None and again.consumed_at == used_at


async def test_withdrawing_takes_the_unused_of_these_kinds(store: Store) -> None:
    one_time, person = SqlOneTime(), uuid4()
    for kind in ("reset", "magic", "code"):
        await store.transact(
            lambda tx, kind=kind: one_time.issue(
                tx, kind, Note(kind), lifetime=LIFETIME, secret="s", subject=person
            )
        )
    assert await store.transact(lambda tx: one_time.withdraw(tx, person, "reset", "magic")) == 2
    assert await one_time.find(store, "code", "s", Note) is not None
    assert await store.transact(lambda tx: one_time.withdraw(tx, person)) == 1
