"""Promises about what the code declares: routes, events, errors, settings."""

import re
from collections import Counter, defaultdict

import pytest
from discovery import event_types, refusals, routes, stray_routes

from limen.kernel.errors import Refusal
from limen.platform.config.sections import all_declared, discover

CONTRACT_SETTINGS = (
    "issuer", "database_url", "database.migrate_url", "database.replica_urls", "redis_url",
    "broker_url", "master_key", "mail.smtp_url", "trusted_proxies", "log.format",
    "audit.checkpoint_file",
)  # fmt: skip

CROSS_SITE = {"/oauth2/authorize", "/oauth2/logout"}
"""Applications send people here by POST too (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2);
what follows from it is confirmed by a form of ours."""


def test_error_codes_are_snake_case_and_explained() -> None:
    for kind in refusals():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", kind.code), kind
        assert kind.hint.strip(), kind
        assert 300 <= kind.status <= 599, kind


def test_an_error_code_means_one_thing() -> None:
    """A code is a public promise: two classes share one only where one is the other's child."""
    by_code: dict[str, list[type[Refusal]]] = defaultdict(list)
    for kind in refusals():
        by_code[kind.code].append(kind)
    for code, kinds in by_code.items():
        first = kinds[0]
        related = all(issubclass(k, first) or issubclass(first, k) for k in kinds)
        assert related, f"{code}: {[k.__qualname__ for k in kinds]}"


def test_events_are_declared_once_and_named_noun_past_verb() -> None:
    names = [one.name for _, one in event_types()]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    for _, one in event_types():
        assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", one.name), one.name
        assert one.says.endswith("."), one.name


def test_routes_are_declared_once() -> None:
    """R113: two routes never share an operation, nor a method on a path."""
    every = routes()
    assert every
    assert stray_routes() == []
    assert [o for o, n in Counter(r.operation for r in every).items() if n > 1] == []
    assert [o for o, n in Counter((r.method, r.path) for r in every).items() if n > 1] == []


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.operation)
def test_every_route_declares_how_it_is_guarded(route: object) -> None:
    """R113, R112: deny by default; what changes something has a CSRF mode."""
    from limen.kernel.routes import Route

    assert isinstance(route, Route)
    assert route.summary.endswith("."), "say what it does"
    if route.answer == "api":
        assert route.access.kind in {"permission", "bearer", "public"}
        assert route.path.startswith("/api/") or route.local
        if route.method != "GET":
            assert route.csrf == "json"
    if route.answer == "page" and route.method != "GET" and route.path not in CROSS_SITE:
        assert route.csrf == "form"
    if route.access.kind == "permission":
        assert re.fullmatch(r"[a-z_]+:[a-z]+", route.access.permission or "")
    if route.access.kind != "public":
        assert route.cache in {"no-store", "private"}


def test_the_settings_of_the_contract_exist() -> None:
    known = all_declared(discover())
    assert set(CONTRACT_SETTINGS) <= set(known)


def test_every_setting_is_explained_in_a_sentence() -> None:
    for one in all_declared(discover()).values():
        assert one.about.says.rstrip().endswith("."), one.key
