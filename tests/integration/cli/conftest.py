"""The real command line on a new store, in this process."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Result

from limen.cli import run

PASSWORD = "plover cartwheel tundra 41"


@pytest.fixture
def limen(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Callable[..., Result]]:
    """Run commands in a folder where `limen init` was run."""
    import io
    import sys

    monkeypatch.chdir(tmp_path)
    for name in ("LIMEN_URL", "LIMEN_TOKEN", "LIMEN_TENANT"):
        monkeypatch.delenv(name, raising=False)

    def command(*arguments: str, stdin: str = "") -> Result:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = run(arguments)
        out, err = capsys.readouterr()
        return Result(code, out, err)

    made = command("init")
    assert made.code == 0, made.err
    yield command
