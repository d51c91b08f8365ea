"""Every history of a family: whoever presents whatever, whenever."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.support.sessions import LEEWAY, PUBLIC, Memory

from limen.sessions.api import NewFamily, Refused, Rotated

_LEEWAY = LEEWAY.total_seconds()
Step = tuple[int, float]
steps = st.lists(
    st.tuples(st.integers(0, 7), st.sampled_from([0.0, 1.0, 9.0, _LEEWAY, 60.0])), max_size=14
)
kinds = st.sampled_from(
    [PUBLIC, replace(PUBLIC, confidential=True), replace(PUBLIC, key_binding="k")]
)


@given(new=kinds, history=steps)
def test_never_two_live_successors_and_a_replay_is_the_end(
    new: NewFamily, history: list[Step]
) -> None:
    """A031, R032: each step presents one of the tokens seen so far, some time after the last."""
    asyncio.run(_follow(new, history))


async def _follow(new: NewFamily, history: list[Step]) -> None:
    memory = Memory()
    _, first = await memory.start(new)
    tokens = [first]
    rotated_at = memory.clock.now()
    over = False
    for chosen, wait in history:
        memory.clock.advance(wait)
        index = chosen % len(tokens)
        outcome = await memory.rotate(tokens[index], key=new.key_binding)
        since = memory.clock.now() - rotated_at
        newest = len(tokens) - 1
        may_repeat = bool(new.key_binding) or new.confidential or since < LEEWAY
        if over:
            assert outcome == Refused("family_revoked", revoked=False)
        elif index == newest:
            assert isinstance(outcome, Rotated)
            assert not outcome.repeated
            tokens.append(outcome.refresh_token)
            rotated_at = memory.clock.now()
        elif index == newest - 1 and may_repeat:
            assert isinstance(outcome, Rotated)
            assert outcome.repeated
            assert outcome.refresh_token == tokens[-1]
        else:
            assert outcome == Refused("replayed", revoked=True)
            over = True
    assert len(set(tokens)) == len(tokens)
    assert len(memory.families.rows) == 1
    assert memory.recorder.names().count("token_family.revoked") == over


@given(place=st.integers(0, 95), letter=st.sampled_from("ABCDEFghijkl0123-_"), used=st.booleans())
def test_a_wrong_mac_never_has_an_effect(place: int, letter: str, used: bool) -> None:
    """A031: not on the family, not on the facts, whatever was changed in the token."""

    async def story() -> None:
        memory = Memory()
        _, token = await memory.start()
        if used:
            await memory.rotate(token)
            memory.clock.advance(timedelta(minutes=1))
        forged = token[:place] + letter + token[place + 1 :]
        if forged == token:
            return
        before, facts = dict(memory.families.rows), len(memory.recorder.facts)
        assert await memory.rotate(forged) == Refused("refresh_token_unknown", revoked=False)
        assert memory.families.rows == before
        assert len(memory.recorder.facts) == facts

    asyncio.run(story())
