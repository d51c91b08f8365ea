"""`NAME=JSON` options, for objects with more fields than flags."""

from collections.abc import Iterable

import click


def parse_fields(option: str, given: Iterable[str]) -> dict[str, object]:
    """Return the fields; a value that is no JSON is taken as text, so that words need no quotes.

    Raises click.UsageError for what has no name, or names a field twice.
    """
    import msgspec

    found: dict[str, object] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name or name in found:
            raise click.UsageError(f"{option} {one!r}: give NAME=VALUE, each name once.")
        try:
            found[name] = msgspec.json.decode(value)
        except msgspec.DecodeError:
            found[name] = value
    return found
