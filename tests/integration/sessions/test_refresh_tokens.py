"""Refresh-token families on both stores."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from tests.fakes.clock import FrozenClock
from tests.support.facts import CAUSE, Rig
from tests.support.proof import rounds
from tests.support.sessions import CLIENT, GRANT, PUBLIC, USER, Desk, desk

from limen.kernel.errors import Unavailable
from limen.kernel.ids import new_id
from limen.platform.db import OpenDatabase, Query, mine
from limen.platform.facts.store import events
from limen.sessions.api import Refused, Rotated
from limen.sessions.store.tables import token_families

__all__ = ["desk"]

PARALLEL = 100
_names = Query(sa.select(events.c.name).where(mine(events)).order_by(events.c.id), str)
_count = Query(
    sa.select(sa.func.count()).select_from(token_families).where(mine(token_families)), int
)


async def test_a_rotation_is_kept(desk: Desk) -> None:
    """R031-R033"""
    family, first = await desk.issue()
    outcome = await desk.rotate(first)
    assert isinstance(outcome, Rotated)
    assert outcome.family.generation == 2
    assert outcome.family == await desk.tokens.find(desk.store, outcome.refresh_token)
    assert replace(family, generation=2) == outcome.family
    assert await desk.store.one(_count) == 1


async def insist(desk: Desk, token: str) -> Rotated | Refused:
    """Repeat while the store is busy, as a client does that is told to come back."""
    while True:
        try:
            return await desk.rotate(token)
        except Unavailable:
            await asyncio.sleep(0.05)


@pytest.mark.proof
async def test_parallel_refreshes_have_one_successor(desk: Desk) -> None:
    """A031: 100 at once; one is new, the others get the identical answer inside the leeway."""
    for _ in rounds(10, proof=200):
        _, first = await desk.issue()
        outcomes = await asyncio.gather(*[insist(desk, first) for _ in range(PARALLEL)])
        rotated = [one for one in outcomes if isinstance(one, Rotated)]
        assert len(rotated) == PARALLEL
        assert [one.repeated for one in rotated].count(False) == 1
        assert len({one.refresh_token for one in rotated}) == 1
        assert {one.family.generation for one in rotated} == {2}


async def test_two_processes_have_one_successor(
    desk: Desk, open_second: Callable[[OpenDatabase], Awaitable[OpenDatabase]]
) -> None:
    """A031: two workers on one store."""
    other = await open_second(desk.rig.database)
    second = Desk(Rig(other, other.tenant(desk.store.tenant), desk.rig.clock))
    _, first = await desk.issue()
    both = [(desk, second)[turn % 2].rotate(first) for turn in range(40)]
    outcomes = await asyncio.gather(*both)
    assert [one.repeated for one in outcomes if isinstance(one, Rotated)].count(False) == 1


async def test_reuse_after_the_leeway_is_committed_with_its_fact(
    desk: Desk, clock: FrozenClock
) -> None:
    """A031, R032: the refusal is returned, so that the revocation stays."""
    _, first = await desk.issue()
    outcome = await desk.rotate(first)
    clock.advance(10)
    assert await desk.rotate(first) == Refused("replayed", revoked=True)
    assert isinstance(outcome, Rotated)
    assert await desk.tokens.find(desk.store, outcome.refresh_token) is None
    refused = await desk.rotate(outcome.refresh_token)
    assert refused == Refused("family_revoked", revoked=False)
    assert await desk.store.all(_names) == [
        "token_family.started", "token_family.rotated", "token_family.revoked",
    ]  # fmt: skip


async def test_parallel_replays_revoke_once(desk: Desk, clock: FrozenClock) -> None:
    """A031: one fact, however many thieves."""
    _, first = await desk.issue()
    await desk.rotate(first)
    clock.advance(11)
    outcomes = await asyncio.gather(*[desk.rotate(first) for _ in range(20)])
    assert not [one for one in outcomes if isinstance(one, Rotated)]
    assert (await desk.store.all(_names)).count("token_family.revoked") == 1


async def test_a_wrong_mac_and_another_client_change_nothing(desk: Desk) -> None:
    """A031, R031"""
    _, first = await desk.issue()
    facts = await desk.store.all(_names)
    forged = first[:-1] + ("A" if first[-1] != "A" else "B")
    assert await desk.rotate(forged) == Refused("refresh_token_unknown", revoked=False)
    assert await desk.rotate(first, client=new_id()) == Refused("wrong_client", revoked=False)
    assert await desk.rotate(first, key="x") == Refused("wrong_key_binding", revoked=False)
    assert await desk.store.all(_names) == facts
    assert isinstance(await desk.rotate(first), Rotated)


async def test_a_bound_family_rotates_with_its_key_only(desk: Desk) -> None:
    """R030, R032"""
    _, first = await desk.issue(replace(PUBLIC, key_binding="jkt"))
    assert await desk.rotate(first) == Refused("wrong_key_binding", revoked=False)
    assert isinstance(await desk.rotate(first, key="jkt"), Rotated)


@pytest.mark.parametrize("scope", ["family", "grant", "client"])
async def test_revoking_ends_what_it_names(desk: Desk, scope: str) -> None:
    """R034, R035: once, with a fact for each family."""
    family, first = await desk.issue()
    ways: dict[str, Any] = {
        "family": lambda tx: desk.tokens.revoke(tx, family.id, CAUSE, reason="test"),
        "grant": lambda tx: desk.tokens.revoke_grant(tx, GRANT, CAUSE, reason="test"),
        "client": lambda tx: desk.tokens.revoke_client(tx, CLIENT, CAUSE, reason="test"),
    }
    assert await desk.store.transact(ways[scope]) == 1
    assert await desk.store.transact(ways[scope]) == 0
    assert await desk.rotate(first) == Refused("family_revoked", revoked=False)
    assert await desk.tokens.list_of(desk.store, USER) == []
    assert (await desk.store.all(_names)).count("token_family.revoked") == 1


async def test_a_family_without_offline_access_lasts_no_longer_than_the_sign_in(
    desk: Desk, clock: FrozenClock
) -> None:
    """R033, R101: the session's absolute limit is the family's."""
    browser = await desk.sign_in()
    session = browser.current
    family, token = await desk.issue(replace(PUBLIC, session=session.id, offline=False))
    assert family.expires_at == session.expires_at
    for _ in range(47):
        clock.advance(timedelta(minutes=30))
        outcome = await desk.rotate(token)
        assert isinstance(outcome, Rotated)
        token = outcome.refresh_token
    clock.advance(timedelta(minutes=30))
    assert isinstance(await desk.rotate(token), Refused)


async def test_an_idle_session_ends_its_families(desk: Desk, clock: FrozenClock) -> None:
    """R101, R102"""
    browser = await desk.sign_in()
    _, token = await desk.issue(replace(PUBLIC, session=browser.current.id, offline=False))
    clock.advance(timedelta(hours=1))
    assert await desk.rotate(token) == Refused("session_ended", revoked=False)


async def test_families_are_in_constant_space(desk: Desk) -> None:
    """A135: a family is one row, however often it is refreshed."""
    _, token = await desk.issue()
    for _ in range(20):
        outcome = await desk.rotate(token)
        assert isinstance(outcome, Rotated)
        token = outcome.refresh_token
    assert await desk.store.one(_count) == 1
