"""What others chose and we accept once, on both stores."""

import asyncio
from datetime import timedelta

import pytest
from tests.fakes.clock import FrozenClock

from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.platform.db import OpenDatabase
from limen.platform.db.replays import SqlReplays
from limen.platform.db.sweep import sweep

MINUTE = timedelta(minutes=1)


async def test_of_a_hundred_racing_claims_one_wins(store: Store, clock: FrozenClock) -> None:
    """R030, R052, A019: the primary key decides, and each caller learns it at once."""
    replays, until = SqlReplays(), clock.now() + MINUTE
    for number in range(5):
        claims = [replays.claim(store, "jti", f"client:{number}", until) for _ in range(100)]
        assert (await asyncio.gather(*claims)).count(True) == 1


async def test_another_kind_key_or_process_is_another_claim(
    database: OpenDatabase, store: Store, clock: FrozenClock, tenant: Tenant
) -> None:
    """R052: kinds and keys are apart; what another process sees is the store, not its memory."""
    until = clock.now() + MINUTE
    assert await SqlReplays().claim(store, "jti", "a", until)
    assert await SqlReplays().claim(store, "dpop", "a", until)
    assert await SqlReplays().claim(store, "jti", "b", until)
    again = database.tenant(tenant.id)
    assert not await SqlReplays().claim(again, "jti", "a", until)


async def test_a_claim_in_a_unit_goes_with_the_unit(store: Store, clock: FrozenClock) -> None:
    """R153: a unit that fails has claimed nothing; one through the store is durable."""
    replays, until = SqlReplays(), clock.now() + MINUTE

    async def fails(tx: Tx) -> None:
        assert await replays.claim(tx, "jti", "a", until)
        assert not await replays.claim(tx, "jti", "a", until)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.transact(fails)
    assert await replays.claim(store, "jti", "a", until)


async def test_a_claim_is_forgotten_once_nobody_would_accept_it(
    store: Store, clock: FrozenClock
) -> None:
    """A135: swept some minutes after its end, for clocks that differ; not before."""
    replays, until = SqlReplays(), clock.now() + MINUTE
    assert await replays.claim(store, "jti", "a", until)
    clock.advance(3 * MINUTE)
    assert await sweep(store) == 0
    assert not await replays.claim(store, "jti", "a", until)
    clock.advance(4 * MINUTE)
    assert await sweep(store) == 1
    assert await replays.claim(store, "jti", "a", clock.now() + MINUTE)
