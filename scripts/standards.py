"""Which sections of which standards have tests: read from docstrings, listed in standards.toml.

A docstring names a standard and then its sections: `RFC 9449 §4.3, §5`.  What a test module
names holds for each of its tests.  `make check` fails where a listed standard has no test, and
where a test names a standard, or a section of one, that is not listed.
"""

import ast
import re
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
_SECTION = r"§§?\s?(?P<section>(?:[0-9]|[A-Z]\.)[0-9A-Za-z.-]*)"
_UNLISTED = r"(?P<rfc>RFC ?\d{4})|(?P<draft>draft-[a-z0-9-]+)|(?P<page>[\w/]+\.md)"
_DATA = Path(__file__).with_suffix(".toml")
_OURS = "a page of ours"
_PARAGRAPH = re.compile(r'"""|\n\s*\n')
_TESTS = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Standard:
    """A listed standard, with what was found of it; a section "" is the standard as a whole."""

    id: str
    title: str
    omits: tuple[str, ...] = ()
    absent: str | None = None
    tests: set[str] = field(default_factory=set)
    sections: Counter[str] = field(default_factory=Counter)
    in_code: set[str] = field(default_factory=set)


Named = list[tuple[str, str]]
"""Standards with a section each, "" for the whole; those that are not listed too."""


class Standards:
    def __init__(self) -> None:
        data = tomllib.loads(_DATA.read_text(encoding="utf-8"))
        self.other: dict[str, str] = data["other"]
        self._known: dict[str, str] = {name: name for name in self.other}
        self._short: dict[str, str] = {}
        self._of_folders: dict[str, str] = {}
        self.groups = {
            group["title"]: [self._read(one) for one in group["standards"]]
            for group in data["group"]
        }
        self.listed = {one.id: one for group in self.groups.values() for one in group}
        names, short = _alternatives(self._known), _alternatives(self._short)
        self._pattern = re.compile(
            rf"(?<![\w-])(?:(?P<name>{names})(?![\w-])|(?P<short>{short})(?=\s§))"
            rf"|{_UNLISTED}|{_SECTION}"
        )

    def _read(self, one: dict[str, Any]) -> Standard:
        self._of_folders |= dict.fromkeys(one.get("tests", ()), one["id"])
        self._known |= dict.fromkeys((one["id"], *one.get("aliases", ())), one["id"])
        self._short |= dict.fromkeys(one.get("short", ()), one["id"])
        return Standard(one["id"], one["title"], tuple(one.get("omits", ())), one.get("absent"))

    def of_folder(self, file: Path) -> Named:
        """Return the standards that all tests of a file are of, wherever it lies."""
        path = file.relative_to(ROOT)
        return [
            (standard, "")
            for place, standard in self._of_folders.items()
            if path.is_relative_to(place)
        ]

    def named(self, text: str, current: str | None = None) -> Named:
        """Return what a text names; a section belongs to the standard named before it."""
        found: Named = []
        for match in self._pattern.finditer(" ".join(text.split())):
            if match["section"]:
                if current != _OURS:
                    number = match["section"].rstrip(".-")
                    found.append((current or f"§{number}", number))
            elif match["page"]:
                current = _OURS
            else:
                name = match["name"]
                current = self._known[name] if name else self._short.get(match[0], match[0])
                found.append((current, ""))
        return found


def _alternatives(names: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(names, key=len, reverse=True)))


def docstrings(file: Path) -> Iterator[tuple[str, str]]:
    """Yield the docstring of the module ("") and of each test, by name."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    yield "", ast.get_docstring(tree) or ""
    for node in ast.walk(tree):
        if isinstance(node, _TESTS) and node.name.startswith("test_"):
            yield node.name, ast.get_docstring(node) or ""


def collect() -> tuple[Standards, dict[str, set[str]]]:
    """Return the standards with their tests, and the unlisted names with the files they are in."""
    standards, unknown = Standards(), defaultdict[str, set[str]](set)
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for test, standard, section in _in_tests(file, standards):
            one = standards.listed.get(standard)
            if one is not None:
                one.tests.add(test)
                one.sections[section] += 1
            elif standard not in standards.other:
                unknown[standard].add(str(file.relative_to(ROOT)))
    for file in sorted((ROOT / "src" / "limen").rglob("*.py")):
        for text in _PARAGRAPH.split(file.read_text(encoding="utf-8")):
            for standard, section in standards.named(text):
                if section and standard in standards.listed:
                    standards.listed[standard].in_code.add(section)
    return standards, unknown


def _in_tests(file: Path, standards: Standards) -> Iterator[tuple[str, str, str]]:
    """Yield each test with what it names; what its module names, it names too."""
    (_, text), *tests = docstrings(file)
    of_module = standards.of_folder(file)
    last = of_module[-1][0] if of_module else None
    of_module += standards.named(text, last)
    last = of_module[-1][0] if of_module else None
    for name, text in tests:
        for standard, section in {*of_module, *standards.named(text, last)}:
            yield f"{file}::{name}", standard, section


def page() -> Iterator[str]:
    """Yield the lines of docs/reference/standards.md."""
    standards, _ = collect()
    yield "# Standards"
    yield ""
    yield (
        "What is implemented of each standard. Sections are those that tests name, with the "
        "number of tests; `scripts/standards.toml` says what is left out. A section that only "
        "the code names stands in brackets."
    )
    for title, group in standards.groups.items():
        yield ""
        yield f"## {title}"
        yield ""
        yield "| standard | title | tests | sections | status |"
        yield "| --- | --- | --- | --- | --- |"
        for one in group:
            yield (
                f"| {one.id} | {one.title} | {len(one.tests)} | {_sections(one)} | {_status(one)} |"
            )
    yield ""
    yield "## Leant on"
    yield ""
    yield ", ".join(f"{name} ({title})" for name, title in standards.other.items()) + "."


def _sections(one: Standard) -> str:
    tested = [
        f"§{name} ({one.sections[name]})" for name in sorted(one.sections, key=_order) if name
    ]
    rest = [f"[§{name}]" for name in sorted(one.in_code - one.sections.keys(), key=_order)]
    return ", ".join([*tested, *rest]) or "as a whole"


def _order(section: str) -> list[tuple[int, str]]:
    return [(int(part) if part.isdigit() else 0, part) for part in re.split(r"[.-]", section)]


def _status(one: Standard) -> str:
    if one.absent:
        return f"not implemented: {one.absent}"
    return f"partial: {'; '.join(one.omits)}" if one.omits else "complete"


def problems() -> list[str]:
    """Return what makes `make check` fail."""
    standards, unknown = collect()
    found = [
        f"{one.id} ({one.title}) is listed and no test names it"
        for one in standards.listed.values()
        if not one.tests and not one.absent
    ]
    found += [
        f"{name} is not listed in scripts/standards.toml: {', '.join(sorted(files))}"
        for name, files in sorted(unknown.items())
    ]
    return found


def main() -> int:
    found = problems()
    for line in found:
        print(f"standards: {line}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
