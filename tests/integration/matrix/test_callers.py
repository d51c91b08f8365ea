"""Every API route for every kind of caller who may not: refused, and nothing changed (R113)."""

from tests.support.oauth import API
from tests.support.world import EVERYTHING, Realm, World, outcome


async def test_whoever_may_not_is_refused_everywhere(world: World) -> None:
    """R041, R042, R102, R103, R113, R116, A079, A083: every API route for every wrong caller."""
    tokens = await refused_tokens(world)
    before = await world.dump()
    faults = []
    for route in world.api_routes:
        for name, token in tokens.items():
            answer = await world.home.call(route, token)
            if outcome(answer) != (401, "unauthenticated"):
                faults.append((name, route.operation, answer.status, answer.body))
    assert faults == []
    assert await world.dump() == before


async def test_whoever_lacks_the_permission_is_refused_everywhere(world: World) -> None:
    """R041, R113, R115, R116, A023, A081: in the scope or in the roles, both are needed."""
    callers = await lesser_callers(world)
    before = await world.dump()
    faults = []
    for route in world.api_routes:
        for name, (token, holds) in callers.items():
            needed = route.access.permission
            if needed is None or needed in holds:
                continue
            answer = await world.home.call(route, token)
            if outcome(answer) != (403, "insufficient_permission"):
                faults.append((name, route.operation, answer.status, answer.body))
    assert faults == []
    assert await world.dump() == before


async def refused_tokens(world: World) -> dict[str, str | None]:
    """Return what is no token of somebody who may act here, by what is wrong with it."""
    home, away = world.home, world.away
    provider = home.provider
    found: dict[str, str | None] = {"anonymous": None, "garbage": "a.b.c"}
    found["another tenant's"] = away.admin_token
    found["expired"] = await expired(world)
    found |= await of_somebody_suspended(home)
    found |= await of_a_disabled_client(home)
    found |= await of_an_ended_session(home)
    manager = await home.manager("Console")
    secret, _ = await provider.sign_in(home.admin)
    issued = await home.issued(manager, secret)
    found["ID token"] = issued["id_token"]
    found["refresh token"] = issued["refresh_token"]
    found["code"] = await provider.code(manager, secret)
    found["client secret"] = provider.secrets[manager.id]
    found["session secret"] = secret
    found["for another API"] = await for_another_api(home)
    again = await home.issued(manager, secret)
    await provider.form("/oauth2/revoke", {"token": again["access_token"]}, provider.basic(manager))
    found["revoked"] = again["access_token"]
    return found


async def expired(world: World) -> str:
    now = world.clock.now()
    token = await world.home.mint(world.home.admin)
    world.clock.advance(1000)
    assert world.clock.now() > now
    # Time has passed for everybody: the others' tokens are new ones.
    world.home.admin_token = await world.home.mint(world.home.admin)
    world.away.admin_token = await world.away.mint(world.away.admin)
    return token


async def of_somebody_suspended(home: Realm) -> dict[str, str]:
    found = {}
    for status in ("suspended", "inactive", "deleted"):
        user = await home.with_role("administrator", f"{status}@example.com")
        found[f"{status} person's"] = await home.mint(user)
        await home.move(user.id, status)
    return found


async def of_a_disabled_client(home: Realm) -> dict[str, str]:
    provider = home.provider
    found = {}
    for end in ("disable", "delete"):
        machine = await provider.client("m2m", name=f"To {end}", scopes=["clients:write"])
        await provider.role(machine)
        found[f"{end}d client's"] = (await provider.machine_token(machine))["access_token"]
        method, rest = ("POST", "/disable") if end == "disable" else ("DELETE", "")
        answer = await provider.api_call(
            home.admin_token, method, f"/api/v1/clients/{machine.id}{rest}"
        )
        assert answer.status in (200, 204), answer.body
    return found


async def of_an_ended_session(home: Realm) -> dict[str, str]:
    provider = home.provider
    manager = await home.manager("Desk")
    secret, session = await provider.sign_in(home.admin)
    issued = await home.issued(manager, secret)
    await home.end(session)
    return {"ended session's": issued["access_token"]}


async def for_another_api(home: Realm) -> str:
    provider = home.provider
    issued = await provider.tokens(
        home.app, home.browser, scope="orders:read offline_access", resource=API
    )
    return issued["access_token"]


async def lesser_callers(world: World) -> dict[str, tuple[str, frozenset[str]]]:
    """Return callers with less than everything, and what each may do."""
    home = world.home
    provider = home.provider
    lost = await home.with_role("administrator", "lost@example.com")
    of_lost = await home.mint(lost)
    await home.take(lost.id, "administrator")
    found = {"lost the role": (of_lost, frozenset({"account:read", "account:write"}))}
    held: dict[str, frozenset[str]] = {
        "user_manager": frozenset({"users:read", "users:write", "sessions:read", "sessions:write"}),
        "auditor": frozenset(p for p in EVERYTHING if p.endswith(":read")) | {"audit:export"},
        "helpdesk": frozenset({"users:read"}),
    }
    for role, holds in held.items():
        user = await home.with_role(role, f"{role}@example.com")
        found[role] = (await home.mint(user), holds | {"account:read", "account:write"})
    found["narrow scope"] = (
        await home.mint(home.admin, "settings:read"),
        frozenset({"settings:read"}),
    )
    found["openid only"] = (home.tokens["access_token"], frozenset())
    nobody = await provider.person("nobody@example.com")
    manager = await home.manager("Everything")
    secret, _ = await provider.sign_in(nobody)
    issued = await home.issued(manager, secret)
    found["scope without role"] = (
        issued["access_token"],
        frozenset({"account:read", "account:write"}),
    )
    return found
