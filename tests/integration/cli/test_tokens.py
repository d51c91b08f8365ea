"""Tokens, grants, keys and claims at the command line."""

import json
from collections.abc import Callable
from typing import Any

from tests.unit.cli.conftest import Result

Limen = Callable[..., Result]


def prepared(limen: Limen) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an application with pairwise subjects, and a person."""
    app = limen(
        "app", "create", "--name", "Shop", "--type", "web", "--json", "--subject-type", "pairwise",
        "--redirect-uri", "https://shop.example.com/callback", "--skip-consent",
        "--option", 'claim_rules=[{"claim": "plan", "literal": "gold"}]',
    ).json()  # fmt: skip
    return app, limen("user", "create", "--email", "ada@example.com", "--verified", "--json").json()


def test_claims_are_previewed_and_subjects_resolved(limen: Limen) -> None:
    """R012, R043: for people to read, and for machines."""
    _, person = prepared(limen)
    seen = limen("app", "preview-claims", "Shop", "--user", "ada@example.com")
    assert (seen.code, "gold" in seen.out, "no_value" in seen.out) == (0, True, True)
    found = limen("app", "preview-claims", "Shop", "--user", "ada@example.com", "--json").json()
    assert found["subject"] != person["id"]
    resolved = limen("app", "resolve-subject", "Shop", found["subject"], "--json").json()
    assert (resolved["user"], resolved["sector"]) == (person["id"], "host:shop.example.com")
    assert limen("app", "resolve-subject", "Shop", person["id"]).code != 0


def test_families_and_grants_are_listed(limen: Limen) -> None:
    """R035: by person and application; what is not there cannot be revoked."""
    prepared(limen)
    for command in (
        ("token", "families", "--app", "Shop", "--user", "ada@example.com", "--json"),
        ("grant", "list", "--app", "Shop", "--json"),
    ):
        listed = limen(*command)
        assert (listed.code, json.loads(listed.out)) == (0, [])
    nowhere = "019a0000-0000-7000-8000-00000000dead"
    assert limen("token", "revoke-family", nowhere).code != 0


def test_a_key_is_revoked_with_a_reason(limen: Limen) -> None:
    """R050: the next one signs."""
    before = limen("key", "list", "--json").json()
    [kid] = [key["kid"] for key in before if key["status"] == "active"]
    assert limen("key", "revoke", kid, "--reason", "its disk was stolen", "--yes").code == 0
    after = {key["kid"]: key["status"] for key in limen("key", "list", "--json").json()}
    assert after[kid] == "revoked"
    assert list(after.values()).count("active") == 1
