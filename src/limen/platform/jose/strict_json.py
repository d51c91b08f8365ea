"""JSON objects read strictly: no repeated names, no NaN, no numbers of endless length.

Two parsers that disagree about a repeated name are how one token means two things (A099).
The check costs 5-10 µs and runs for tokens that are seen for the first time only.
"""

import json
from typing import NoReturn


class Repeated(ValueError):  # noqa: N818 - says what happened
    """A name came twice in one object."""


def check_object(raw: bytes) -> None:
    """Raises ValueError unless `raw` is one JSON object in UTF-8 without repeated names."""
    if raw[:1] != b"{" or raw[-1:] != b"}":
        raise ValueError("not a JSON object")
    check_json(raw)


def check_json(raw: bytes) -> None:
    """Raises ValueError unless `raw` is JSON in UTF-8 without repeated names."""
    try:
        _decoder.decode(raw.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Repeated("a name is repeated")
    return members


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


_decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
