"""Backup and restore by command (F36)."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.unit.cli.conftest import Result

Limen = Callable[..., Result]


def test_a_copy_is_put_back_in_a_new_epoch(limen: Limen, tmp_path: Path) -> None:
    """F36, I1, I5: what was there is there, what came later is not, and the log says so."""
    limen("user", "create", "--email", "ada@example.com", "--verified")
    made = limen("backup", str(tmp_path / "copy"), "--json")
    assert made.code == 0, made.err
    limen("user", "create", "--email", "late@example.com", "--verified")

    refused = limen("restore", str(tmp_path / "copy"))
    assert refused.code == 1
    assert "--force" in refused.err

    done = limen("restore", str(tmp_path / "copy"), "--force", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["epoch"] == 2
    emails = [user["email"] for user in limen("user", "list", "--json").json()]
    assert emails == ["ada@example.com"]
    names = {fact["name"] for fact in limen("audit", "list", "--json").json()}
    assert "log.begun_anew" in names
    assert limen("audit", "verify").code == 0


def test_what_is_no_backup_changes_nothing(limen: Limen, tmp_path: Path) -> None:
    limen("user", "create", "--email", "ada@example.com", "--verified")
    (tmp_path / "empty").mkdir()
    assert limen("restore", str(tmp_path / "empty"), "--force").code == 1
    assert len(limen("user", "list", "--json").json()) == 1
