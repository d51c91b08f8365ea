"""What an answer's time tells: nothing.  Measured in `make proof` alone."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from math import erfc, sqrt
from random import Random
from statistics import median
from time import perf_counter

import pytest
from tests.support.people import People, people
from tests.support.proof import proving

from limen.authentication.errors import WrongCredentials
from limen.authentication.methods.password.hashing import Hasher
from limen.authentication.methods.password.pool import HashingPool
from limen.authentication.methods.password.settings import PasswordSettings
from limen.authentication.settings import AuthenticationSettings
from limen.kernel.request import Cause
from limen.kernel.uow import Tx

__all__ = ["people"]
pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(not proving(), reason="times are measured in make proof"),
]
SAMPLES = 400


def mann_whitney(one: list[float], other: list[float]) -> float:
    """Return the two-sided p of the rank-sum test (normal approximation, no ties)."""
    ranked = sorted([(t, 0) for t in one] + [(t, 1) for t in other])
    ranks = sum(rank for rank, (_, side) in enumerate(ranked, 1) if side == 0)
    n, m = len(one), len(other)
    u = ranks - n * (n + 1) / 2
    z = (u - n * m / 2) / sqrt(n * m * (n + m + 1) / 12)
    return erfc(abs(z) / sqrt(2))


async def timed(act: Callable[[str], Awaitable[None]], kinds: dict[str, list[str]]):
    """Return seconds by kind; the kinds take turns in random order."""
    order = [(kind, name) for kind, names in kinds.items() for name in names]
    Random(7).shuffle(order)
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for kind, name in order:
        started = perf_counter()
        await act(name)
        times[kind].append(perf_counter() - started)
    return times


def check(times: dict[str, list[float]]) -> None:
    first, *rest = times
    for other in rest:
        p = mann_whitney(times[first], times[other])
        apart = abs(median(times[first]) - median(times[other]))
        print(
            f"{first} {median(times[first]) * 1000:.1f} ms, {other}: p={p:.3f}, {apart * 1000:.3f} apart"
        )
        assert p > 0.01
        assert apart < 0.005


async def crowd(people: People, kind: str, hashed: str | None) -> list[str]:
    names = [f"{kind}{n}@example.com" for n in range(SAMPLES)]
    for name in names:
        user = await people.person(name, password=None)
        if hashed is not None:

            async def put(tx: Tx, user=user) -> None:
                await people.ports.passwords.put(tx, user.id, hashed)

            await people.store.transact(put)
        if kind == "suspended":
            await people.move(user.id, "suspended", "because")
    return names


async def test_a_refused_sign_in_takes_as_long_for_everybody(people: People) -> None:
    """R078, A063: 400 samples each, Mann-Whitney p > 0.01, medians less than 5 ms apart."""
    pool = HashingPool(threads=1, queue=9)
    hasher = Hasher(pool, PasswordSettings())
    people.use(hasher=hasher, settings=AuthenticationSettings())
    hashed = await hasher.hash("correct horse battery staple")
    kinds = {
        "unknown": [f"unknown{n}@example.com" for n in range(SAMPLES)],
        "known": await crowd(people, "known", hashed),
        "suspended": await crowd(people, "suspended", hashed),
        "without": await crowd(people, "without", None),
    }

    async def act(name: str) -> None:
        with pytest.raises(WrongCredentials):
            await people.sign_in(name, "wrong horse battery staple", cause=Cause())

    await hasher.verify("warm", None)
    check(await timed(act, kinds))
    pool.close()


async def test_asking_for_a_reset_takes_as_long_for_everybody(people: People) -> None:
    """R078, A063"""
    people.use(settings=AuthenticationSettings(answer_floor=timedelta(milliseconds=60)))
    kinds = {
        "unknown": [f"unknown{n}@example.com" for n in range(SAMPLES)],
        "known": await crowd(people, "known", None),
        "suspended": await crowd(people, "suspended", None),
    }

    async def act(name: str) -> None:
        people.clock.advance(10)
        await people.ask_reset(name)

    check(await timed(act, kinds))
