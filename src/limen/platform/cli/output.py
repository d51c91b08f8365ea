"""What a command prints: data to standard output, words to standard error."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from limen.platform.cli.commands import JSON

Item = Mapping[str, Any]


def wants_json() -> bool:
    return bool(click.get_current_context().meta.get(JSON))


def say(text: str) -> None:
    """Say it to people: on standard error, so that standard output holds data only."""
    click.echo(text, err=True)


def _encode(value: object, *, pretty: bool = False) -> str:
    import msgspec

    encoded = msgspec.json.encode(value)
    return (msgspec.json.format(encoded, indent=2) if pretty else encoded).decode()


def emit(item: Item, fields: Sequence[str] = ()) -> None:
    """Print one object: as JSON when asked, else one `name  value` line per field."""
    if wants_json():
        click.echo(_encode(item))
        return
    shown = [(name, item.get(name)) for name in (fields or item)]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        click.echo(f"{name.ljust(width)}  {cell(value)}")


def emit_list(items: Sequence[Item], columns: Sequence[str]) -> None:
    """Print objects: a JSON array when asked, a table on a terminal, else a JSON line each."""
    if wants_json():
        click.echo(_encode(items))
    elif sys.stdout.isatty():
        for line in table(items, columns):
            click.echo(line)
        if not items:
            say("Nothing found.")
    else:
        for item in items:
            click.echo(_encode(item))


def table(items: Sequence[Item], columns: Sequence[str]) -> list[str]:
    """Return aligned lines with a heading; a column as wide as its widest cell."""
    if not items:
        return []
    rows = [[cell(_dig(item, column)) for column in columns] for item in items]
    heading = [column.rpartition(".")[2].replace("_", " ").upper() for column in columns]
    widths = [max(len(row[i]) for row in [heading, *rows]) for i in range(len(columns))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in [heading, *rows]
    ]
    return [click.style(lines[0], bold=True), *lines[1:]]


def _dig(item: Item, path: str) -> object:
    found: Any = item
    for name in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)  # pyright: ignore[reportUnknownVariableType,reportUnknownMemberType] - decoded JSON
    return found  # pyright: ignore[reportUnknownVariableType] - decoded JSON


def cell(value: object) -> str:
    """Return a value as one line of plain text; control characters are shown, never sent (A129)."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in value)
    if isinstance(value, list):
        return ", ".join(cell(one) for one in value)  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType] - decoded JSON
    if isinstance(value, Mapping):
        return _encode(value)  # pyright: ignore[reportUnknownArgumentType] - decoded JSON
    return str(value)
