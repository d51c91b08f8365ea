"""Promises about the text of the code: no random, no assert, no string-built SQL, no stray names."""

import ast
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "limen"
VENDORED = "vendor"


def python_files() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for file in python_files():
        yield file, ast.parse(file.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def test_randomness_comes_from_the_system() -> None:
    """R140: `secrets` only."""
    for file, tree in trees():
        assert "random" not in set(imports(tree)), file


def test_nothing_rests_on_assert() -> None:
    """R149: the code does the same under `python -O`."""
    for file, tree in trees():
        assert not any(isinstance(node, ast.Assert) for node in ast.walk(tree)), file


def test_no_web_framework_and_no_orm() -> None:
    """docs/decisions/0002-no-web-framework.md."""
    forbidden = {"fastapi", "starlette", "pydantic", "sqlalchemy.orm", "requests", "aiohttp"}
    for file, tree in trees():
        for name in imports(tree):
            assert not any(name == f or name.startswith(f"{f}.") for f in forbidden), (file, name)


TALKS = {
    "httpx", "httpcore", "requests", "aiohttp", "urllib3", "urllib.request", "http.client",
    "ftplib", "socket", "smtplib", "aiosmtplib", "websockets", "xmlrpc.client",
}  # fmt: skip
MAY_TALK = {
    "platform/fetch/pinned.py",  # the one client, for addresses that others chose
    "platform/fetch/fetcher.py",
    "platform/fetch/targets.py",
    "platform/mail/smtp.py",  # the operator's own mail server
    "platform/cli/operations.py",  # a command that acts on a server by its API
    "demo/pages.py",  # an application of its own, that happens to live here in dev mode
    "demo/relying_party.py",
    "demo/wiring.py",
}


def test_one_client_asks_the_world() -> None:
    """R135, A117: whatever address somebody chose, it is `platform.fetch` that asks it."""
    for file, tree in trees():
        name = file.relative_to(SOURCE).as_posix()
        found = {one for one in imports(tree) if one in TALKS or one.split(".")[0] in TALKS}
        assert not found or name in MAY_TALK, (name, found)


def test_a_suppressed_finding_says_why() -> None:
    """A123 among others: ruff forbids SQL built from text; an exception has its reason beside it."""
    marked = re.compile(r"# (noqa: [A-Z0-9, ]+|pyright: ignore\[[^\]]*\])")
    for file in python_files():
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            found = list(marked.finditer(line))
            if found:
                assert line[found[-1].end() :].strip(" -#"), f"{file}:{number}"


def test_secrets_are_compared_in_constant_time() -> None:
    """A131: what is named digest, secret or mac is never compared by `==`."""
    telling = re.compile(r"(^|_)(digest|secret|mac|tag|signature)$")
    for file, tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Compare):
                continue
            if not any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
                continue
            for side in (node.left, *node.comparators):
                name = side.attr if isinstance(side, ast.Attribute) else getattr(side, "id", "")
                others = [s for s in (node.left, *node.comparators) if s is not side]
                constant = all(isinstance(s, ast.Constant) for s in others)
                column = isinstance(side, ast.Attribute) and _is_column(side)
                compared = telling.search(name) and not constant and not column
                assert not compared, f"{file}:{node.lineno} {name}"


def _is_column(side: ast.Attribute) -> bool:
    """`table.c.digest == …` is SQL, and so is `_t.digest` of an alias for `table.c`."""
    if isinstance(side.value, ast.Attribute):
        return side.value.attr == "c"
    return isinstance(side.value, ast.Name) and side.value.id.startswith("_")


@pytest.mark.parametrize("file", sorted(SOURCE.rglob(f"{VENDORED}/*.sha256")), ids=str)
def test_vendored_files_are_what_was_reviewed(file: Path) -> None:
    """R147: a vendored file is named with its hash beside it."""
    for line in file.read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256((file.parent / name).read_bytes()).hexdigest() == digest


def test_every_context_says_what_it_is() -> None:
    """style.md: a context's `__init__` names its job, and in which order to read it."""
    for file in sorted(SOURCE.glob("*/__init__.py")):
        text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
        assert len(text) > 20, file


def test_every_locked_package_has_hashes_and_no_address() -> None:
    """R147, docs/decisions/0001-lock-files.md."""
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-build.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text, name
        blocks = re.split(r"\n(?=\S)", text.strip())
        for block in blocks:
            assert "--hash=sha256:" in block, block.splitlines()[0]
