"""Every page: who is sent to sign in, which forms are ours, what a hostile value does to it."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from tests.support.world import Visitor, World

from limen.kernel.routes import Route

SVG = '"><svg onload=alert(1)>'
FORGED = (
    {}, {"sec_fetch_site": "cross-site"}, {"sec_fetch_site": "same-site"},
    {"origin": "https://evil.example"}, {"origin": "null"}, {"referer": "https://evil.example"},
)  # fmt: skip
FIELDS = {
    "username": "root@example.com", "password": "x", "new_password": "y", "email": "x@example.com",
    "name": "Mallory", "session": "x", "grant": "x", "address": "x@example.com", "theme": "dark",
    "decision": "allow", "flow": "x", "back": "/account", "token": "x",
}  # fmt: skip


async def test_own_pages_are_for_people_who_are_signed_in(world: World) -> None:
    """R113, R102, R103, A033: anonymous, suspended, ended, of another tenant, forged: 303."""
    home, away = world.home, world.away
    gone = await home.provider.person("gone@example.com")
    of_gone, _ = await home.provider.sign_in(gone)
    await home.move(gone.id, "suspended")
    of_ended, session = await home.provider.sign_in(home.person)
    await home.end(session)
    strangers = {
        "anonymous": None, "suspended": of_gone, "ended": of_ended,
        "another tenant's": away.browser, "made up": "x" * 43,
    }  # fmt: skip
    before = await world.dump()
    faults = []
    for route in _pages(world, "session"):
        for name, secret in strangers.items():
            visitor = Visitor(home.provider, secret)
            if route.method == "GET":
                answer = await visitor.get(route.path)
            else:
                answer = await visitor.post(route.path, FIELDS | {"csrf": await visitor.csrf()})
            if answer.status != 303 or not answer.location.startswith("/signin?next=/account"):
                faults.append((name, route.operation, answer.status, answer.location))
    assert faults == []
    assert await world.dump() == before


async def test_public_pages_answer_everybody(world: World) -> None:
    """R113: what is declared public serves or says what is missing, and is never a fault."""
    for route in _pages(world, "public"):
        if route.method == "GET" and "{" not in route.path:
            answer = await Visitor(world.home.provider).get(route.path)
            assert answer.status in (200, 303, 400, 404, 410, 503), (route.operation, answer.status)


async def test_a_stale_sign_in_changes_nothing_that_matters(world: World) -> None:
    """R106, R107: after a quarter of an hour, addresses want the password again."""
    fresh = [route for route in world.routes if route.freshness and route.answer == "page"]
    assert len(fresh) >= 8
    world.clock.advance(timedelta(minutes=16))
    visitor = Visitor(world.home.provider, world.home.browser)
    for route in fresh:
        if route.method == "GET":
            answer = await visitor.get(route.path)
        else:
            answer = await visitor.post(route.path, FIELDS | {"csrf": await visitor.csrf()})
        assert answer.status == 303, route.operation
        assert "again=1" in answer.location, route.operation


async def test_no_form_of_another_site_browser_or_tenant_is_taken(world: World) -> None:
    """R112, R110, A069, A120: every POST page without its token, and with others' tokens."""
    home = world.home
    mine = Visitor(home.provider, home.browser)
    tokens = {
        "none": "", "made up": "x" * 43, "another browser's": await Visitor(
            home.provider, home.browser, "another"
        ).csrf(), "another tenant's": await Visitor(world.away.provider, None).csrf(),
    }  # fmt: skip
    right = await mine.csrf()
    before = await world.dump()
    faults = []
    for route in _forms(world):
        attempts: list[tuple[Any, str, dict[str, str]]] = [
            (name, token, {}) for name, token in tokens.items()
        ]
        attempts += [(h, right, h) for h in FORGED if "referer" not in h and h]
        attempts += [(h, "", h) for h in FORGED]
        for name, token, headers in attempts:
            answer = await mine.post(route.path, FIELDS | {"csrf": token}, **headers)
            if answer.status != 403:
                faults.append((route.operation, name, answer.status))
    assert faults == []
    assert await world.dump() == before


async def test_our_own_forms_are_taken(world: World) -> None:
    """R112: the control of the test above: with the right token none is called foreign."""
    mine = Visitor(world.home.provider, world.home.browser)
    right = await mine.csrf()
    for route in _forms(world):
        if "sign" in route.operation and "out" in route.operation:
            continue  # they end the session that the others need
        answer = await mine.post(route.path, {"csrf": right}, sec_fetch_site="same-origin")
        assert answer.status != 403, (route.operation, answer.body[-600:])
        assert answer.status < 500, route.operation


NEXT = (
    "//evil.example", "/\\evil.example", "\\\\evil.example", "/%09/evil.example", "https:/evil.example",
    "https://evil.example", "/%2f%2fevil.example", "http:///evil.example", "/account/../\\evil.example",
    "javascript:alert(1)", "data:text/html,x", "/account//evil.example", "/account@evil.example",
    "/account\n//evil.example", "/account%0d%0aLocation:x", " //evil.example", "/oauth2/authorize",
    ".evil.example", "/static/../../evil", "/api/v1/users", "account", "/account/../dev/mail",
)  # fmt: skip


@pytest.mark.parametrize("signed_in", [True, False])
async def test_no_parameter_names_another_place_to_go(world: World, signed_in: bool) -> None:
    """A011, R004: next, back, flow and Referer in every page lead to own paths only."""
    visitor = Visitor(world.home.provider, world.home.browser if signed_in else None)
    right = await visitor.csrf()
    faults = []
    for route in _pages(world):
        for target in NEXT:
            query = "&".join(f"{name}={quote(target)}" for name in ("next", "back", "continue"))
            if route.method == "GET":
                answer = await visitor.get(route.path, query, referer="https://evil.example/")
            elif "sign_out" in route.operation:
                continue
            else:
                fields = {"csrf": right, "next": target, "back": target, "continue": target}
                answer = await visitor.post(route.path, fields, referer="https://evil.example/")
            where = answer.location.partition("?")[0]  # a query is encoded, and read again
            if where and (not where.startswith("/") or "evil" in where or "//" in where):
                faults.append((route.operation, target, where))
            if target.encode() in answer.body and b"evil" in target.encode():
                faults.append((route.operation, target, "kept in the page"))
    assert faults == []


async def test_no_value_is_shown_unescaped(world: World) -> None:
    """A115, R009, A121: hostile values in every parameter of every page, queries and forms."""
    names = (
        "state", "error", "error_description", "login_hint", "ui_locales", "client_id", "flow",
        "redirect_uri", "next", "token", "email", "username", "name", "unknown", "scope",
        "post_logout_redirect_uri", "id_token_hint", "iss", "code", "back", "theme", "locale",
    )  # fmt: skip
    visitor = Visitor(world.home.provider, world.home.browser)
    right = await visitor.csrf()
    faults = []
    for route in _pages(world):
        path = route.path.replace("{id}", quote(SVG))
        for name in names:
            if route.method == "GET":
                answer = await visitor.get(path, f"{name}={quote(SVG)}", user_agent=SVG)
            elif "sign_out" in route.operation:
                continue
            else:
                answer = await visitor.post(path, {"csrf": right, name: SVG}, user_agent=SVG)
            policy = answer.headers.get("content-security-policy", "default-src 'none'")
            if b"<svg onload" in answer.body or answer.status == 500 or "'none'" not in policy:
                faults.append((route.operation, name, answer.status))
            if any("<svg" in value for value in answer.headers.values()):
                faults.append((route.operation, name, answer.headers))
    assert faults == []


def _pages(world: World, kind: str | None = None) -> list[Route]:
    return [
        route
        for route in world.routes
        if route.answer == "page" and kind in (None, route.access.kind)
    ]


def _forms(world: World) -> list[Route]:
    found = [route for route in world.routes if route.csrf == "form"]
    assert len(found) >= 20
    return found
