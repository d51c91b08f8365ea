"""What may be lost at any time (memory, caches, other servers) and never lets anybody in."""

from pathlib import Path

import pytest
from tests.fakes.clock import FrozenClock
from tests.support.apps import CAUSE, Running, compose_test_app, http_client
from tests.support.world import World, world

from limen.app import App
from limen.identity.api import NewUser
from limen.kernel.errors import Invalid, TooMany
from limen.kernel.ids import UserId
from limen.kernel.request import Cause

__all__ = ["world"]

PASSWORD = "plover cartwheel tundra 41"
BROWSER = Cause(ip="192.0.2.9")


async def restarted(limen: Running, clock: FrozenClock, folder: Path, **settings: str) -> Running:
    """Return a process that remembers nothing, over the same store."""
    app = compose_test_app(limen.app.database, clock, folder, settings=settings)
    await app.begin()
    return Running(app, limen.tenant, http_client(app))


async def sign_in(app: App, limen: Running, password: str) -> None:
    await app.contexts.authentication.authentication.sign_in_with_password(
        limen.store, limen.tenant, identifier="ada@example.org", password=password,
        browser=None, device=None, remember=False, cause=BROWSER,
    )  # fmt: skip


async def ada(limen: Running) -> UserId:
    new = NewUser(email="ada@example.org", email_verified=True, status="active")
    user = await limen.store.transact(
        lambda tx: limen.app.contexts.identity.users.create(tx, new, CAUSE)
    )
    await limen.app.contexts.authentication.authentication.set_password(
        limen.store, limen.tenant, user=user.id, password=PASSWORD, cause=CAUSE
    )
    return user.id


async def test_a_lockout_outlives_the_memory_that_counted(
    limen: Running, clock: FrozenClock, tmp_path: Path
) -> None:
    """I9, R074: a restart, with every limiter of the process empty, opens nothing."""
    await ada(limen)
    for _ in range(10):
        with pytest.raises(Exception, match="password"):
            await sign_in(limen.app, limen, "wrong")
    again = await restarted(limen, clock, tmp_path)
    with pytest.raises(TooMany):
        await sign_in(again.app, limen, PASSWORD)
    await again.http.aclose()


async def test_nothing_revoked_lives_again_in_a_process_that_remembers_nothing(
    world: World, clock: FrozenClock, tmp_path: Path
) -> None:
    """I9, R116: suspended people, ended sessions, taken roles, disabled applications."""
    home = world.home
    before = {"person": home.admin_token, "tokens": home.tokens["access_token"]}
    other = await home.with_role("auditor", "auditor@example.com")
    before["role"] = await home.mint(other)
    await home.take(other.id, "auditor")
    second = await home.mint(await home.with_role("administrator", "second@example.com"))
    await home.move(home.admin.id, "suspended")
    disabled = await home.provider.api_call(
        second, "POST", f"/api/v1/clients/{home.app.id}/disable"
    )
    assert disabled.status == 200
    again = await restarted(world.running, clock, tmp_path)
    for limen in (world.running, again):
        for who in ("person", "role"):
            answer = await limen.api("GET", "/api/v1/users", before[who])
            assert answer.status_code in (401, 403), who
        told = await limen.api("GET", "/oauth2/userinfo", before["tokens"])
        assert told.status_code == 401
    await again.http.aclose()


async def test_a_look_up_that_nobody_answers_lets_no_listed_password_pass(
    limen: Running, clock: FrozenClock, tmp_path: Path
) -> None:
    """I9, R070: without the server of breached passwords our own lists still refuse."""
    user = await ada(limen)
    alone = await restarted(
        limen, clock, tmp_path,
        LIMEN_AUTHENTICATION__PASSWORD__BREACHED_URL="https://127.0.0.1:9",
    )  # fmt: skip
    authentication = alone.app.contexts.authentication.authentication
    for password in ("password1234567", "qwertyuiopasdfghjkl", "ada@example.org ada"):
        with pytest.raises(Invalid):
            await authentication.set_password(
                limen.store, limen.tenant, user=user, password=password, cause=CAUSE
            )
    await alone.http.aclose()


async def test_without_the_store_the_answer_is_no(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I9, R112: what cannot be asked is refused, however valid the token is in memory."""
    from limen.kernel.errors import Unavailable

    limen = world.running
    tokens = {
        "/api/v1/users": world.home.admin_token,
        "/oauth2/userinfo": world.home.tokens["access_token"],
    }
    for path, token in tokens.items():
        assert (await limen.api("GET", path, token)).status_code == 200

    async def lost(*_: object) -> None:
        raise Unavailable("gone")

    store = type(limen.app.database.tenant(limen.tenant.id))
    for method in ("one", "all", "transact"):
        monkeypatch.setattr(store, method, lost)
    for path, token in tokens.items():
        assert (await limen.api("GET", path, token)).status_code == 503
