"""Another master key, by command."""

import base64
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Result

Limen = Callable[..., Result]


def test_the_master_key_is_replaced(
    limen: Limen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R141: in every tenant; afterwards the new key alone opens the store, the old one does not."""
    limen("tenant", "create", "acme", "--name", "Acme")
    limen("user", "create", "--email", "ada@example.com", "--verified")
    old = (tmp_path / ".limen" / "master.key").read_text().strip()
    new = base64.b64encode(secrets.token_bytes(32)).decode()
    monkeypatch.setenv("LIMEN_MASTER_KEY", new)
    refused = limen("user", "list")
    assert refused.code != 0
    assert "Wrong master key" in refused.err
    monkeypatch.setenv("LIMEN_PREVIOUS_MASTER_KEY", old)
    assert len(limen("user", "list", "--json").json()) == 1  # servers go on with both
    assert limen("key", "rewrap", "--json").json() == {"keys": 2}
    assert limen("key", "rewrap", "--json").json() == {"keys": 0}
    monkeypatch.delenv("LIMEN_PREVIOUS_MASTER_KEY")
    assert limen("audit", "verify").code == 0
    assert limen("user", "create", "--email", "bob@example.com", "--tenant", "acme").code == 0
    monkeypatch.setenv("LIMEN_MASTER_KEY", old)
    assert "Wrong master key" in limen("user", "list").err


def test_a_signing_key_takes_over_at_once(limen: Limen) -> None:
    """R050: `--now`, for a key that must not sign any more."""
    before = {key["kid"] for key in limen("key", "list", "--json").json() if _signs(key)}
    done = limen("key", "rotate", "--now", "--json")
    assert done.code == 0, done.err
    after = {key["kid"] for key in limen("key", "list", "--json").json() if _signs(key)}
    assert before
    assert before.isdisjoint(after)


def _signs(key: dict[str, str]) -> bool:
    return key["status"] == "active"
