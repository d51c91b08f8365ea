"""The types of authorization_details that an API registers (RFC 9396 §2): what they may be."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast, get_args

from limen.kernel.errors import FieldError
from limen.oauth.model.schema import flaw_of
from limen.oauth.options import DetailType, EnrichSource

MAX_TYPES: Final = 50
LISTS: Final = ("locations", "actions", "datatypes", "privileges")
TEXTS: Final[Mapping[str, Any]] = {
    "type": "array", "items": {"type": "string", "maxLength": 500}, "minItems": 1, "maxItems": 50,
}  # fmt: skip
COMMON: Final[Mapping[str, Any]] = {
    **dict.fromkeys(LISTS, TEXTS),
    "identifier": {"type": "string", "maxLength": 500},
}
"""RFC 9396 §2.2: what a type may use that describes no fields of its own."""
_TYPE = re.compile(r"[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]{1,200}")


def check_types(types: Sequence[DetailType]) -> list[FieldError]:
    """Return what is wrong with the types that an API registers."""
    names = [known.type for known in types]
    errors: list[FieldError] = []
    field = "options.authorization_details_types"
    if len(names) > MAX_TYPES or len(set(names)) != len(names):
        errors.append(FieldError(field, "invalid", f"at most {MAX_TYPES}, none of them twice"))
    for index, known in enumerate(types[:MAX_TYPES]):
        if _TYPE.fullmatch(known.type) is None:
            errors.append(FieldError(f"{field}[{index}].type", "invalid", "is no type"))
        if not 1 <= len(known.title) <= 200 or not known.title.isprintable():
            message = "must be 1 to 200 printable characters"
            errors.append(FieldError(f"{field}[{index}].title", "invalid", message))
        taken = sorted(known.enrich.keys() & _taken(known.schema))
        if taken or len(known.enrich) > len(get_args(EnrichSource)):
            message = "adds what the client sends itself"
            errors.append(FieldError(f"{field}[{index}].enrich", "invalid", message))
        flaw = flaw_of(known.schema) or _flaw_at_the_top(known.schema)
        if flaw is not None:
            errors.append(FieldError(f"{field}[{index}].schema", "invalid", flaw))
    return errors


def _taken(schema: Mapping[str, Any]) -> set[str]:
    """Return the fields that a client may send; so what is added is ours, and only ours."""
    properties = schema.get("properties")
    named = cast("dict[str, Any]", properties) if isinstance(properties, dict) else {}
    return {"type", *COMMON, *named}


def _flaw_at_the_top(schema: Mapping[str, Any]) -> str | None:
    if schema.get("type", "object") != "object":
        return "authorization_details are objects"
    return "type is given" if "type" in schema.get("properties", {}) else None
