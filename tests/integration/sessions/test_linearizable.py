"""The concurrent history of one family is always one that could have happened in turn."""

import asyncio
import itertools
import random
from dataclasses import dataclass, field

import pytest
from tests.support.facts import CAUSE
from tests.support.linear import Specification, Step, is_linearizable
from tests.support.proof import rounds
from tests.support.sessions import CLIENT, Desk, desk

from limen.kernel.ids import FamilyId
from limen.kernel.uow import Tx
from limen.sessions.api import Refused, Rotated

__all__ = ["desk"]

_REVOKE = 0  # what is asked besides a generation
_State = tuple[int, bool]


def _step(state: _State, asked: object) -> tuple[_State, object]:
    """One family inside the leeway: (current generation, revoked)."""
    current, revoked = state
    if asked == _REVOKE:
        return (current, True), not revoked
    if revoked:
        return state, "family_revoked"
    if asked == current:
        return (current + 1, False), (current + 1, False)
    if asked == current - 1:
        return state, (current, True)
    return (current, True), "replayed"


FAMILY = Specification((1, False), _step)


@dataclass
class _Observer:
    """Presents whatever tokens it knows, and writes down when and what it heard."""

    desk: Desk
    family: FamilyId
    tokens: dict[int, str]
    choose: random.Random
    ticks: "itertools.count[int]" = field(default_factory=itertools.count)
    history: list[Step] = field(default_factory=list)

    async def present(self, times: int) -> None:
        for _ in range(times):
            known = sorted(self.tokens)
            generation = self.choose.choice(known[-2:] * 6 + known)
            began = next(self.ticks)
            heard = self._heard(await self.desk.rotate(self.tokens[generation], client=CLIENT))
            self.history.append(Step(began, next(self.ticks), generation, heard))

    def _heard(self, outcome: Rotated | Refused) -> object:
        if isinstance(outcome, Refused):
            return outcome.reason
        generation = outcome.family.generation
        known = self.tokens.setdefault(generation, outcome.refresh_token)
        assert known == outcome.refresh_token, "two tokens of one generation"
        return generation, outcome.repeated

    async def revoke(self) -> None:
        await asyncio.sleep(0.005)
        began = next(self.ticks)

        async def work(tx: Tx) -> bool:
            return await self.desk.tokens.revoke(tx, self.family, CAUSE, reason="test")

        heard = await self.desk.store.transact(work)
        self.history.append(Step(began, next(self.ticks), _REVOKE, heard))


@pytest.mark.proof
@pytest.mark.parametrize("seed", rounds(4, proof=100))
async def test_every_concurrent_history_has_an_order(desk: Desk, seed: int) -> None:
    """A031, I2: six callers and one revocation; no two successors, no answer from nowhere."""
    family, first = await desk.issue()
    observer = _Observer(desk, family.id, {1: first}, random.Random(seed))
    callers = [observer.present(6) for _ in range(6)]
    await asyncio.gather(*callers, *([observer.revoke()] if seed % 2 else []))
    assert is_linearizable(observer.history, FAMILY)


def test_the_checker_finds_an_impossible_history() -> None:
    """Two callers that both got a new successor of one token."""
    twice = [Step(0, 2, 1, (2, False)), Step(1, 3, 1, (2, False))]
    assert not is_linearizable(twice, FAMILY)
    repeated = [Step(0, 2, 1, (2, False)), Step(1, 3, 1, (2, True))]
    assert is_linearizable(repeated, FAMILY)
    late = [Step(0, 1, 1, (2, False)), Step(2, 3, 2, (3, False)), Step(4, 5, 1, (2, True))]
    assert not is_linearizable(late, FAMILY)
