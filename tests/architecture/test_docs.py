"""Promises about the documentation: links lead somewhere, names exist."""

import re
from pathlib import Path

import click
import pytest

from limen.cli import load, root, singular
from limen.platform.config.sections import all_declared, discover
from limen.platform.config.sources import CLI_ONLY

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NO_SETTING = {f"LIMEN_{name}" for name in CLI_ONLY}


def ids(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_settings_that_are_named_exist(page: Path) -> None:
    known = {one.variable for one in all_declared(discover()).values()}
    known |= {f"{name}_FILE" for name in known} | NO_SETTING
    for name in re.findall(r"\bLIMEN_[A-Z][A-Z_]*[A-Z]\b", page.read_text(encoding="utf-8")):
        assert name in known, name


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_commands_that_are_shown_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    commands = re.findall(r"^(?:\.venv/bin/)?limen (?!\[)([^#\n]+)", text, re.MULTILINE)
    commands += re.findall(r"`limen ([a-z][^`\n]*)`", text)
    for line in commands:
        words = re.sub(r"--tenant \S+\s*", "", line).split()
        name = singular(words[0]) if words else ""
        assert name in root.list_commands(click.Context(root)), line
        command = load(name)
        if isinstance(command, click.Group) and len(words) > 1 and not words[1].startswith("-"):
            assert set(words[1].split("/")) <= set(command.commands), line


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
