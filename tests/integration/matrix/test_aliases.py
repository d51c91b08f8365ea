"""Every API route by other spellings and methods: the same guard, or nothing there (A079)."""

from tests.support.world import World, path_of

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "get", "QUERY")


async def test_no_spelling_of_a_path_leads_around_the_guard(world: World) -> None:
    """A079, A119, A003: slashes, case, matrix parameters, dots and encodings: never served."""
    before = await world.dump()
    faults = []
    for route in world.api_routes:
        path = path_of(route, world.home.ids)
        cut = path.rindex("/")
        for spelled in (
            f"{path}/", f"/{path}", path.upper(), f"{path};x=1", f"{path}//", f"{path}%2f",
            f"/t/default{path}", f"/x/..{path}", f"{path}/.", f"{path}\\", f"{path}%00",
            f"{path[:cut]}//{path[cut + 1 :]}", f"{path[:cut]}/./{path[cut + 1 :]}", f"{path} ",
        ):  # fmt: skip
            if spelled == path:
                continue
            headers = [("authorization", f"Bearer {world.home.admin_token}")]
            answer = await world.home.provider.send(route.method, spelled, headers=headers)
            if answer.status not in (400, 404, 405):
                faults.append((route.operation, spelled, answer.status))
    assert faults == []
    assert await world.dump() == before


async def test_no_method_leads_around_the_guard(world: World) -> None:
    """A079: HEAD is guarded as GET is, overriding is not heard, and others are not allowed."""
    before = await world.dump()
    faults = []
    for route in world.api_routes:
        path = path_of(route, world.home.ids)
        there = {r.method for r in world.api_routes if path_of(r, world.home.ids) == path}
        there |= {"HEAD"} if "GET" in there else set()
        for method in METHODS:
            override = [("x-http-method-override", route.method), ("x-method-override", "GET")]
            answer = await world.home.provider.send(method, path, headers=override)
            expected = 204 if method == "OPTIONS" else 401 if method in there else 405
            if answer.status != expected or (expected != 401 and answer.headers.get("etag")):
                faults.append((route.operation, method, answer.status))
    assert faults == []
    assert await world.dump() == before
