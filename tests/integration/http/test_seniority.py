"""Nobody changes a person who may do more."""

import pytest

from limen.access.api import USER_MANAGER, Subject
from limen.identity.api import User
from limen.kernel.uow import Tx
from tests.support.apps import CAUSE, Running


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
    assert allowed.status_code in (200, 201, 204), allowed.text
