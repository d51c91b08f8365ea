"""The shorter sessions of whoever administers."""

from datetime import timedelta

from tests.fakes.clock import FrozenClock
from tests.support.sessions import USER, Desk, desk
from tests.support.world import World, world

from limen.kernel.standing import Principal

__all__ = ["desk", "world"]

HOURS, MINUTES = timedelta(hours=12), timedelta(minutes=15)


async def test_an_administrator_is_signed_in_for_less_time(desk: Desk, clock: FrozenClock) -> None:
    """R119: 12 h at most and 15 min idle, remembered or not."""
    desk.administrators.add(USER)
    for remember in (False, True):
        session = (await desk.sign_in(remember=remember)).current
        assert session.expires_at - clock.now() == HOURS
        assert session.idle_expires_at - clock.now() == MINUTES
        assert not session.remembered


async def test_the_short_idle_limit_holds_at_every_touch(desk: Desk, clock: FrozenClock) -> None:
    """R119: activity moves the end by 15 min, and never past the 12 h."""
    desk.administrators.add(USER)
    browser = await desk.sign_in()
    for _ in range(4):
        clock.advance(14 * 60)
        found = await desk.sessions.browser(desk.store, browser.secret)
        assert found is not None
        assert found.current is not None
        await desk.sessions.touch(desk.store, found.current)
    clock.advance(15 * 60)
    assert await desk.sessions.browser(desk.store, browser.secret) is None


async def test_a_promotion_shortens_the_sessions_there_are(desk: Desk, clock: FrozenClock) -> None:
    """R119, R116: a month's session does not outlive the day that its person became powerful."""
    browser = await desk.sign_in(remember=True)
    await desk.store.transact(lambda tx: desk.sessions.promoted(tx, USER))
    found = await desk.sessions.browser(desk.store, browser.secret)
    assert found is not None
    assert found.current is not None
    assert found.current.expires_at - clock.now() == HOURS
    assert found.current.idle_expires_at - clock.now() == MINUTES
    clock.advance(14 * 60)
    await desk.sessions.touch(desk.store, found.current)
    again = await desk.sessions.browser(desk.store, browser.secret)
    assert again is not None
    assert again.current is not None
    assert again.current.idle_expires_at - clock.now() == MINUTES


async def test_a_role_brings_the_short_profile_with_it(world: World, clock: FrozenClock) -> None:
    """R119: by a role given, and by a role that gets its first permission; in the whole app."""
    home = world.home
    user = await home.provider.person("rising@example.com")
    gate = world.running.app.base.platform.gate

    async def stands(session: object) -> bool:
        asked = Principal(user=user.id, session=session.id)  # type: ignore[attr-defined]
        return await gate.refusal(home.provider.store, asked) is None

    async def call(method: str, path: str, body: object) -> None:
        done = await home.provider.api_call(home.admin_token, method, path, body)
        assert done.status < 300, done.body

    made = await home.provider.api_call(
        home.admin_token, "POST", "/api/v1/roles", {"name": "empty", "says": "x", "permissions": []}
    )
    role = f"/api/v1/roles/{made.json['data']['id']}"
    await call("POST", f"{role}/assign", {"kind": "user", "id": str(user.id)})
    _, session = await home.provider.sign_in(user)
    assert session.idle_expires_at - clock.now() == timedelta(hours=1)
    await call("PATCH", role, {"permissions": ["users:read"]})
    _, second = await home.provider.sign_in(user)
    assert second.expires_at - clock.now() == HOURS
    assert await stands(session)
    clock.advance(15 * 60)
    assert not await stands(session)
    assert not await stands(second)
