"""Which settings exist: the core's and those in every context's `settings.py`.

A `settings.py` holds one frozen dataclass whose name ends in `Settings`.  Its section is the
path of its folder (`authentication.methods.password` is `authentication.password`: slots are
left out), or what its constant `SECTION` says.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

from limen.kernel.settings import About, about, declarations
from limen.platform.config.core import CORE

_PACKAGE = Path(__file__).parents[2]
_SLOTS = {"methods", "connectors", "engines", "grants", "client_auth", "channels", "signals"}


@dataclass(frozen=True, slots=True)
class Declared:
    """One setting: `key` is dotted, `attribute` its name in `owner`."""

    key: str
    attribute: str
    kind: Any
    default: object
    about: About
    owner: type

    @property
    def variable(self) -> str:
        return variable_of(self.key)


def variable_of(key: str) -> str:
    """Return the environment variable of a dotted key."""
    return "LIMEN_" + key.replace(".", "__").upper()


def settings_files() -> Iterable[Path]:
    """Return every `settings.py` of a context or a variant, in order."""
    found = _PACKAGE.glob("**/settings.py")
    return sorted(file for file in found if file.parent != _PACKAGE / "kernel")


def _section_of(file: Path, text: str) -> str:
    named = re.search(r'^SECTION(?:\s*:[^=]+)?\s*=\s*"([^"]*)"', text, re.MULTILINE)
    if named:
        return named[1]
    parts = file.parent.relative_to(_PACKAGE).parts
    if parts[0] == "platform":
        parts = parts[1:]
    return ".".join(part for part in parts if part not in _SLOTS)


@cache
def discover() -> tuple[tuple[str, type], ...]:
    """Return each section's name and class: the core's first, then the contexts'."""
    found = list(CORE)
    for file in settings_files():
        name = _section_of(file, file.read_text(encoding="utf-8"))
        dotted = ".".join(file.relative_to(_PACKAGE.parent).with_suffix("").parts)
        module = import_module(dotted)
        found += [
            (name, kind)
            for kind in vars(module).values()
            if isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == dotted
        ]
    return tuple(found)


def declared(section: str, kind: type) -> list[Declared]:
    """Return what a settings class declares under `section`."""
    hints = get_type_hints(kind)
    prefix = f"{section}." if section else ""
    return [
        Declared(
            key=prefix + field.name.rstrip("_"),
            attribute=field.name,
            kind=hints[field.name],
            default=_default(field),
            about=about(field),
            owner=kind,
        )
        for field in declarations(kind)
    ]


def _default(field: Field[Any]) -> object:
    if field.default is not MISSING:
        return field.default
    if field.default_factory is not MISSING:
        return field.default_factory()
    raise TypeError(f"the setting {field.name} has no default")


def all_declared(sections: Iterable[tuple[str, type]]) -> Mapping[str, Declared]:
    """Return every setting by its dotted key."""
    return {one.key: one for section, kind in sections for one in declared(section, kind)}
