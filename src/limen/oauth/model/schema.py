"""The part of JSON Schema (2020-12) that types of authorization_details are described in.

What is not in this part is refused when a type is registered, so that no rule of a schema
is ever silently left out.  There are no references, and no patterns: nobody's schema can
keep the server busy.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import msgspec

MAX_DEPTH: Final = 8
MAX_SIZE: Final = 16 * 1024

Schema = Mapping[str, Any]

_TYPES: Final[Mapping[str, Callable[[object], bool]]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
}
_WORDS: Final = frozenset({"title", "description", "$schema", "$comment", "examples", "default"})
_SIZES: Final = ("minLength", "maxLength", "minItems", "maxItems")
_BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_KNOWN: Final = frozenset(
    {"type", "enum", "const", "properties", "required", "additionalProperties", "items",
     "uniqueItems", *_SIZES, *_BOUNDS, *_WORDS}
)  # fmt: skip


def flaw_of(schema: object, *, depth: int = 0) -> str | None:
    """Return why `schema` is none that we follow, None where it is."""
    if not isinstance(schema, dict):
        return "a schema is an object"
    if depth > MAX_DEPTH:
        return f"at most {MAX_DEPTH} levels"
    if depth == 0 and len(msgspec.json.encode(schema)) > MAX_SIZE:
        return "at most 16 KB"
    known = cast("dict[str, Any]", schema)
    unknown = sorted(known.keys() - _KNOWN)
    if unknown:
        return f"the keyword {unknown[0]!r} is not supported"
    return _flaw_of_values(known) or _flaw_of_parts(known, depth)


def _flaw_of_values(schema: Schema) -> str | None:
    if "type" in schema and not (isinstance(schema["type"], str) and schema["type"] in _TYPES):
        return "type is one of " + ", ".join(_TYPES)
    for name in _SIZES:
        if not _TYPES["integer"](schema.get(name, 0)) or schema.get(name, 0) < 0:
            return f"{name} is a whole number"
    for name in _BOUNDS:
        if not _TYPES["number"](schema.get(name, 0)):
            return f"{name} is a number"
    if not isinstance(schema.get("enum", []), list):
        return "enum is a list"
    required = schema.get("required", [])
    if not isinstance(required, list) or not all(
        isinstance(name, str) for name in cast("list[object]", required)
    ):
        return "required is a list of names"
    return None


def _flaw_of_parts(schema: Schema, depth: int) -> str | None:
    properties = schema.get("properties", {})
    if not isinstance(properties, dict):
        return "properties is an object"
    others = [schema.get(name, True) for name in ("items", "additionalProperties")]
    parts: list[object] = [*cast("dict[str, object]", properties).values()]
    parts += [other for other in others if not isinstance(other, bool)]
    flaws = (flaw_of(part, depth=depth + 1) for part in parts)
    return next((flaw for flaw in flaws if flaw is not None), None)


def mismatch_of(value: object, schema: Schema, where: str = "") -> str | None:
    """Return where and why `value` does not follow the schema, None where it does."""
    kind = schema.get("type")
    if kind is not None and not _TYPES[kind](value):
        return f"{where or 'it'} is no {kind}"
    if "const" in schema and not _same(value, schema["const"]):
        return f"{where or 'it'} has another value"
    if "enum" in schema and not any(_same(value, one) for one in schema["enum"]):
        return f"{where or 'it'} is none of the values"
    if isinstance(value, dict):
        return _mismatch_of_object(cast("dict[str, object]", value), schema, where)
    if isinstance(value, list):
        return _mismatch_of_array(cast("list[object]", value), schema, where)
    return _mismatch_of_scalar(value, schema, where)


def _mismatch_of_object(value: dict[str, object], schema: Schema, where: str) -> str | None:
    properties: dict[str, Any] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            return f"{_at(where, name)} is missing"
    more = schema.get("additionalProperties", False)
    for name, member in value.items():
        rule = properties.get(name, more)
        if rule is False:
            return f"{_at(where, name)[:80]} is unknown"
        if isinstance(rule, dict):
            found = mismatch_of(member, cast("Schema", rule), _at(where, name))
            if found is not None:
                return found
    return None


def _mismatch_of_array(value: list[object], schema: Schema, where: str) -> str | None:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        return f"{where or 'it'} has too few or too many items"
    if schema.get("uniqueItems") and len({msgspec.json.encode(v) for v in value}) != len(value):
        return f"{where or 'it'} has an item twice"
    items = schema.get("items", True)
    if items is False and value:
        return f"{where or 'it'} must be empty"
    if isinstance(items, dict):
        rule = cast("Schema", items)
        found = (mismatch_of(item, rule, f"{where}[{i}]") for i, item in enumerate(value))
        return next((flaw for flaw in found if flaw is not None), None)
    return None


def _mismatch_of_scalar(value: object, schema: Schema, where: str) -> str | None:
    if isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            return f"{where or 'it'} is too short or too long"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        low, high = schema.get("minimum", value), schema.get("maximum", value)
        if not low <= value <= high:
            return f"{where or 'it'} is out of range"
        if value <= schema.get("exclusiveMinimum", value - 1):
            return f"{where or 'it'} is out of range"
        if value >= schema.get("exclusiveMaximum", value + 1):
            return f"{where or 'it'} is out of range"
    return None


def _at(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _same(one: object, other: object) -> bool:
    """Compare as JSON does: true is not 1."""
    return type(one) is type(other) and one == other
