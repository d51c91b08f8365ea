"""Browser sessions on both stores."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from tests.fakes.clock import FrozenClock
from tests.fakes.gate import FixedGate
from tests.support.facts import CAUSE
from tests.support.sessions import PUBLIC, USER, Desk, desk

from limen.kernel.ids import SessionId, UserId, new_id
from limen.kernel.standing import Principal
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Tx
from limen.platform.db import Query, compose, mine
from limen.platform.facts.store import events
from limen.sessions.api import Refused, Rotated
from limen.sessions.authenticator import BrowserAuthenticator
from limen.sessions.errors import SessionOver
from limen.sessions.settings import SessionSettings
from limen.sessions.store import STANDING
from limen.sessions.store.tables import sessions, token_families
from limen.sessions.tasks import retention

__all__ = ["desk"]

OTHER = UserId(new_id())
_names = Query(sa.select(events.c.name).where(mine(events)).order_by(events.c.id), str)
_digests = Query(sa.select(sessions.c.browser_digest).where(mine(sessions)), bytes)
_sessions = Query(sa.select(sa.func.count()).select_from(sessions).where(mine(sessions)), int)
_families = Query(
    sa.select(sa.func.count()).select_from(token_families).where(mine(token_families)), int
)


async def test_a_sign_in_is_found_by_its_secret_only(desk: Desk, clock: FrozenClock) -> None:
    """R098: 256 bits, of which only the SHA-256 is kept."""
    browser = await desk.sign_in()
    assert len(browser.secret) == 43
    assert await desk.sessions.browser(desk.store, browser.secret) == browser
    assert await desk.sessions.browser(desk.store, browser.secret + "x") is None
    assert [len(digest) for digest in await desk.store.all(_digests)] == [32]
    session = browser.current
    assert session.user == USER
    assert session.started_at == session.authenticated_at == clock.now()
    assert session.expires_at - clock.now() == timedelta(hours=24)
    assert (session.ip, session.user_agent) == (CAUSE.ip, CAUSE.user_agent)


async def test_every_authentication_gives_a_new_secret_and_ends_the_old(
    desk: Desk, clock: FrozenClock
) -> None:
    """R099: the session stays (it is the `sid` of tokens), its secret does not."""
    first = await desk.sign_in()
    clock.advance(60)
    second = await desk.sign_in(browser=first.secret, amr=("pwd", "otp", "mfa"), acr="2")
    assert second.secret != first.secret
    assert await desk.sessions.browser(desk.store, first.secret) is None
    assert second.current.id == first.current.id
    assert second.current.amr == ("pwd", "otp", "mfa")
    assert second.current.authenticated_at == clock.now()
    assert second.current.started_at == first.current.started_at
    assert await desk.store.all(_names) == ["session.started", "session.renewed"]


async def test_several_people_share_a_browser(desk: Desk, clock: FrozenClock) -> None:
    """R099: signing in beside another person moves both to the new secret."""
    first = await desk.sign_in()
    clock.advance(1)
    both = await desk.sign_in(user=OTHER, browser=first.secret)
    assert [one.user for one in both.sessions] == [OTHER, USER]
    assert await desk.sessions.browser(desk.store, first.secret) is None
    clock.advance(1)
    chosen = await desk.store.transact(
        lambda tx: desk.sessions.choose(tx, both.secret, first.current.id)
    )
    assert chosen.current.user == USER


async def test_another_browsers_session_cannot_be_chosen(desk: Desk) -> None:
    """A043"""
    mine_, theirs = await desk.sign_in(), await desk.sign_in(user=OTHER)
    chosen = await desk.store.transact(
        lambda tx: desk.sessions.choose(tx, mine_.secret, theirs.current.id)
    )
    assert chosen is None


@pytest.mark.parametrize(
    ("remember", "amr", "lasts"),
    [
        (False, ("pwd",), timedelta(hours=1)),
        (True, ("pwd",), timedelta(days=30)),
        (True, ("pwd", "otp", "mfa"), timedelta(hours=1)),
    ],
)
async def test_sessions_end_when_idle(
    desk: Desk, clock: FrozenClock, remember: bool, amr: tuple[str, ...], lasts: timedelta
) -> None:
    """R101, R102: 1 h, or 30 d where one factor is remembered."""
    browser = await desk.sign_in(remember=remember, amr=amr)
    clock.advance(lasts - timedelta(microseconds=1))
    assert await desk.sessions.browser(desk.store, browser.secret) is not None
    clock.advance(timedelta(microseconds=1))
    assert await desk.sessions.browser(desk.store, browser.secret) is None


async def test_activity_moves_the_idle_limit_but_not_the_absolute_one(
    desk: Desk, clock: FrozenClock
) -> None:
    """R101: and writes once a minute at most."""
    browser = await desk.sign_in()
    for _ in range(24 * 2 - 1):
        clock.advance(timedelta(minutes=30))
        found = await desk.sessions.browser(desk.store, browser.secret)
        await desk.sessions.touch(desk.store, found.current)
        await desk.sessions.touch(desk.store, found.current)
    assert await desk.sessions.browser(desk.store, browser.secret) is not None
    clock.advance(timedelta(minutes=30))
    assert await desk.sessions.browser(desk.store, browser.secret) is None


async def test_parallel_visits_write_once_a_minute(desk: Desk, clock: FrozenClock) -> None:
    """R101: the statement itself looks when the last one was."""
    browser = await desk.sign_in()
    session = browser.current.id
    for wait, moves in ((59, False), (1, False), (1, True), (59, False)):
        clock.advance(wait)
        before = await desk.sessions.find(desk.store, session)
        await desk.store.transact(lambda tx: desk.rows.touch(tx, session, timedelta(minutes=1)))
        after = await desk.sessions.find(desk.store, session)
        assert (after != before) == moves


async def test_ending_a_session_kills_its_families_but_offline_ones(desk: Desk) -> None:
    """A035, R034, R102"""
    browser = await desk.sign_in()
    session = browser.current.id
    _, online = await desk.issue(replace(PUBLIC, session=session, offline=False))
    _, offline = await desk.issue(replace(PUBLIC, session=session, offline=True))

    async def end(tx: Tx) -> bool:
        return await desk.sessions.end(tx, session, CAUSE, reason="signed_out")

    assert await desk.store.transact(end)
    assert not await desk.store.transact(end)
    assert await desk.sessions.browser(desk.store, browser.secret) is None
    assert await desk.rotate(online) == Refused("family_revoked", revoked=False)
    assert isinstance(await desk.rotate(offline), Rotated)
    assert (await desk.store.all(_names)).count("session.ended") == 1
    assert (await desk.store.all(_names)).count("token_family.revoked") == 1


async def test_ending_all_keeps_one_with_its_families(desk: Desk) -> None:
    """A035, R034, R104: a changed password ends everything else, offline access too."""
    here, there = await desk.sign_in(), await desk.sign_in()
    stranger = await desk.sign_in(user=OTHER)
    _, kept = await desk.issue(replace(PUBLIC, session=here.current.id, offline=False))
    _, online = await desk.issue(replace(PUBLIC, session=there.current.id, offline=False))
    _, offline = await desk.issue(PUBLIC)
    ended = await desk.store.transact(
        lambda tx: desk.sessions.end_all(
            tx, USER, CAUSE, reason="password_changed", keep=here.current.id
        )
    )
    assert ended == 1
    assert isinstance(await desk.rotate(kept), Rotated)
    assert isinstance(await desk.rotate(online), Refused)
    assert isinstance(await desk.rotate(offline), Refused)
    assert await desk.sessions.browser(desk.store, there.secret) is None
    assert await desk.sessions.browser(desk.store, stranger.secret) is not None
    assert [one.id for one in await desk.sessions.list_of(desk.store, USER)] == [here.current.id]


async def test_no_family_slips_through_while_all_are_ended(desk: Desk) -> None:
    """R034, A035: a code redeemed at the same moment leaves no offline family alive."""
    for _ in range(10):
        browser = await desk.sign_in()
        new = replace(PUBLIC, session=browser.current.id, offline=True)

        async def redeem(new: Any = new) -> str | None:
            try:
                return (await desk.issue(new))[1]
            except SessionOver:
                return None

        async def end(tx: Tx) -> int:
            return await desk.sessions.end_all(tx, USER, CAUSE, reason="password_reset")

        tokens = await asyncio.gather(
            redeem(), redeem(), desk.store.transact(end), redeem(), redeem()
        )
        for token in tokens:
            if isinstance(token, str):
                assert isinstance(await desk.rotate(token), Refused)
        assert await desk.tokens.list_of(desk.store, USER) == []


async def test_the_session_idle_longest_makes_room(desk: Desk, clock: FrozenClock) -> None:
    """R108: with its families, and never the one that was just started."""
    small = Desk(desk.rig, SessionSettings(sessions_per_user=3))
    browsers = []
    for _ in range(5):
        clock.advance(1)
        browsers.append(await small.sign_in())
    live = [await small.sessions.browser(small.store, one.secret) for one in browsers]
    assert [one is not None for one in live] == [False, False, True, True, True]
    assert (await small.store.all(_names)).count("session.ended") == 2


async def test_the_gate_knows_sessions_and_families(desk: Desk, clock: FrozenClock) -> None:
    """A035, R102: absent = refuse; what is over says why."""
    gate = compose(STANDING)
    browser = await desk.sign_in()
    session = browser.current.id
    family, _ = await desk.issue()
    fine = Principal(user=USER, session=session, family=family.id)
    assert await gate.refusal(desk.store, fine) is None
    unknown = Principal(session=new_id())
    assert await gate.refusal(desk.store, unknown) == "session_unknown"
    assert await gate.refusal(desk.store, Principal(family=new_id())) == "family_unknown"
    elsewhere = desk.rig.database.tenant(Tenant(new_id(), "x", "X", "", "", 1).id)  # type: ignore[arg-type]
    assert await gate.refusal(elsewhere, fine) == "session_unknown"
    clock.advance(timedelta(hours=1))
    assert await gate.refusal(desk.store, fine) == "session_expired"
    again = await desk.sign_in()
    await desk.store.transact(
        lambda tx: desk.sessions.end_all(tx, USER, CAUSE, reason="signed_out")
    )
    ended = Principal(session=again.current.id)
    assert await gate.refusal(desk.store, ended) == "session_ended"
    assert await gate.refusal(desk.store, Principal(family=family.id)) == "family_revoked"


async def test_the_guard_gets_the_chosen_person_while_both_may_act(
    desk: Desk, clock: FrozenClock, tenant: Tenant
) -> None:
    """R102, R103: a suspended person's cookie opens nothing; visits move the idle limit."""
    gate = FixedGate()
    authenticator = BrowserAuthenticator(desk.sessions, gate, desk.rig.database)
    browser = await desk.sign_in()
    clock.advance(timedelta(minutes=50))
    caller = await authenticator.authenticate(desk.store, tenant, browser.secret)
    assert caller is not None
    assert (caller.user, caller.session) == (USER, browser.current.id)
    assert caller.authenticated_at == int(browser.current.authenticated_at.timestamp())
    clock.advance(timedelta(minutes=50))
    assert await authenticator.authenticate(desk.store, tenant, browser.secret) is not None
    gate.refuse(USER, "user_suspended")
    assert await authenticator.authenticate(desk.store, tenant, browser.secret) is None
    assert await authenticator.authenticate(desk.store, tenant, "unknown") is None


async def test_what_is_over_leaves_the_store(desk: Desk, clock: FrozenClock) -> None:
    """G11, A135: 30 days after the end, a session and a family that has expired are gone."""

    class Tenants:
        async def ids(self) -> list[Any]:
            return [desk.store.tenant]

    task = retention(
        desk.rig.database,
        Tenants(),
        desk.rows,
        desk.families,
        desk.settings,  # type: ignore[arg-type]
    )
    browser = await desk.sign_in()
    await desk.issue(replace(PUBLIC, session=browser.current.id, offline=False))
    await desk.issue(PUBLIC)
    await desk.store.transact(
        lambda tx: desk.sessions.end(tx, browser.current.id, CAUSE, reason="signed_out")
    )
    clock.advance(timedelta(days=30))
    await task.run()
    assert (await desk.store.one(_sessions), await desk.store.one(_families)) == (1, 2)
    clock.advance(timedelta(seconds=1))
    await task.run()
    assert (await desk.store.one(_sessions), await desk.store.one(_families)) == (0, 1)
    clock.advance(timedelta(days=90))
    await task.run()
    assert await desk.store.one(_families) == 0


async def test_lists_are_paged_by_id(desk: Desk) -> None:
    """R105"""
    for _ in range(3):
        await desk.sign_in()
    await desk.sign_in(user=OTHER)
    first = await desk.rows.page(desk.store, user=None, after=None, limit=2)
    rest = await desk.rows.page(desk.store, user=None, after=first[-1].id, limit=10)
    assert len({one.id for one in [*first, *rest]}) == 4
    own = await desk.rows.page(desk.store, user=USER, after=None, limit=10)
    assert {one.user for one in own} == {USER}
    assert await desk.sessions.find(desk.store, SessionId(new_id())) is None
    for _ in range(3):
        await desk.issue()
    page = await desk.families.page(desk.store, {"user": USER}, after=None, limit=2)
    assert len(await desk.families.page(desk.store, {}, after=page[-1].id, limit=9)) == 1
