"""Every write on something of a person's: out of reach of whoever may do less than the person."""

from tests.support.oauth import Answer
from tests.support.world import NOWHERE, World, path_of

from limen.kernel.routes import Route


async def test_nothing_of_a_stronger_person_is_touched(world: World) -> None:
    """R120, A081: the administrator's sessions, tokens and grants, asked for by a lesser one."""
    home = world.home
    mine = await _things_of_the_administrator(world)
    token = await _lesser(world)
    before = await world.dump()
    owned = [route for route in world.api_routes if route.owner is not None]
    assert {route.owner for route in owned} >= {"session", "token_family", "grant"}
    faults = []
    for route in owned:
        answer = await home.call(route, token, mine)
        if (answer.status, answer.json["code"]) != (403, "beyond_own_permissions"):
            faults.append((route.operation, answer.status, answer.body))
    assert faults == []
    assert await world.dump() == before


async def test_what_an_equal_or_nobody_owns_is_as_before(world: World) -> None:
    """R120, R114: a plain person's things may be ended; what is missing is missing."""
    home, token = world.home, await _lesser(world)
    for route in _ordered(world):
        missing = await home.call(route, token, dict.fromkeys(home.ids, NOWHERE))
        assert missing.status == 404, (route.operation, missing.body)
        theirs = await _of(world, home.person.id)
        ended = await home.call(route, token, theirs)
        assert ended.status == 204, (route.operation, ended.body)


def _ordered(world: World) -> list[Route]:
    """Families before the sessions and grants that they rest on."""
    owned = [r for r in world.api_routes if r.owner is not None]
    return sorted(owned, key=lambda route: "families" not in path_of(route, world.home.ids))


async def _lesser(world: World) -> str:
    """Return a token of somebody who may end anything, and do little else."""
    home = world.home
    may = ["sessions:write", "tokens:write", "grants:write", "users:read"]
    made = await home.provider.api_call(
        home.admin_token, "POST", "/api/v1/roles",
        {"name": "ender", "says": "x", "permissions": may},
    )  # fmt: skip
    assert made.status == 201, made.body
    return await home.mint(await home.with_role("ender", "ender@example.com"))


async def _things_of_the_administrator(world: World) -> dict[str, str]:
    provider = world.home.provider
    browser, _ = await provider.sign_in(world.home.admin)
    await provider.tokens(world.home.app, browser, scope="openid offline_access")
    return await _of(world, world.home.admin.id)


async def _of(world: World, person: object) -> dict[str, str]:
    ids: dict[str, str] = {}
    for kind in ("sessions", "token-families", "grants"):
        answer: Answer = await world.home.provider.send(
            "GET", f"/api/v1/{kind}", query=f"user={person}",
            headers=[("authorization", f"Bearer {world.home.admin_token}")],
        )  # fmt: skip
        found = answer.json["data"]
        ids[kind] = found[0]["id"] if found else NOWHERE
    return ids
