"""What `limen.toml` may hold: as a JSON Schema, and as a commented sample."""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from limen.platform.config.sections import Declared, all_declared, discover
from limen.platform.config.values import describe, members_of, show

_TYPES = {"boolean": "boolean", "number": "number"}


def schema_of_all() -> dict[str, Any]:
    """Return the JSON Schema of `limen.toml` with every setting there is."""
    document: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "limen.toml",
        "type": "object",
        "additionalProperties": False,
        "properties": {},
    }
    for one in all_declared(discover()).values():
        *path, name = one.key.split(".")
        table = document
        for part in path:
            table = table["properties"].setdefault(
                part, {"type": "object", "additionalProperties": False, "properties": {}}
            )
        table["properties"][name] = _property(one)
        if one.about.secret:
            table["properties"][f"{name}_file"] = {
                "type": "string",
                "description": f"A file whose content is {name}.",
            }
    return document


def _property(one: Declared) -> dict[str, Any]:
    member = members_of(one.kind)[0]
    found: dict[str, Any] = {"description": one.about.says}
    if get_origin(member) is Literal:
        found["enum"] = list(get_args(member))
    elif get_origin(member) in {tuple, frozenset}:
        found["type"] = ["array", "string"]
    else:
        found["type"] = _TYPES.get(describe(member), "string")
    if one.default is not None and not one.about.secret:
        found["default"] = (
            one.default if found.get("type") in _TYPES.values() else show(one.default)
        )
    return found


def sample() -> Iterator[str]:
    """Yield the lines of a `limen.toml` in which every setting stands as a comment."""
    yield "# limen.toml: every value is optional; what is commented out is the default."
    section = ""
    for one in all_declared(discover()).values():
        prefix, _, name = one.key.rpartition(".")
        if prefix != section:
            section = prefix
            yield ""
            yield f"[{section}]"
        yield f"# {one.about.says}"
        yield f"# {name} = {toml_value(one.default)}"


def toml_value(value: object) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, bool | int | float):
        return show(value)
    if isinstance(value, tuple | frozenset):
        return "[]" if not value else "[" + ", ".join(f'"{part}"' for part in value) + "]"  # pyright: ignore[reportUnknownVariableType] - a setting's list
    return f'"{show(value)}"'
