"""Idempotency keys on both stores (R136)."""

import asyncio
from datetime import timedelta
from hashlib import sha256

import pytest
from tests.fakes.clock import FrozenClock

from limen.kernel.uow import Store
from limen.kernel.vault import CannotOpen, Place
from limen.platform.db.idempotency import LEASE, SqlIdempotencyKeys

KEY, BODY, OTHER = (sha256(text).digest() for text in (b"key", b"body", b"other"))


class PlainKeyring:
    """Seals by naming the place, which is enough to see that it is bound to it."""

    def seal(self, place: Place, plain: bytes) -> bytes:
        return repr(place).encode() + b"\0" + plain[::-1]

    def open(self, place: Place, sealed: bytes) -> bytes:
        bound, _, kept = sealed.partition(b"\0")
        if bound != repr(place).encode():
            raise CannotOpen
        return kept[::-1]


class PlainVault:
    async def keyring(self, reader: object) -> PlainKeyring:
        return PlainKeyring()


@pytest.fixture
def keys() -> SqlIdempotencyKeys:
    return SqlIdempotencyKeys(PlainVault())  # type: ignore[arg-type]


async def test_the_first_answer_is_given_again(keys: SqlIdempotencyKeys, store: Store) -> None:
    """R136: same key and body give the stored answer; another body gives none."""
    assert await keys.begin(store, "u:users.create", KEY, BODY) is None
    assert await keys.begin(store, "u:users.create", KEY, BODY) == "running"
    await keys.finish(store, "u:users.create", KEY, BODY, b"answer")
    assert await keys.begin(store, "u:users.create", KEY, BODY) == b"answer"
    assert await keys.begin(store, "u:users.create", KEY, OTHER) == "reused"


async def test_of_many_racing_requests_one_runs(keys: SqlIdempotencyKeys, store: Store) -> None:
    found = await asyncio.gather(*[keys.begin(store, "s", KEY, BODY) for _ in range(30)])
    assert found.count(None) == 1
    assert found.count("running") == 29


async def test_scopes_are_apart(keys: SqlIdempotencyKeys, store: Store) -> None:
    assert await keys.begin(store, "one:users.create", KEY, BODY) is None
    assert await keys.begin(store, "two:users.create", KEY, OTHER) is None


async def test_a_failed_request_frees_its_key(keys: SqlIdempotencyKeys, store: Store) -> None:
    await keys.begin(store, "s", KEY, BODY)
    await keys.abandon(store, "s", KEY, BODY)
    assert await keys.begin(store, "s", KEY, OTHER) is None
    await keys.finish(store, "s", KEY, OTHER, b"answer")
    await keys.abandon(store, "s", KEY, OTHER)  # too late: it is answered
    assert await keys.begin(store, "s", KEY, OTHER) == b"answer"


async def test_a_key_is_free_again_after_a_day(
    keys: SqlIdempotencyKeys, store: Store, clock: FrozenClock
) -> None:
    await keys.begin(store, "s", KEY, BODY)
    await keys.finish(store, "s", KEY, BODY, b"answer")
    clock.advance(timedelta(hours=23))
    assert await keys.begin(store, "s", KEY, BODY) == b"answer"
    clock.advance(timedelta(hours=1))
    assert await keys.begin(store, "s", KEY, OTHER) is None
    assert await keys.begin(store, "s", KEY, OTHER) == "running"


async def test_a_key_of_a_killed_process_is_free_after_its_lease(
    keys: SqlIdempotencyKeys, store: Store, clock: FrozenClock
) -> None:
    """R136, F01: a key left `running` does not lock its owner out for a day."""
    await keys.begin(store, "s", KEY, BODY)
    clock.advance(LEASE - timedelta(seconds=1))
    assert await keys.begin(store, "s", KEY, BODY) == "running"
    clock.advance(timedelta(seconds=1))
    found = await asyncio.gather(*[keys.begin(store, "s", KEY, BODY) for _ in range(10)])
    assert found.count(None) == 1
    await keys.finish(store, "s", KEY, BODY, b"answer")
    clock.advance(LEASE)
    assert await keys.begin(store, "s", KEY, BODY) == b"answer"


async def test_who_comes_back_after_the_lease_changes_nothing(
    keys: SqlIdempotencyKeys, store: Store, clock: FrozenClock
) -> None:
    """R136: its answer is nobody's to another body, and it frees no key that is not its own."""
    await keys.begin(store, "s", KEY, BODY)
    clock.advance(LEASE)
    assert await keys.begin(store, "s", KEY, OTHER) is None
    await keys.finish(store, "s", KEY, BODY, b"late")
    await keys.abandon(store, "s", KEY, BODY)
    assert await keys.begin(store, "s", KEY, OTHER) == "running"
