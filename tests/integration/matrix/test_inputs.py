"""Every API route with what it does not take: bodies, queries, cursors (R137, R138, A087)."""

import json
from typing import Any

import pytest
from tests.support.world import World, example, outcome, path_of

from limen.kernel.routes import Route

NOT_JSON = (b"{", b"[1,", b'{"a":1}x', b"\xff\xfe", b"{'a':1}", b"nul", b'{"a":1,}')
NOT_OBJECTS = (b"[]", b"null", b"1", b'"x"', b"[{}]")
WRONG_TYPES = (("content-type", "text/plain"), ("content-type", "application/x-www-form-urlencoded"),
               ("content-type", ""))  # fmt: skip


async def test_an_unknown_field_is_an_error_everywhere(world: World) -> None:
    """R007, R115, R138, A023, A061, A083: 422, on routes without a body, too."""
    before = await world.dump()
    faults = []
    for route in _writes(world):
        right = example(route, world.home.ids) or {}
        for odd in ({"unknown_field": 1}, {"id": "x"}, {"tenant": "x"}, {"email_verified": 1}):
            answer = await world.home.call(route, world.home.admin_token, body={**right, **odd})
            if answer.status != 422:
                faults.append((route.operation, odd, outcome(answer)))
    assert faults == []
    assert await world.dump() == before


async def test_what_is_no_json_is_malformed_everywhere(world: World) -> None:
    """R138, R139: 400 for what is no JSON or not called so, 422 for another shape of it."""
    before = await world.dump()
    faults = []
    for route in _writes(world):
        for body in NOT_JSON:
            answer = await world.home.call(route, world.home.admin_token, body=body)
            if answer.status not in (400, 422):  # 422: another shape, before it ended
                faults.append((route.operation, body, outcome(answer)))
        for body in NOT_OBJECTS:
            answer = await world.home.call(route, world.home.admin_token, body=body)
            if answer.status != 422:
                faults.append((route.operation, body, outcome(answer)))
        for header in WRONG_TYPES:
            answer = await world.home.call(
                route, world.home.admin_token, body={}, headers=dict([header])
            )
            if answer.status != 400:
                faults.append((route.operation, header, outcome(answer)))
    assert faults == []
    assert await world.dump() == before


async def test_a_deep_or_large_body_is_refused_everywhere(world: World) -> None:
    """A121, R138: 10^5 levels and more than the route takes, cheaply."""
    faults = []
    for route in _writes(world):
        for body, expected in ((b"[" * 50_000, 400), (b" " * (route.body_limit + 1), 413)):
            answer = await world.home.call(route, world.home.admin_token, body=body)
            if answer.status != expected:
                faults.append((route.operation, expected, outcome(answer)))
    assert faults == []


async def test_unknown_and_repeated_parameters_are_errors_everywhere(world: World) -> None:
    """R007, R138, A005, A085: no parameter is overlooked, no column can be filtered by guess."""
    before = await world.dump()
    cases = [("unknown=1", 422), ("secret_digest=x", 422), ("sort=password", 422),
             ("fields=secret", 422), ("include=credentials", 422), ("access_token=x", 422),
             ("unknown=", 422), ("a=1&a=2", 400), ("limit=1&limit=2", 400), ("x=%ff", 400)]  # fmt: skip
    faults = []
    for route in world.api_routes:
        for query, expected in cases:
            answer = await world.home.call(route, world.home.admin_token, query=query)
            if answer.status != expected:
                faults.append((route.operation, query, outcome(answer)))
    assert faults == []
    assert await world.dump() == before


async def test_no_parameter_of_a_list_breaks_it(world: World) -> None:
    """A087, A123: SQL, wildcards, control characters and huge values in every declared filter."""
    hostile = ("'", "' OR 1=1--", "%", "_", "\\", "\x00", "\U0010ffff", "x" * 3000, "-1", "1e9",
               "*)(uid=*", "{{7*7}}", "9" * 18, "99999999999999999999", "NaN", "true", "\n", "2030-01-01")  # fmt: skip
    from urllib.parse import quote

    faults = []
    for route in world.api_routes:
        for name in _filters(route):
            for value in hostile:
                query = f"{name}={quote(value)}"
                answer = await world.home.call(route, world.home.admin_token, query=query)
                if answer.status not in (200, 400, 409, 422):
                    faults.append((route.operation, query[:50], outcome(answer)))
    assert faults == []


async def test_a_cursor_is_of_one_list_of_one_tenant(world: World) -> None:
    """A087, A077, R137: flipped, foreign, another route's or filter's cursors are 400."""
    home, away = world.home, world.away
    cursors = {}
    lists = [route for route in world.api_routes if "cursor" in _filters(route)]
    for realm in (home, away):
        for n in range(2):
            await realm.provider.person(f"more{n}@example.com")
            await realm.provider.client("web", name=f"More {n}")
    faults: list[Any] = []
    for route in lists:
        for realm in (home, away):
            answer = await realm.call(route, realm.admin_token, query="limit=1")
            if not route.system:
                cursors[realm.provider.tenant.slug, route.operation] = answer.json["pagination"][
                    "next_cursor"
                ]
    found = {key: cursor for key, cursor in cursors.items() if cursor}
    assert len({operation for _, operation in found}) >= 4
    for route in lists:
        for (slug, operation), cursor in found.items():
            expected = 200 if (slug, operation) == ("default", route.operation) else 400
            answer = await home.call(route, home.admin_token, query=f"limit=1&cursor={cursor}")
            if answer.status != expected:
                faults.append((route.operation, operation, outcome(answer)))
    assert faults == []


@pytest.mark.parametrize("path", ["/api/v1/users"])
async def test_no_bit_of_a_cursor_can_be_changed(world: World, path: str) -> None:
    """A087, A131: every byte flipped, cut and prolonged; SQL text; and under another filter."""
    home = world.home
    headers = [("authorization", f"Bearer {home.admin_token}")]
    listed = await home.provider.send("GET", path, query="limit=1", headers=headers)
    cursor = listed.json["pagination"]["next_cursor"]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    forged = [cursor[:n] for n in range(len(cursor))] + [cursor + "A", cursor + "="]
    for place in range(len(cursor)):
        for bit in (1, 32):
            other = alphabet[alphabet.index(cursor[place]) ^ bit]
            forged.append(cursor[:place] + other + cursor[place + 1 :])
    forged += ["' OR 1=1", "0", "null", "{}", "\x00", "A" * 5000]
    from urllib.parse import quote

    faults = []
    for text in forged:
        query = f"limit=1&cursor={quote(text)}"
        answer = await home.provider.send("GET", path, query=query, headers=headers)
        accepted = answer.status == 200 and text != ""
        if accepted or answer.status not in (200, 400):
            faults.append((text, outcome(answer)))
    assert faults == []
    filtered = f"limit=1&status=active&cursor={cursor}"
    assert (await home.provider.send("GET", path, query=filtered, headers=headers)).status == 400


def _writes(world: World) -> list[Route]:
    return [r for r in world.api_routes if r.method != "GET"]


def _filters(route: Route) -> tuple[str, ...]:
    return () if route.query is None else route.query.__struct_fields__  # type: ignore[attr-defined]


def test_every_body_that_is_shown_is_one_that_is_taken(world: World) -> None:
    """The examples of the reference are valid: what they lack here would hide other faults."""
    import msgspec

    for route in world.api_routes:
        if route.body is not None:
            given = json.dumps(example(route, world.home.ids))
            msgspec.json.decode(given, type=route.body)
            assert path_of(route, world.home.ids)
