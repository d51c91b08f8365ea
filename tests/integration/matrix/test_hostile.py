"""Headers and shapes that no client sends, on every route: no fault of ours, and nobody gets in."""

import random
from collections.abc import Iterator

import pytest
from tests.support.oauth import Answer
from tests.support.proof import proving
from tests.support.world import Visitor, World, path_of

from limen.kernel.routes import Route
from limen.platform.http.cookies import BROWSER, DEVICE, SESSION, cookie_name, seal_cookie

REQUESTS = 5000 if proving() else 500
_ATOMS = (
    "Bearer", "bearer", "Basic", "Digest", "DPoP", "Negotiate", " ", "  ", "\t", ",", "=", "==",
    ":", ";", '"', "\\", ".", "..", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "e30.e30.e30", "\xff",
    "\x7f", "\x01", "%00", "\u00e9", "null", "undefined", "{}", "[]", "Og==", "YTpi", "A" * 2000,
    "token68", "realm=x", "-1", "'", "--", "${jndi:x}", "../..", "0x00", "*",
)  # fmt: skip


@pytest.mark.proof
async def test_no_header_that_was_made_up_lets_anybody_in(world: World) -> None:
    """A125, A039, A095, R139: fuzzed Authorization, Cookie and DPoP on all routes."""
    chance, faults = random.Random(1), []  # the same headers each time
    provider = world.home.provider
    names = [cookie_name(provider.tenant.issuer, kind) for kind in (SESSION, BROWSER, DEVICE)]
    routes = [route for route in world.routes if route.operation != "static.get"]
    for number in range(REQUESTS):
        route = routes[number % len(routes)]
        headers = list(_headers(chance, names))
        path = path_of(route, world.home.ids | {"mail": "x"})
        answer = await provider.send(route.method, path, headers=headers)
        if answer.status >= 500 and answer.status != 503:
            faults.append((route.operation, headers, answer.status))
        if route.access.kind != "public" and answer.status < 300:
            faults.append((route.operation, headers, answer.status))
    assert faults == []


def _headers(chance: random.Random, names: list[str]) -> Iterator[tuple[str, str]]:
    def text() -> str:
        return "".join(chance.choice(_ATOMS) for _ in range(chance.randint(0, 5)))

    for _ in range(chance.choice((1, 1, 1, 2))):
        yield "authorization", text()
    for _ in range(chance.choice((0, 1, 1, 2))):
        yield "cookie", "; ".join(f"{chance.choice(names)}={text()}" for _ in range(3))
    if chance.random() < 0.3:
        yield "dpop", text()
    for name in ("origin", "content-type", "if-match", "idempotency-key", "content-length"):
        if chance.random() < 0.15:
            yield name, text()


async def test_only_this_tenants_session_cookie_signs_in(world: World) -> None:
    """A039, R100, R111: other kinds, tenants, spellings and sizes of a cookie sign nobody in."""
    home, away = world.home.provider, world.away.provider
    name = cookie_name(home.tenant.issuer, SESSION)
    keyring, foreign = await home.vault.keyring(home.store), await away.vault.keyring(away.store)
    right = seal_cookie(keyring, home.tenant, SESSION, world.home.browser)
    assert (await _account(world, f"{name}={right}")).status == 200
    half = len(right) // 2
    flipped = "B" if right[half] != "B" else "C"
    refused = {
        "another kind": f"{name}={seal_cookie(keyring, home.tenant, BROWSER, world.home.browser)}",
        "another tenant's key": f"{name}={seal_cookie(foreign, home.tenant, SESSION, world.home.browser)}",
        "another tenant's": f"{name}={seal_cookie(foreign, away.tenant, SESSION, world.away.browser)}",
        "another name": f"{cookie_name(away.tenant.issuer, SESSION)}={right}",
        "not sealed": f"{name}={world.home.browser}",
        "flipped": f"{name}={right[:half]}{flipped}{right[half + 1 :]}",
        "cut": f"{name}={right[:-3]}",
        "twice": f"{name}={right}; {name}={right}",
        "twice, one wrong": f"{name}=x; {name}={right}",
        "far behind": "; ".join(f"c{n}=v" for n in range(2000)) + f"; {name}={right}",
        "huge": f"{name}={right}{'A' * 7000}",
        "empty": f"{name}=", "no value": name, "control": f"{name}=\x01",
    }  # fmt: skip
    for what, cookie in refused.items():
        answer = await _account(world, cookie)
        assert answer.status == 303, what
        assert answer.location.startswith("/signin"), what


async def _account(world: World, cookie: str) -> Answer:
    return await world.home.provider.send("GET", "/account", headers=[("cookie", cookie)])


async def test_odd_shapes_are_refused_on_every_route(world: World) -> None:
    """A121, A005, R138: ranges, fields, headers, types and bodies by the thousand."""
    form = ("content-type", "application/x-www-form-urlencoded")
    shapes: dict[str, tuple[bytes, list[tuple[str, str]], str]] = {
        "ranges": (b"", [("range", "bytes=" + ",".join(["0-"] * 10_000))], ""),
        "fields": (b"&".join(b"f%d=1" % n for n in range(5_000)), [form], ""),
        "repeated": (b"a=1&a=2", [form], "a=1&a=2"),
        "headers": (b"", [(f"x-{n}", "v") for n in range(10_000)], ""),
        "cookies": (b"", [("cookie", "a=b")] * 10_000, ""),
        "type": (b"x", [("content-type", "a/" + "a" * 20_000 + "; ;=" * 5_000)], ""),
        "multipart": (b"--x\r\n\r\n", [("content-type", "multipart/form-data; boundary=x")], ""),
        "no UTF-8": (b"\xff=\xfe", [form], "%ff=%fe"),
        "parameters": (b"", [], "&".join(f"p{n}=1" for n in range(5_000))),
        "length": (b"", [("content-length", "1, 1")], ""),
        "lengths": (b"", [("content-length", "0"), ("content-length", "1")], ""),
        "encoding": (b"x", [("content-encoding", "gzip"), form], ""),
    }  # fmt: skip
    provider, faults = world.home.provider, []
    for route in world.routes:
        path = _plain(route, world)
        for name, (body, headers, query) in shapes.items():
            answer = await provider.send(
                route.method, path, body=body, headers=headers, query=query
            )
            if answer.status >= 500 and answer.status != 503:
                faults.append((route.operation, name, answer.status))
    assert faults == []


async def test_static_files_are_the_listed_ones(world: World) -> None:
    """A121: no way out of the folder, however it is spelled."""
    for path in (
        "/static/portal/../../../etc/passwd", "/static/../app.py", "/static/portal/%2e%2e",
        "/static/portal/..", "/static/portal/", "/static//etc/passwd", "/static/portal/\x00",
        "/static/..;/x", "/static/portal/..\\..\\x", "/static/portal/.hidden",
    ):  # fmt: skip
        assert (await world.home.provider.send("GET", path)).status == 404, path


def _plain(route: Route, world: World) -> str:
    return path_of(route, world.home.ids | {"mail": "x", "static": "x", "{owner}": "x"})


async def test_what_a_form_carries_cannot_change_what_was_asked(world: World) -> None:
    """A013, A005, R017: client, scope, redirect and response type live on the server only."""
    home, provider = world.home, world.home.provider
    visitor = Visitor(provider, home.browser)
    asked = await provider.authorize(
        provider.authorization(home.app, scope="openid orders:read", prompt="consent"),
        home.browser,
    )  # fmt: skip
    flow = asked.query["flow"]
    tampered = {
        "client_id": world.away.app.client_id, "scope": "openid email orders:read users:write",
        "redirect_uri": "https://evil.example/cb", "response_type": "token", "nonce": "other",
        "state": "other", "acr_values": "aal9", "response_mode": "fragment", "resource": "https://x",
    }  # fmt: skip
    for changed in (flow[:-1] + ("A" if flow[-1] != "A" else "B"), "", "x" * 43, flow + "A"):
        for path in ("/consent", "/signin"):
            answer = await visitor.get(path, f"flow={changed}")
            assert answer.status in ((400, 410) if changed else (200, 303, 400, 410)), changed
    other = Visitor(provider, home.browser, "another browser")
    assert (await other.get("/consent", f"flow={flow}")).status in (400, 410)
    fields = {"flow": flow, "csrf": await visitor.csrf(), "decision": "approve"}
    page = await visitor.post("/consent", fields | tampered)
    assert page.status == 303, page.body[-800:]
    answer = await visitor.get(*page.location.split("?"))
    assert answer.location.startswith(home.app.redirect_uris[0] + "?"), answer.location
    assert answer.query["state"] == "the-state"
    tokens = await provider.token(provider.redemption(home.app, answer.query["code"]))
    assert set(tokens.json["scope"].split()) <= {"openid", "orders:read"}
