"""What is imported when, and how long `limen --help` takes to be ready (stack.md: a feature)."""

import subprocess
import sys
from pathlib import Path

import pytest

HELP = {"click", "limen"}
"""The packages, besides the standard library, that `limen --help` imports."""

SERVER = {
    "alembic", "anyio", "argon2", "asyncpg", "babel", "bcrypt", "certifi", "click", "cryptography",
    "h11", "httpcore", "httptools", "httpx", "idna", "jinja2", "joserfc", "limen", "markupsafe",
    "msgspec", "sqlalchemy", "structlog", "typing_extensions", "uvicorn", "uvloop",
}  # fmt: skip
"""Those that the composed application may import before its first request."""

LAZY = {"alembic", "asyncpg", "babel", "httpx", "joserfc", "zxcvbn"}  # bcrypt: cryptography does
"""Those that are imported when they are first used, on a server with SQLite."""

PROBE = """
import sys
{code}
tops = {{name.partition(".")[0] for name in sys.modules}}
print(" ".join(sorted(tops - set(sys.stdlib_module_names))))
"""


def imported_by(code: str, folder: Path) -> set[str]:
    """Return the top-level packages that a fresh interpreter has after `code`."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(code=code)],
        capture_output=True, text=True, check=True, cwd=folder,
    )  # fmt: skip
    plumbing = {"__main__", "sitecustomize", "usercustomize", "_distutils_hack", "cython_runtime"}
    names = set(done.stdout.splitlines()[-1].split()) - plumbing
    return {name for name in names if not name.startswith("_")}


def test_help_imports_click_and_nothing_else(tmp_path: Path) -> None:
    """contract: `limen --help` is ready in 150 ms; the list of imports is what keeps it so."""
    code = "from limen.cli import run\nrun(['--help'])"
    assert imported_by(code, tmp_path) <= HELP


def test_help_imports_no_context(tmp_path: Path) -> None:
    code = (
        "from limen.cli import run\nrun(['--help'])\n"
        "import sys\n"
        "print(' '.join(name for name in sys.modules if name.startswith('limen.')))\n"
        "sys.exit(0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    modules = set(done.stdout.splitlines()[-1].split())
    allowed = {"limen.cli", "limen.kernel", "limen.kernel.errors", "limen.platform", "limen.platform.cli", "limen.platform.cli.errors",
               "limen.platform.cli.suggestions"}  # fmt: skip
    assert modules <= allowed


def test_the_server_imports_what_is_allowed(tmp_path: Path) -> None:
    """Everything heavy is imported when first used (start ≤ 800 ms)."""
    names = imported_by("import limen.server", tmp_path)
    assert names <= SERVER, f"new at start: {names - SERVER}"


@pytest.mark.parametrize("name", sorted(LAZY))
def test_what_a_small_server_does_not_need_waits(name: str, tmp_path: Path) -> None:
    assert name not in imported_by("import limen.server", tmp_path)
