"""Where values come from: flags, environment, `.env`, `limen.toml`."""

import os
import stat
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from limen.platform.config.errors import ConfigError

PREFIX = "LIMEN_"
CLI_ONLY = frozenset({"TENANT", "URL", "TOKEN", "PROOF", "TRACEBACK"})
"""`LIMEN_…` names that belong to the command line or the tests, and set nothing."""


@dataclass(frozen=True, slots=True)
class Found:
    """A value as it was written: `name` is its spelling there, `origin` where that was."""

    key: str
    name: str
    value: object
    origin: str
    file: Path | None = None


def find_root(start: Path) -> Path:
    """Return the nearest folder from `start` upward with `limen.toml` or `.limen`, else `start`."""
    for folder in (start, *start.parents):
        if (folder / "limen.toml").is_file() or (folder / ".limen").is_dir():
            return folder
    return start


def from_flags(flags: Mapping[str, object]) -> Iterator[Found]:
    for key, value in flags.items():
        name = "--" + key.replace(".", "-").replace("_", "-")
        yield Found(key, name, value, "flag")


def from_environment(environ: Mapping[str, str], origin: str, file: Path | None) -> Iterator[Found]:
    """Return what the `LIMEN_…` variables set."""
    for name, value in environ.items():
        if not name.upper().startswith(PREFIX):
            continue
        rest = name[len(PREFIX) :]
        if rest.upper() in CLI_ONLY or rest.upper().startswith("TEST_"):
            continue
        yield Found(rest.lower().replace("__", "."), name, value, origin, file)


def read_dotenv(file: Path) -> dict[str, str]:
    """Return the variables of a `.env` file.  Raises ConfigError for a name set twice."""
    found: dict[str, str] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip().removeprefix("export ").strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name.isidentifier():
            if not text.upper().startswith(PREFIX):
                continue  # another program's line, in a form that is theirs
            raise ConfigError(f"{file} line {number}: write NAME=value.")
        if name in found and name.startswith(PREFIX):
            raise ConfigError(f"{name} ({file} line {number}): set twice; remove one.")
        found[name] = _unquote(value.strip())
    return found


def _unquote(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.split(" #", 1)[0].rstrip()


def from_dotenv(file: Path) -> list[Found]:
    if not file.is_file():
        return []
    return list(from_environment(read_dotenv(file), file.name, file))


def from_toml(file: Path) -> list[Found]:
    if not file.is_file():
        return []
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not readable as TOML: {error}.") from error
    return list(_flatten(document, "", file))


def _flatten(table: Mapping[str, Any], prefix: str, file: Path) -> Iterator[Found]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{name}.", file)  # pyright: ignore[reportUnknownArgumentType] - TOML's table is untyped
        else:
            yield Found(f"{prefix}{name}".lower(), f"{prefix}{name}", value, file.name, file)


def read_secret_file(found: Found, root: Path) -> str:
    """Return the content of the file that `…_FILE` names, without its last line break."""
    file = Path(str(found.value)).expanduser()
    file = file if file.is_absolute() else root / file
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text"
        raise ConfigError(f"{found.name} ({found.origin}): {file}: {reason}.") from error


def check_privacy(files: Iterable[Path]) -> list[str]:
    """Return a line for each file with secrets that others may read (R146)."""
    if os.name != "posix":
        return []
    return [
        f"{file}: holds secrets and others may read it; run chmod 600 {file}."
        for file in files
        if stat.S_IMODE(file.stat().st_mode) & 0o077
    ]
