"""How large files and functions are; fails when the 90th percentiles grow.

The percentiles of the last release are in `.ci/sizes.json`; `--record` writes them anew,
which belongs into a commit that says why.
"""

import ast
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
RECORD = ROOT / ".ci" / "sizes.json"
LIMITS = {"file": 500, "test file": 600, "function": 50}
POSITIONAL = 4
SLACK = 1  # line: the percentile of a growing code base moves a little by itself

Function = ast.FunctionDef | ast.AsyncFunctionDef


def files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def functions(file: Path) -> Iterator[tuple[str, Function]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield f"{file.relative_to(ROOT)}:{node.lineno} {node.name}", node


def code_lines(function: Function) -> int:
    """Return a function's lines without its docstring: saying more must not cost."""
    first = function.body[0]
    said = 0
    if ast.get_docstring(function, clean=False) is not None and first.end_lineno:
        said = first.end_lineno - first.lineno + 1
    return (function.end_lineno or function.lineno) - function.lineno + 1 - said


def positional(function: Function) -> int:
    names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    return len([name for name in names if name not in {"self", "cls"}])


def percentile(values: Sequence[int], share: float) -> int:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0


def measure() -> tuple[dict[str, list[tuple[int, str]]], list[str]]:
    found: dict[str, list[tuple[int, str]]] = {"file": [], "test file": [], "function": []}
    crowded: list[str] = []
    for kind, folders in (("file", ("src",)), ("test file", ("tests",))):
        for file in files(*folders):
            lines = len(file.read_text(encoding="utf-8").splitlines())
            if lines > 2:
                found[kind].append((lines, str(file.relative_to(ROOT))))
    for file in files("src"):
        if "migrations" in file.parts:
            continue  # a migration lists columns, and is never changed again
        for name, function in functions(file):
            found["function"].append((code_lines(function), name))
            if positional(function) > POSITIONAL:
                crowded.append(f"{name} takes {positional(function)} positional parameters")
    return found, crowded


def main() -> int:
    found, crowded = measure()
    p90 = {kind: percentile([n for n, _ in sizes], 0.9) for kind, sizes in found.items()}
    if "--record" in sys.argv:
        RECORD.write_text(json.dumps(p90, indent=2) + "\n", encoding="utf-8")
    faults: list[str] = []
    recorded = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    for kind, sizes in found.items():
        values = [n for n, _ in sizes]
        before = recorded.get(kind)
        print(
            f"{kind + 's':<11} {len(values):>5}   median {percentile(values, 0.5):>3}   "
            f"p90 {p90[kind]:>3} (was {before})   largest {max(values, default=0)}"
        )
        if before is not None and p90[kind] > before + SLACK:
            faults.append(f"the p90 of {kind}s grew from {before} to {p90[kind]} lines")
        faults += [f"{name} has {n} lines" for n, name in sizes if n > LIMITS[kind]]
    for line in crowded:
        print(f"note: {line}")
    for line in faults:
        print(f"too large: {line}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
