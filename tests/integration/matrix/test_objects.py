"""Every route that takes an id, and every list: other tenants' things do not exist (A077)."""

import json
import re
from typing import Any

from tests.support.oauth import Answer
from tests.support.world import NOWHERE, World, kinds_of, outcome

from limen.kernel.routes import Route

GARBAGE = (
    "x", "0", "%00", "..%2f..%2fetc", "1%20OR%201=1", "{id}", NOWHERE.upper() + "0", "'",
    "018cc251f40070008000", "%ff", "é", "9" * 300,
)  # fmt: skip


async def test_another_tenants_things_are_missing(world: World) -> None:
    """A077, A083, R114, R118: the same bytes as for what never existed, and nothing changes."""
    before = await world.dump()
    faults = []
    for route in _with_ids(world):
        for kind in kinds_of(route):
            if kind == "tenants":
                continue  # the default tenant manages the others
            foreign = await world.home.call(
                route, world.home.admin_token, {kind: world.away.ids[kind]}
            )
            missing = await world.home.call(route, world.home.admin_token, {kind: NOWHERE})
            same = _bytes(foreign, world.away.ids[kind]) == _bytes(missing, NOWHERE)
            if not same or foreign.status != 404:
                faults.append((route.operation, kind, foreign.body, missing.body))
    assert faults == []
    assert await world.dump() == before


async def test_ids_that_are_none_are_missing(world: World) -> None:
    """A123, R114: whatever stands where an id stands, the answer is 404."""
    before = await world.dump()
    faults = []
    for route in _with_ids(world):
        for kind in kinds_of(route):
            for text in GARBAGE:
                answer = await world.home.call(route, world.home.admin_token, {kind: text})
                if answer.status != 404:
                    faults.append((route.operation, text, answer.status, answer.body))
    assert faults == []
    assert await world.dump() == before


async def test_ids_of_another_kind_are_missing(world: World) -> None:
    """R114: a person's id where a client's belongs, and so on, for all pairs."""
    faults = []
    for route in _with_ids(world):
        for kind in kinds_of(route):
            for other, value in world.home.ids.items():
                if other == kind:
                    continue
                answer = await world.home.call(route, world.home.admin_token, {kind: value})
                if answer.status != 404:
                    faults.append((route.operation, other, answer.status, answer.body))
    assert faults == []


async def test_ids_in_bodies_and_filters_reach_no_other_tenant(world: World) -> None:
    """A077, A083: a person of another tenant gets no role here, and filters find nothing."""
    home, away = world.home, world.away
    before = await world.dump()
    foreign, answers = away.ids["users"], list[tuple[int, str]]()
    for subject in (foreign, NOWHERE):
        for kind, there in (("user", subject), ("client", subject)):
            answer = await home.provider.api_call(
                home.admin_token, "POST", f"/api/v1/roles/{home.ids['roles']}/assign",
                {"kind": kind, "id": there},
            )  # fmt: skip
            answers.append(outcome(answer))
    assert len(set(answers)) == 1, answers
    assert answers[0][0] in (404, 422), answers
    for path in ("sessions", "token-families", "grants"):
        listed = await home.provider.send(
            "GET", f"/api/v1/{path}", query=f"user={foreign}", headers=_bearer(home.admin_token)
        )
        assert (listed.status, listed.json["data"]) == (200, [])
    assert await world.dump() == before


async def test_lists_hold_nothing_of_another_tenant(world: World) -> None:
    """I11, A077, A043: no list, log or export of one tenant shows an id of the other."""
    faults = []
    theirs = {kind: value for kind, value in world.away.ids.items() if kind != "tenants"}
    for route in world.api_routes:
        if route.method != "GET" or route.system:
            continue
        answer = await world.home.call(route, world.home.admin_token)
        assert answer.status in (200, 409), (route.operation, answer.body)
        faults += [(route.operation, k) for k, v in theirs.items() if v in answer.body.decode()]
    assert faults == []


async def test_only_the_default_tenant_serves_what_is_of_the_system(world: World) -> None:
    """R114, A027: the second tenant's administrator manages no tenants, his own neither."""
    before = await world.dump()
    system = [route for route in world.routes if route.system]
    assert len(system) >= 6
    for route in system:
        for token in (world.away.admin_token, world.home.admin_token, None):
            answer = await world.away.call(route, token)
            assert answer.status == 404, (route.operation, answer.status, answer.body)
    assert await world.dump() == before


def _with_ids(world: World) -> list[Route]:
    return [route for route in world.api_routes if kinds_of(route)]


def _bearer(token: str) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {token}")]


def _bytes(answer: Answer, asked: str) -> Any:
    """Return the answer without what differs between any two requests."""
    body = answer.body.decode().replace(asked, "ID")
    body = re.sub(r'"(request_id|ref|timestamp)":"[^"]*"', "", body)
    dropped = ("x-request-id", "content-length", "ratelimit")
    return answer.status, body, {k: v for k, v in answer.headers.items() if k not in dropped}


def test_what_is_compared_is_what_a_caller_sees() -> None:
    one = Answer(404, {}, json.dumps({"detail": "x", "ref": "1"}, separators=(",", ":")).encode())
    other = Answer(404, {}, json.dumps({"detail": "y", "ref": "2"}, separators=(",", ":")).encode())
    assert _bytes(one, "a") != _bytes(other, "a")
