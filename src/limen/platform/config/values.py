"""Text and TOML values into what a setting's type says."""

import re
import types
from collections.abc import Callable, Sequence
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal, Union, cast, get_args, get_origin

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)")
_TRUE = {"true", "yes", "on", "1"}
_FALSE = {"false", "no", "off", "0"}
_NETWORK = {IPv4Network, IPv6Network}


def parse_duration(text: str) -> timedelta:
    """Return the duration that `15m`, `12h`, `30d` or `1h30m` spells.  Raises ValueError."""
    compact = text.strip().lower()
    parts = _DURATION.findall(compact)
    if not parts or _DURATION.sub("", compact).strip():
        raise ValueError(f"{text!r} is no duration; write it like 30s, 15m, 12h or 30d")
    return timedelta(seconds=sum(float(count) * _UNITS[unit] for count, unit in parts))


def format_duration(duration: timedelta) -> str:
    """Return the shortest text that `parse_duration` reads as the same."""
    seconds = duration.total_seconds()
    for unit in ("w", "d", "h", "m", "s"):
        if seconds and seconds % _UNITS[unit] == 0:
            return f"{int(seconds // _UNITS[unit])}{unit}"
    return f"{int(seconds * 1000)}ms" if seconds else "0s"


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    folded = str(value).strip().lower()
    if folded in _TRUE:
        return True
    if folded in _FALSE:
        return False
    raise ValueError(f"{value!r} is neither true nor false")


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"{value!r} is no whole number")  # noqa: TRY004 - one kind for the caller
    try:
        return int(value)
    except ValueError:
        raise ValueError(f"{value!r} is no whole number") from None


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value!r} is no number")  # noqa: TRY004 - one kind for the caller
    try:
        return float(value)
    except ValueError:
        raise ValueError(f"{value!r} is no number") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text; use quotes")  # noqa: TRY004 - as above
    return value


def _network(value: object) -> IPv4Network | IPv6Network:
    try:
        return ip_network(_text(value).strip())
    except ValueError:
        raise ValueError(f"{value!r} is no network; write it like 10.0.0.0/8") from None


_SIMPLE: dict[object, Callable[[object], object]] = {
    bool: _boolean,
    int: _integer,
    float: _number,
    str: _text,
    timedelta: lambda value: parse_duration(_text(value)),
    Path: lambda value: Path(_text(value)),
    IPv4Network: _network,
    IPv6Network: _network,
}


def _alternatives(kind: object) -> tuple[tuple[object, ...], bool]:
    """Split a union into its members but None, and whether None is one."""
    if get_origin(kind) not in {Union, types.UnionType}:
        return (kind,), False
    members = get_args(kind)
    return tuple(m for m in members if m is not type(None)), type(None) in members


def _list(value: object, kind: object) -> list[object]:
    if isinstance(value, str):
        items: Sequence[object] = [item.strip() for item in value.split(",") if item.strip()]
    elif isinstance(value, list | tuple):
        items = cast("Sequence[object]", value)
    else:
        items = [value]
    member = next((a for a in get_args(kind) if a is not Ellipsis), str)
    return [convert(item, member) for item in items]


def members_of(kind: object) -> tuple[object, ...]:
    """Return the kinds that a setting may have, besides None."""
    return _alternatives(kind)[0]


def convert(value: object, kind: Any) -> Any:
    """Return `value` as `kind`.  Raises ValueError saying what is wrong and how to write it."""
    members, optional = _alternatives(kind)
    if value is None or (optional and value == ""):
        return None
    member = members[0]
    if _NETWORK.issuperset(members):
        return _network(value)
    origin = get_origin(member)
    if origin is Literal:
        return _choice(value, get_args(member))
    if origin is tuple:
        return tuple(_list(value, member))
    if origin is frozenset:
        return frozenset(_list(value, member))
    if member in _SIMPLE:
        return _SIMPLE[member](value)
    raise TypeError(f"no setting can be a {kind!r}")


def _choice(value: object, choices: tuple[object, ...]) -> object:
    if value in choices:
        return value
    for choice in choices:
        if str(choice) == str(value):
            return choice
    raise ValueError(f"{value!r} is none of {', '.join(str(choice) for choice in choices)}")


def describe(kind: Any) -> str:
    """Return the kind of value in a word or two, for the reference."""
    members, optional = _alternatives(kind)
    member = members[0]
    suffix = ", or nothing" if optional else ""
    if _NETWORK.issuperset(members):
        return "network"
    origin = get_origin(member)
    if origin is Literal:
        return " \\| ".join(str(choice) for choice in get_args(member)) + suffix
    if origin in {tuple, frozenset}:
        inner = next((a for a in get_args(member) if a is not Ellipsis), str)
        return f"list of {describe(inner)}"
    names: dict[object, str] = {
        bool: "boolean",
        int: "number",
        float: "number",
        str: "text",
        timedelta: "duration",
        Path: "path",
    }
    return names[member] + suffix


def show(value: object) -> str:
    """Return a setting's value as it would be written."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, tuple | frozenset):
        items = cast("Sequence[object]", value)
        return ", ".join(show(item) for item in items)
    return str(value)
