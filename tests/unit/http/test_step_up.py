"""The guard asks for a fresher or stronger sign-in, in the words of RFC 9470."""

from datetime import timedelta
from typing import Any

import pytest
from tests.fakes.clock import FrozenClock
from tests.support.pages import TENANT, a_request

from limen.kernel.ids import new_id
from limen.kernel.routes import OWN_WRITE, Caller, Route
from limen.platform.http.answers import problem
from limen.platform.http.guard import Guard, InsufficientUserAuthentication
from limen.platform.limits import Limiter

CLOCK = FrozenClock()


class Bearer:
    def __init__(self, caller: Caller) -> None:
        self.caller = caller

    async def authenticate(self, *_: Any) -> Caller:
        return self.caller


class Everything:
    async def permissions(self, *_: Any) -> frozenset[str]:
        return frozenset()


def a_route(**changes: Any) -> Route:
    return Route(
        method="POST", path="/api/v1/me/x", operation="me.x", summary="x", access=OWN_WRITE,
        answer="api", rate="none", csrf="json", cache="no-store", **changes,
    )  # fmt: skip


async def admit(route: Route, *, ago: int | None, acr: str | None, **headers: str) -> None:
    at = None if ago is None else int(CLOCK.now().timestamp()) - ago
    caller = Caller(
        tenant=TENANT.id, user=None if ago is None else new_id(), client=new_id(),
        scopes=frozenset({"account:write"}), authenticated_at=at, acr=acr,
    )  # fmt: skip
    nobody: Any = None
    guard = Guard(Bearer(caller), nobody, Everything(), Limiter(CLOCK), CLOCK)
    request = a_request("/api/v1/me/x", route=route, headers=headers)
    request.store = nobody
    await guard.admit(request)


FRESH = a_route(freshness=timedelta(minutes=5))
STRONG = a_route(acr_values=("aal2", "aal3"))
BOTH = a_route(freshness=timedelta(minutes=5), acr_values=("aal2",))


@pytest.mark.parametrize(
    ("route", "ago", "acr"),
    [(FRESH, 300, "aal1"), (STRONG, 9999, "aal3"), (BOTH, 0, "aal2"), (BOTH, None, None)],
)
async def test_who_proved_enough_is_let_in(route: Route, ago: int | None, acr: str | None) -> None:
    """R044: a machine has nobody who could sign in again."""
    await admit(route, ago=ago, acr=acr)


@pytest.mark.parametrize(
    ("route", "ago", "acr", "said"),
    [
        (FRESH, 301, "aal1", 'max_age="300"'),
        (STRONG, 0, "aal1", 'acr_values="aal2 aal3"'),
        (STRONG, 0, None, 'acr_values="aal2 aal3"'),
        (BOTH, 0, "aal1", 'acr_values="aal2", max_age="300"'),
        (BOTH, 999, "aal2", 'acr_values="aal2", max_age="300"'),
    ],
)
async def test_who_did_not_is_told_how(route: Route, ago: int, acr: str | None, said: str) -> None:
    """R044: RFC 9470 §3: 401 with the error, and what to ask the authorization server for."""
    for headers, scheme in (({}, "Bearer"), ({"authorization": "DPoP x"}, "DPoP")):
        with pytest.raises(InsufficientUserAuthentication) as caught:
            await admit(route, ago=ago, acr=acr, **headers)
        answer = problem(a_request("/api/v1/me/x", route=route), caught.value)
        challenge = dict(answer.headers)[b"www-authenticate"].decode()
        assert answer.status == 401
        assert challenge.startswith(f'{scheme} error="insufficient_user_authentication", ')
        assert challenge.endswith(said)
