"""A command line with a fake application behind it."""

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.operations import FakeBackend

from limen.cli import run


@dataclass
class Result:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


class CommandLine:
    def __init__(self, fake: FakeBackend, capsys: pytest.CaptureFixture[str]) -> None:
        self.fake = fake
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Result:
        code = run(arguments, self.fake.backend())
        out, err = self._capsys.readouterr()
        return Result(code, out, err)


@pytest.fixture
def limen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """Run a command in an empty folder with a store file and a key."""
    monkeypatch.chdir(tmp_path)
    for name in ("LIMEN_URL", "LIMEN_TOKEN", "LIMEN_TENANT", "LIMEN_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / ".limen"
    folder.mkdir()
    (folder / "limen.db").touch()
    (folder / "master.key").write_text("key\n")
    (folder / "master.key").chmod(0o600)
    return CommandLine(FakeBackend(), capsys)


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))
