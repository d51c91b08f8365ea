"""The fakes behave like the stores: the same history has the same outcomes."""

import random
from dataclasses import replace

import pytest
from tests.fakes.clock import FrozenClock
from tests.support.sessions import PUBLIC, Desk, Memory, a_session, desk

from limen.sessions.api import NewFamily, Refused, Rotated

__all__ = ["desk"]

WAITS = (0.0, 1.0, 9.0, 10.0, 61.0, 1900.0, 3600.0, 86_400.0, 30 * 86_400.0)


def told(outcome: Rotated | Refused) -> object:
    if isinstance(outcome, Refused):
        return outcome
    family = outcome.family
    return (
        outcome.repeated, family.generation, family.used_at, family.expires_at,
        family.idle_expires_at,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
async def test_fakes_and_stores_agree(desk: Desk, clock: FrozenClock, seed: int) -> None:
    """A031, R033: ten histories of each kind of family, with every length of pause."""
    choose = random.Random(seed)
    for _ in range(3):
        memory = Memory(clock)
        browser = await desk.sign_in()
        session = replace(a_session(clock), id=browser.current.id)
        memory.sessions.put(session)
        new: NewFamily = replace(
            PUBLIC,
            session=session.id if choose.random() < 0.7 else None,
            offline=choose.random() < 0.5,
            confidential=choose.random() < 0.3,
            key_binding=choose.choice([None, None, "key"]),
        )
        _, stored = await desk.issue(new)
        _, kept = await memory.start(new)
        stores, fakes = [stored], [kept]
        for _ in range(12):
            clock.advance(choose.choice(WAITS[:7] if choose.random() < 0.8 else WAITS))
            place = choose.choice([-1, -1, -1, -2, choose.randrange(len(stores))])
            place = max(place, -len(stores))
            key = new.key_binding if choose.random() < 0.9 else "other"
            one = await desk.rotate(stores[place], key=key)
            two = await memory.rotate(fakes[place], key=key)
            assert told(one) == told(two)
            if isinstance(one, Rotated) and isinstance(two, Rotated) and not one.repeated:
                stores.append(one.refresh_token)
                fakes.append(two.refresh_token)
