"""Rotation over fakes: one story a test."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from tests.support.sessions import CLIENT, LEEWAY, PUBLIC, Memory, a_session

from limen.kernel.ids import new_id
from limen.sessions.api import Refused, Rotated
from limen.sessions.errors import SessionOver
from limen.sessions.model import judge, read_token

CONFIDENTIAL = replace(PUBLIC, confidential=True)
BOUND = replace(PUBLIC, key_binding="thumbprint")


async def test_a_token_gives_its_successor_with_the_same_scope() -> None:
    """R031, R032"""
    memory = Memory()
    _, first = await memory.start()
    outcome = await memory.rotate(first)
    assert isinstance(outcome, Rotated)
    assert outcome.refresh_token != first
    assert not outcome.repeated
    assert outcome.family.scope == PUBLIC.scope
    assert outcome.family.generation == 2
    assert memory.recorder.names() == ["token_family.started", "token_family.rotated"]


async def test_a_lost_answer_is_given_again_inside_the_leeway() -> None:
    """A031: the identical answer, at most 10 s later."""
    memory = Memory()
    _, first = await memory.start()
    rotated = await memory.rotate(first)
    memory.clock.advance(9.999)
    again = await memory.rotate(first)
    assert isinstance(rotated, Rotated)
    assert isinstance(again, Rotated)
    assert again.repeated
    assert again.refresh_token == rotated.refresh_token


async def test_reuse_after_the_leeway_ends_the_family() -> None:
    """A031, R032: the family is revoked, with one fact, and its newest token is dead."""
    memory = Memory()
    _, first = await memory.start()
    rotated = await memory.rotate(first)
    memory.clock.advance(10)
    assert await memory.rotate(first) == Refused("replayed", revoked=True)
    assert isinstance(rotated, Rotated)
    assert await memory.rotate(rotated.refresh_token) == Refused("family_revoked", revoked=False)
    assert memory.recorder.names().count("token_family.revoked") == 1


async def test_anything_older_ends_the_family_at_once() -> None:
    """A031: no leeway for the generation before the previous one."""
    memory = Memory()
    _, first = await memory.start()
    second = await memory.rotate(first)
    assert isinstance(second, Rotated)
    await memory.rotate(second.refresh_token)
    assert await memory.rotate(first) == Refused("replayed", revoked=True)


@pytest.mark.parametrize("new", [CONFIDENTIAL, BOUND])
async def test_who_proves_himself_may_repeat_until_the_successor_is_used(new: object) -> None:
    """A031: a lost answer signs nobody out; the thief would need the client's key or secret."""
    memory = Memory()
    key = BOUND.key_binding if new is BOUND else None
    _, first = await memory.start(new)  # type: ignore[arg-type]
    rotated = await memory.rotate(first, key=key)
    memory.clock.advance(timedelta(days=7))
    again = await memory.rotate(first, key=key)
    assert isinstance(rotated, Rotated)
    assert isinstance(again, Rotated)
    assert again.refresh_token == rotated.refresh_token
    assert isinstance(await memory.rotate(rotated.refresh_token, key=key), Rotated)
    assert await memory.rotate(first, key=key) == Refused("replayed", revoked=True)


async def test_another_client_or_key_changes_nothing() -> None:
    """R031: refused without an effect, for a current token and for a replayed one."""
    memory = Memory()
    _, first = await memory.start()
    rotated = await memory.rotate(first)
    memory.clock.advance(60)
    before = dict(memory.families.rows)
    assert await memory.rotate(first, client=new_id()) == Refused("wrong_client", revoked=False)
    assert await memory.rotate(first, key="mine") == Refused("wrong_key_binding", revoked=False)
    assert memory.families.rows == before
    assert isinstance(rotated, Rotated)
    assert isinstance(await memory.rotate(rotated.refresh_token), Rotated)


async def test_a_wrong_mac_has_no_effect() -> None:
    """A031: otherwise whoever knows a family's id could sign its owner out."""
    memory = Memory()
    _, first = await memory.start()
    forged = first[:-1] + ("A" if first[-1] != "A" else "B")
    facts = len(memory.recorder.facts)
    assert await memory.rotate(forged) == Refused("refresh_token_unknown", revoked=False)
    assert len(memory.recorder.facts) == facts
    assert isinstance(await memory.rotate(first), Rotated)


async def test_a_generation_that_the_store_forgot_ends_the_family() -> None:
    """A031: an older copy of the store was put back."""
    memory = Memory()
    family, first = await memory.start()
    copy = memory.families.rows[family.id]
    second = await memory.rotate(first)
    assert isinstance(second, Rotated)
    memory.families.rows[family.id] = copy
    refused = await memory.rotate(second.refresh_token)
    assert refused == Refused("store_restored", revoked=True)


async def test_a_family_that_is_gone_is_unknown() -> None:
    """A135"""
    memory = Memory()
    family, first = await memory.start()
    del memory.families.rows[family.id]
    assert await memory.rotate(first) == Refused("refresh_token_unknown", revoked=False)


@pytest.mark.parametrize(("days", "live"), [(29, True), (30, False)])
async def test_a_family_expires_when_idle(days: int, live: bool) -> None:
    """R033"""
    memory = Memory()
    _, first = await memory.start()
    memory.clock.advance(timedelta(days=days))
    assert isinstance(await memory.rotate(first), Rotated) == live


async def test_a_family_expires_however_often_it_is_used() -> None:
    """R033: 90 days from the sign-in, not from the last use."""
    memory = Memory()
    _, token = await memory.start()
    for _ in range(4):
        memory.clock.advance(timedelta(days=20))
        outcome = await memory.rotate(token)
        assert isinstance(outcome, Rotated)
        token = outcome.refresh_token
    memory.clock.advance(timedelta(days=10))
    assert await memory.rotate(token) == Refused("family_expired", revoked=False)


async def test_without_offline_access_the_family_ends_with_the_session() -> None:
    """R034, A035"""
    memory = Memory()
    session = a_session(memory.clock)
    memory.sessions.put(session)
    _, token = await memory.start(replace(PUBLIC, session=session.id, offline=False))
    memory.sessions.end(session.id)
    assert await memory.rotate(token) == Refused("session_ended", revoked=False)


async def test_offline_access_outlives_the_session() -> None:
    """R034"""
    memory = Memory()
    session = a_session(memory.clock)
    memory.sessions.put(session)
    _, token = await memory.start(replace(PUBLIC, session=session.id))
    memory.sessions.end(session.id)
    assert isinstance(await memory.rotate(token), Rotated)


async def test_refreshing_is_using_the_session_at_most_once_a_minute() -> None:
    """R101: somebody at work in an application is not idle; its absolute limit stands."""
    memory = Memory()
    session = a_session(memory.clock)
    memory.sessions.put(session)
    _, token = await memory.start(replace(PUBLIC, session=session.id, offline=False))
    for _ in range(8):
        memory.clock.advance(15)
        outcome = await memory.rotate(token)
        assert isinstance(outcome, Rotated)
        token = outcome.refresh_token
    assert memory.sessions.touched == 2
    memory.clock.advance(timedelta(minutes=59))
    assert isinstance(await memory.rotate(token), Rotated)


async def test_no_family_begins_on_a_session_that_is_over_or_another_persons() -> None:
    """R034"""
    memory = Memory()
    session = a_session(memory.clock)
    memory.sessions.put(session)
    with pytest.raises(SessionOver):
        await memory.start(replace(PUBLIC, session=session.id, user=new_id()))  # type: ignore[arg-type]
    memory.sessions.end(session.id)
    with pytest.raises(SessionOver):
        await memory.start(replace(PUBLIC, session=session.id))


async def test_the_current_token_is_never_a_replay() -> None:
    """A031: should the statement have missed it, nothing is revoked."""
    memory = Memory()
    family, first = await memory.start()
    token = read_token(first, memory.keyring, memory.tx.tenant)
    state = await memory.families.find(None, family.id)
    assert token is not None
    assert state is not None
    assert judge(token, state, client=CLIENT, key_binding=None, leeway=LEEWAY) == "current"
    other = replace(token, secret=b"x" * 32)
    verdict = judge(other, state, client=CLIENT, key_binding=None, leeway=LEEWAY)
    assert verdict == "store_restored"


async def test_facts_hold_no_secret() -> None:
    """R151"""
    memory = Memory()
    _, first = await memory.start()
    outcome = await memory.rotate(first)
    assert isinstance(outcome, Rotated)
    told = repr(memory.recorder.facts)
    assert first not in told
    assert outcome.refresh_token not in told
    assert str(CLIENT) in told
    assert msgspec.json.encode([fact.data for fact in memory.recorder.facts])
    assert all(isinstance(fact.target[1], UUID) for fact in memory.recorder.facts if fact.target)
