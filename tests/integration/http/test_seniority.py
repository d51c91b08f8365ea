"""Nobody changes a person who may do more."""

import pytest
from tests.support.apps import CAUSE, Running

from limen.access.api import USER_MANAGER, Subject
from limen.identity.api import User
from limen.kernel.uow import Tx


async def manager(limen: Running) -> User:
    user = await limen.person("manager@example.org")
    roles = limen.app.contexts.access.roles

    async def work(tx: Tx) -> None:
        await roles.assign(tx, Subject("user", user.id), USER_MANAGER, CAUSE, by=None)

    await limen.store.transact(work)
    return user


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("PATCH", "", {"profile": {"name": "X"}}),
        ("POST", "/suspend", {"reason": "because"}),
        ("POST", "/deactivate", None),
        ("DELETE", "", None),
        ("POST", "/emails", {"address": "mine@example.org"}),
        ("POST", "/reset-password", None),
        ("POST", "/require-new-password", None),
        ("POST", "/sessions/revoke", None),
    ],
)
async def test_a_manager_of_people_does_not_touch_an_administrator(
    limen: Running, method: str, rest: str, body: object
) -> None:
    """R120, A081: password, mail and status of a stronger person are out of reach."""
    token = await limen.token(await manager(limen), "users:read", "users:write", "sessions:write")
    admin = await limen.person("admin@example.org", admin=True)
    plain = await limen.person("plain@example.org")
    options = {} if body is None else {"json": body}
    refused = await limen.api(method, f"/api/v1/users/{admin.id}{rest}", token, **options)
    assert refused.status_code == 403, refused.text
    allowed = await limen.api(method, f"/api/v1/users/{plain.id}{rest}", token, **options)
    assert allowed.status_code in (200, 201, 204, 409), allowed.text  # 409: nothing to replace


async def test_activating_a_person_again_brings_no_session_back(limen: Running) -> None:
    """R103, A035: what a suspension ended stays ended."""
    user = await limen.person("back@example.org")
    sessions = limen.app.contexts.sessions.sessions

    async def sign_in(tx: Tx) -> str:
        browser = await sessions.start(tx, user.id, CAUSE, browser=None, amr=["pwd"], acr="aal1")
        return browser.secret

    secret = await limen.store.transact(sign_in)
    assert await sessions.browser(limen.store, secret) is not None
    admin = await limen.person("admin@example.org", admin=True)
    token = await limen.token(admin, "users:read", "users:write")
    for move, body in (("suspend", {"reason": "lost laptop"}), ("activate", None)):
        options = {} if body is None else {"json": body}
        moved = await limen.api("POST", f"/api/v1/users/{user.id}/{move}", token, **options)
        assert moved.status_code == 200, moved.text
    assert await sessions.browser(limen.store, secret) is None
