"""Which requirement numbers of this release have a test that names them.

`docs/reference/requirements.md` lists the numbers; tests name them in docstrings, ranges
like `R001-R004` too.  It informs, and fails only where a test names a number of the listed
kinds that cannot exist.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
LIST = ROOT / "docs" / "reference" / "requirements.md"
NUMBER = re.compile(r"\b([RAGM])(\d{3}|\d{2})\b|\b([IF])(\d{1,2})\b")
RANGE = re.compile(r"\b([RAGM])(\d{2,3})\s?[-–]\s?(?:\1)?(\d{2,3})\b")


def listed() -> dict[str, str]:
    """Return the numbers of this release, with what they say."""
    rows = re.findall(
        r"^\| ([RAGMIF]\d+) \| (.*) \|$", LIST.read_text(encoding="utf-8"), re.MULTILINE
    )
    return dict(rows)


def docstrings(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(tree):
        if isinstance(node, kinds):
            yield ast.get_docstring(node) or ""


def numbers_in(text: str) -> set[str]:
    found = {(m[1] or m[3]) + (m[2] or m[4]) for m in NUMBER.finditer(text)}
    for kind, first, last in RANGE.findall(text):
        width = len(first)
        found |= {f"{kind}{n:0{width}}" for n in range(int(first), int(last) + 1)}
    return found


def named() -> dict[str, set[str]]:
    """Return the test files that name each number."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for text in docstrings(file):
            for number in numbers_in(text):
                found[number].add(str(file.relative_to(ROOT)))
    return found


def main() -> int:
    release, tests = listed(), named()
    without = [number for number in release if number not in tests]
    beyond = sorted(number for number in tests if number not in release)
    print(f"requirements: {len(release)} in this release, {len(without)} without a test")
    for number in without:
        print(f"  {number}  {release[number]}")
    if beyond:
        print(f"  named in tests, and not in the list: {', '.join(beyond)}")
    return 1 if "--strict" in sys.argv and without else 0


if __name__ == "__main__":
    sys.exit(main())
