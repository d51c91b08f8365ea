"""Which migrations there are, read from the texts of their files: cheap enough for every start."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import limen

ROOT = Path(limen.__file__).parent


@dataclass(frozen=True, slots=True)
class Revision:
    """One migration file, as it names itself and those it rests on."""

    id: str
    path: Path
    rests_on: tuple[str, ...]


def folders(root: Path = ROOT) -> list[Path]:
    """Return every `migrations` folder under `root` that holds a migration, in order."""
    found = {path.parent for path in root.rglob("migrations/*.py") if path.name != "__init__.py"}
    return sorted(found)


def revisions(root: Path = ROOT) -> dict[str, Revision]:
    """Return every migration by its id.  Raises ValueError for one without, or two with one id."""
    found: dict[str, Revision] = {}
    for folder in folders(root):
        for path in sorted(folder.glob("*.py")):
            if path.name == "__init__.py":
                continue
            revision = _read(path)
            if revision.id in found:
                raise ValueError(f"{path}: {revision.id} is also {found[revision.id].path}")
            found[revision.id] = revision
    return found


def missing(recorded: Iterable[str], known: dict[str, Revision]) -> set[str]:
    """Return the migrations that a store which recorded these heads has not had.

    Raises ValueError for a store that a newer release migrated.
    """
    ahead = set(recorded) - known.keys()
    if ahead:
        raise ValueError(f"the store has migrations of a newer release: {sorted(ahead)}")
    had, rest = set[str](), list(recorded)
    while rest:
        revision = known[rest.pop()]
        if revision.id not in had:
            had.add(revision.id)
            rest.extend(revision.rests_on)
    return known.keys() - had


def _read(path: Path) -> Revision:
    values: dict[str, object] = {}
    for statement in ast.parse(path.read_text("utf-8")).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name, value = statement.targets[0].id, statement.value
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name, value = statement.target.id, statement.value
        else:
            continue
        if name in {"revision", "down_revision", "depends_on"} and value is not None:
            values[name] = ast.literal_eval(value)
    if "revision" not in values:
        raise ValueError(f"{path}: no `revision`")
    below = (*_names(values.get("down_revision")), *_names(values.get("depends_on")))
    return Revision(str(values["revision"]), path, below)


def _names(value: Any) -> tuple[str, ...]:
    """Alembic takes one id, several, or none."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
