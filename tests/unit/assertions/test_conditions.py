"""Claim conditions and presets: what is met, what is too wide."""

import time
from typing import Any
from uuid import UUID

import pytest

from limen.kernel.errors import Invalid
from limen.oauth.assertions.model.conditions import Condition
from limen.oauth.assertions.model.issuers import ClientLink, IssuerSettings, check_issuer
from limen.oauth.assertions.model.presets import Preset

CLIENT = UUID(int=7)
OWN = "https://id.example.com"
IDP = "https://idp.example.com"

GLOBS = [
    ("repo:org/*", "repo:org/app", True),
    ("repo:org/*", "repo:org/evil/app", False),
    ("repo:org/*", "org/evil", False),
    ("repo:org/*", "repo:org/", False),
    ("repo:org/*", "repo:organic/app", False),
    ("repo:org/*", "repo:org-evil/app", False),
    ("repo:org/*", "xrepo:org/app", False),
    ("repo:org/*", "repo:org/app:ref:refs/heads/main", False),
    ("repo:org/*", "repo:org/app\nrepo:org/app", False),
    ("repo:org/*", "evil\nrepo:org/app", False),
    ("repo:org/app:*", "repo:org/app:environment:prod", False),
    ("repo:org/app:**", "repo:org/app:ref:refs/heads/main", True),
    ("repo:org/app:**", "repo:org/app2:ref:refs/heads/main", False),
    ("org/*", "ORG/app", False),
    ("refs/tags/v*", "refs/tags/v1.2", True),
    ("refs/tags/v*", "refs/tags/v", False),
    ("a.c/*", "abc/x", False),
    ("org/[a-z]*", "org/app", False),
    ("org/?*", "org/app", False),
]


@pytest.mark.parametrize(("glob", "value", "met"), GLOBS)
def test_a_star_never_leaves_its_segment(glob: str, value: str, met: bool) -> None:
    """R056: a glob is anchored, has no other special character, and knows the case."""
    assert Condition(claim="sub", glob=glob).holds({"sub": value}) is met


@pytest.mark.parametrize(
    ("equals", "found", "met"),
    [
        ("true", True, False), (True, "true", False), (True, 1, False), (1, True, False),
        (True, True, True), (7, 7, True), (7, 7.0, False), ("7", 7, False), ("a", ["a"], False),
        ("a", {"a": 1}, False), ("a", None, False), ("a", "a ", False), ("é", "e\u0301", False),
    ],
)  # fmt: skip
def test_values_are_compared_with_their_type(equals: Any, found: Any, met: bool) -> None:
    """A101: nothing is converted."""
    assert Condition(claim="x", equals=equals).holds({"x": found}) is met


def test_an_absent_claim_meets_nothing() -> None:
    """Design rule 10: absent = refuse."""
    nested = Condition(claim=("kubernetes.io", "namespace"), equals="prod")
    assert nested.holds({"kubernetes.io": {"namespace": "prod"}})
    for claims in ({}, {"kubernetes.io": None}, {"kubernetes.io": "prod"}, {"namespace": "prod"},
                   {"kubernetes.io/namespace": "prod"}, {"kubernetes.io": ["prod"]}):  # fmt: skip
        assert not nested.holds(claims)
        assert not Condition(claim="sub", glob="**").holds(claims)
    assert not Condition(claim="sub").holds({"sub": None})


def test_a_hostile_value_costs_no_time() -> None:
    """A015: eight stars against a long value."""
    glob = Condition(claim="sub", glob="*a*a*a*a*a*a*a*b")
    before = time.perf_counter()
    assert not glob.holds({"sub": "a" * 255})
    assert time.perf_counter() - before < 0.5


def settings(preset: Preset, *conditions: Condition, **more: Any) -> IssuerSettings:
    link = ClientLink(client=CLIENT, conditions=conditions)
    return IssuerSettings(name="CI", preset=preset, links=(link,), **more)


PINNED: list[tuple[Preset, Condition]] = [
    ("github", Condition(claim="repository", equals="acme/shop")),
    ("github", Condition(claim="repository", glob="acme/*")),
    ("github", Condition(claim="repository_owner_id", equals="4711")),
    ("github", Condition(claim="sub", glob="repo:acme/shop:**")),
    ("gitlab", Condition(claim="project_path", glob="acme/**")),
    ("gitlab", Condition(claim="sub", glob="project_path:acme/*:ref_type:branch:ref:main")),
    ("kubernetes", Condition(claim="sub", glob="system:serviceaccount:prod:*")),
    ("kubernetes", Condition(claim=("kubernetes.io", "namespace"), equals="prod")),
    ("generic", Condition(claim="sub", equals="job-7")),
]
TOO_WIDE: list[tuple[Preset, Condition]] = [
    ("github", Condition(claim="ref", equals="refs/heads/main")),
    ("github", Condition(claim="repository", glob="**")),
    ("github", Condition(claim="repository", glob="*/shop")),
    ("github", Condition(claim="repository", glob="acme*")),
    ("github", Condition(claim="repository", glob="acme**")),
    ("github", Condition(claim="repository_owner", glob="acme*")),
    ("github", Condition(claim="sub", glob="repo:**")),
    ("github", Condition(claim="sub", glob="repo:*/shop:**")),
    ("github", Condition(claim="sub", glob="repo:acme**")),
    ("gitlab", Condition(claim="namespace_path", glob="acme*")),
    ("gitlab", Condition(claim="sub", glob="project_path:**")),
    ("kubernetes", Condition(claim="sub", glob="system:serviceaccount:**")),
    ("kubernetes", Condition(claim="sub", glob="system:serviceaccount:*:deploy")),
    ("generic", Condition(claim="sub", glob="**")),
]


@pytest.mark.parametrize(("preset", "condition"), PINNED)
def test_a_link_that_names_the_owner_is_taken(preset: Preset, condition: Condition) -> None:
    """R056: one owner's workloads."""
    check_issuer(IDP, settings(preset, condition), own=OWN)


@pytest.mark.parametrize(("preset", "condition"), TOO_WIDE)
def test_a_link_that_lets_in_the_world_is_refused(preset: Preset, condition: Condition) -> None:
    """R056, A023: an issuer that is everybody's needs an owner that is named whole."""
    with pytest.raises(Invalid) as refused:
        check_issuer(IDP, settings(preset, condition), own=OWN)
    assert [error.code for error in refused.value.errors] == ["too_wide"]


def test_a_link_without_conditions_is_refused() -> None:
    """Design rule 10."""
    with pytest.raises(Invalid):
        check_issuer(IDP, settings("generic"), own=OWN)


@pytest.mark.parametrize(
    "issuer",
    [
        "", "idp.example.com", "http://idp.example.com", "ftp://idp.example.com", OWN,
        "https://idp.example.com?x", "https://idp.example.com#x",
        "https://u@idp.example.com", "https://idp.example.com/\n", "https://ïdp.example.com",
        "https://idp.example.com:99999", "https://" + "x" * 600,
    ],
)  # fmt: skip
def test_what_is_no_issuer_is_refused(issuer: str) -> None:
    """R144, R020: https, but for a loopback address; never one of ours."""
    with pytest.raises(Invalid):
        check_issuer(issuer, IssuerSettings(name="x"), own=OWN)


@pytest.mark.parametrize("host", ["127.0.0.1:9", "localhost:9", "[::1]:9"])
def test_a_loopback_issuer_may_use_http(host: str) -> None:
    check_issuer(f"http://{host}", IssuerSettings(name="x"), own=OWN)


WRONG: list[dict[str, Any]] = [
    {"name": ""}, {"name": "x\n"}, {"uses": ()}, {"uses": ("grant", "grant")},
    {"algorithms": ()}, {"algorithms": ("HS256",)}, {"algorithms": ("none",)},
    {"max_lifetime": 10}, {"max_lifetime": 10**9}, {"audiences": ("",)},
    {"audiences": tuple("abcdefghijklmnopqrstuvwxyz")}, {"jwks": {}}, {"jwks": {"keys": []}},
    {"jwks": {"keys": {}}}, {"jwks": {"keys": [1]}, "jwks_uri": IDP}, {"jwks_uri": "http://x.example"},
    {"jwks_uri": "file:///etc/passwd"}, {"scopes": ("users:write",)}, {"scopes": ("account:read",)},
    {"scopes": ("offline_access",)}, {"scopes": ("a", "a")}, {"scopes": ("a b",)},
    {"conditions": (Condition(claim="a"),)}, {"conditions": (Condition(claim="", equals="x"),)},
    {"conditions": (Condition(claim="a", equals="x", glob="x"),)},
    {"conditions": (Condition(claim="a", glob="***"),)},
    {"conditions": (Condition(claim="a", glob="*a" * 9),)},
    {"conditions": (Condition(claim="a", equals=""),)},
    {"conditions": (Condition(claim=(), equals="x"),)},
    {"conditions": tuple(Condition(claim="a", equals="x") for _ in range(21))},
]  # fmt: skip


@pytest.mark.parametrize("change", WRONG)
def test_wrong_settings_are_refused(change: dict[str, Any]) -> None:
    """A101, R038, R056: each with the field that is wrong."""
    with pytest.raises(Invalid) as refused:
        check_issuer(IDP, IssuerSettings(**{"name": "x", **change}), own=OWN)
    assert refused.value.errors[0].field.split("[")[0] in {*change, "jwks"}
