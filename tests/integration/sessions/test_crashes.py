"""Whatever stops a use case, wherever: all of it is kept, or nothing (I1, I4, I5)."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from tests.fakes.clock import FrozenClock
from tests.support.crashes import crash_everywhere
from tests.support.facts import CAUSE
from tests.support.sessions import CLIENT, PUBLIC, USER, Desk, desk

from limen.kernel.uow import Tx
from limen.platform.db import Query, mine
from limen.platform.facts.store import events
from limen.sessions.store.tables import sessions, token_families

__all__ = ["desk"]

_names = Query(sa.select(events.c.name).where(mine(events)).order_by(events.c.id), str)
_secrets = Query(
    sa.select(token_families.c.secret_hash)
    .where(mine(token_families), token_families.c.revoked_at.is_(None))
    .order_by(token_families.c.id),
    bytes,
)
_digests = Query(
    sa.select(sessions.c.browser_digest)
    .where(mine(sessions), sessions.c.ended_at.is_(None))
    .order_by(sessions.c.id),
    bytes,
)


class Look:
    def __init__(self, desk: Desk) -> None:
        self._store = desk.store

    async def __call__(self) -> Any:
        found = [await self._store.all(query) for query in (_secrets, _digests)]
        return [*found, await self._store.all(_names)]


async def test_a_rotation_and_its_fact_are_one(desk: Desk) -> None:
    """I1, I5, R153"""
    _, token = await desk.issue()

    async def work(tx: Tx) -> Any:
        return await desk.tokens.rotate(tx, token, client=CLIENT, key_binding=None, cause=CAUSE)

    assert await crash_everywhere(desk.store, work, Look(desk)) >= 2


async def test_a_replays_revocation_and_its_fact_are_one(desk: Desk, clock: FrozenClock) -> None:
    """I5, A031"""
    _, token = await desk.issue()
    await desk.rotate(token)
    clock.advance(11)

    async def work(tx: Tx) -> Any:
        return await desk.tokens.rotate(tx, token, client=CLIENT, key_binding=None, cause=CAUSE)

    assert await crash_everywhere(desk.store, work, Look(desk)) >= 3


async def test_a_sign_in_replaces_the_old_secret_wholly_or_not(desk: Desk) -> None:
    """I4, R099"""
    browser = await desk.sign_in()

    async def work(tx: Tx) -> Any:
        return await desk.sessions.start(
            tx, USER, CAUSE, browser=browser.secret, amr=("pwd",), acr="1"
        )

    assert await crash_everywhere(desk.store, work, Look(desk)) >= 3


async def test_ending_everything_ends_everything_or_nothing(desk: Desk) -> None:
    """I4, I5, A035"""
    browser = await desk.sign_in()
    await desk.issue(replace(PUBLIC, session=browser.current.id, offline=False))
    await desk.issue()

    async def work(tx: Tx) -> Any:
        return await desk.sessions.end_all(tx, USER, CAUSE, reason="password_reset")

    assert await crash_everywhere(desk.store, work, Look(desk)) >= 4
