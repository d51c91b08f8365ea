"""Trusted issuers by command line: the whole life of one, on a store of its own."""

from collections.abc import Callable

from tests.unit.cli.conftest import Result

Limen = Callable[..., Result]
GITLAB = "https://gitlab.com"


def test_an_issuer_is_managed_by_command_line(limen: Limen) -> None:
    """R153: made by a preset, linked, stopped, started, deleted."""
    made = limen("issuer", "create", "--preset", "gitlab", "--name", "CI", "--condition",
                 "ref_protected=true", "--max-lifetime", "600", "--json")  # fmt: skip
    assert made.code == 0, made.err
    assert made.json()["issuer"] == GITLAB
    condition = {"claim": "ref_protected", "equals": "true", "glob": None}
    assert made.json()["conditions"] == [condition]
    app = limen("app", "create", "--name", "Deploy", "--type", "m2m",
                "--auth-method", "federated_jwt", "--json")  # fmt: skip
    assert app.json()["client_secret"] is None
    linked = limen("issuer", "link-app", GITLAB, "Deploy", "--condition", "project_path=acme/*",
                   "--condition", "kubernetes.io/namespace=prod", "--json")  # fmt: skip
    assert linked.code == 0, linked.err
    (link,) = linked.json()["links"]
    assert link["client"] == app.json()["client_id"]
    assert [c["claim"] for c in link["conditions"]] == [
        "project_path", ["kubernetes.io", "namespace"],
    ]  # fmt: skip
    assert [c["glob"] for c in link["conditions"]] == ["acme/*", None]
    wide = limen("issuer", "link-app", GITLAB, "Deploy", "--condition", "ref=main")
    assert wide.code == 1
    assert "pin who it is" in wide.err
    assert limen("issuer", "list", "--json").json()[0]["issuer"] == GITLAB
    for verb in ("disable", "enable"):
        assert limen("issuer", verb, GITLAB).code == 0
    assert limen("issuer", "show", GITLAB, "--json").json()["enabled"] is True
    assert limen("issuer", "delete", GITLAB, "--yes").code == 0
    assert limen("issuer", "show", GITLAB).code != 0


def test_a_subject_is_linked_by_command_line(limen: Limen) -> None:
    """R063: to the person whom an address names here, and taken back by its id."""
    idp = "https://idp.example.com"
    limen("issuer", "create", "--name", "IdP", "--issuer", idp)
    limen("user", "create", "--email", "ada@example.com", "--verified")
    link = limen("issuer", "link-user", idp, "u-1", "ada@example.com", "--json")
    assert link.code == 0, link.err
    listed = limen("issuer", "users", idp, "--json").json()
    assert [(one["id"], one["subject"]) for one in listed] == [(link.json()["id"], "u-1")]
    assert limen("issuer", "unlink-user", idp, link.json()["id"]).code == 0
    assert limen("issuer", "users", idp, "--json").json() == []


def test_a_condition_is_a_claim_and_a_value(limen: Limen) -> None:
    for text in ("repository", "=x", "x="):
        wrong = limen("issuer", "create", "--name", "x", "--condition", text)
        assert wrong.code == 2, text
        assert "claim=value" in wrong.err
