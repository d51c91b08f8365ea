"""Backup and restore by command (F36)."""

import contextlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
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


def emails(limen: Limen) -> list[str]:
    return [user["email"] for user in limen("user", "list", "--json").json()]


def test_a_restore_that_was_cut_off_leaves_the_store_and_can_be_repeated(
    limen: Limen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F36, I1: killed before the copy is in its place, and at the very last step."""
    from limen.platform.backup import copies

    limen("user", "create", "--email", "ada@example.com", "--verified")
    limen("backup", str(tmp_path / "copy"))
    limen("user", "create", "--email", "late@example.com", "--verified")
    replace = Path.replace

    def cut_off(*_: object) -> None:
        raise OSError("killed")

    def at_the_last_step(path: Path, target: Path) -> Path:
        return cut_off() if path.name.endswith(".restoring") else replace(path, target)

    for where, name, fails in (
        (copies, "place_sqlite", cut_off),
        (Path, "replace", at_the_last_step),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(where, name, fails)
            assert limen("restore", str(tmp_path / "copy"), "--force").code != 0
        assert sorted(emails(limen)) == ["ada@example.com", "late@example.com"]
        assert limen("audit", "verify").code == 0
    done = limen("restore", str(tmp_path / "copy"), "--force", "--json")
    assert done.code == 0, done.err
    assert emails(limen) == ["ada@example.com"]
    assert limen("audit", "verify").code == 0
    assert list((tmp_path / ".limen").glob("*.restoring*")) == []


def test_what_is_put_in_place_was_made_fit_before(
    limen: Limen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F36: the file that becomes the store is in its new epoch already, whole by itself."""
    from limen.platform.backup import copies

    limen("user", "create", "--email", "ada@example.com", "--verified")
    limen("backup", str(tmp_path / "copy"))
    place, seen = copies.place_sqlite, list[int]()

    def watch(draft: Path, target: Path) -> None:
        with contextlib.closing(sqlite3.connect(draft)) as connection:
            seen.extend(row[0] for row in connection.execute("SELECT max(epoch) FROM log_epochs"))
        place(draft, target)

    monkeypatch.setattr(copies, "place_sqlite", watch)
    assert limen("restore", str(tmp_path / "copy"), "--force").code == 0
    assert seen == [2]
