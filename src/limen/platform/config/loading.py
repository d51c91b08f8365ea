"""From all sources to one checked configuration (R145)."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from limen.platform.config import sources
from limen.platform.config.core import (
    AuditSettings,
    CoreSettings,
    DatabaseSettings,
    LogSettings,
    MailSettings,
)
from limen.platform.config.errors import ConfigError
from limen.platform.config.sections import (
    Declared,
    all_declared,
    declared,
    discover,
    variable_of,
)
from limen.platform.config.sources import Found
from limen.platform.config.values import convert, show

S = TypeVar("S")
MASK = "••••••"
_PATHS_IN_URL = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Row:
    """One setting as `limen config show` prints it; secrets are masked."""

    key: str
    value: str
    origin: str


class Config:
    """The effective settings.  `section("sessions", SessionSettings)` reads a context's."""

    def __init__(
        self, root: Path, sections: Mapping[tuple[str, type], object], rows: tuple[Row, ...]
    ) -> None:
        self.root = root
        self._sections = sections
        self._rows = rows
        self.core = self.section("", CoreSettings)
        self.database = self.section("database", DatabaseSettings)
        self.mail = self.section("mail", MailSettings)
        self.audit = self.section("audit", AuditSettings)
        self.log = self.section("log", LogSettings)

    def section(self, name: str, kind: type[S]) -> S:
        """Return the settings of one section; one that no `settings.py` declares is our error."""
        try:
            return cast("S", self._sections[name, kind])
        except KeyError:
            raise LookupError(f"{kind.__name__} is not the section {name!r}") from None

    def show(self) -> tuple[Row, ...]:
        """Return every setting with its value, secrets masked, and its origin."""
        return self._rows

    @property
    def issuer(self) -> str:
        return self.core.issuer

    @property
    def dev(self) -> bool:
        return self.core.dev

    @property
    def data_dir(self) -> Path:
        """The folder of the embedded store, absolute."""
        return self.root / self.core.data_dir

    @property
    def is_sqlite(self) -> bool:
        return self.core.database_url.startswith("sqlite")

    @property
    def database_file(self) -> Path:
        """The embedded store's file, absolute; meaningful where `is_sqlite`."""
        return self.root / self.core.database_url.removeprefix(_PATHS_IN_URL)

    @property
    def database_url(self) -> str:
        """The store's URL; a file's path in it is absolute."""
        if self.is_sqlite:
            return f"{_PATHS_IN_URL}{self.database_file}"
        return self.core.database_url

    @property
    def migrate_url(self) -> str:
        return self.database.migrate_url or self.database_url


def load(
    flags: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    *,
    sections: Iterable[tuple[str, type]] | None = None,
) -> Config:
    """Read, convert and check all settings.  Raises ConfigError with a line for each fault."""
    environ = os.environ if environ is None else environ
    root = sources.find_root((cwd or Path.cwd()).absolute())
    classes = tuple(discover() if sections is None else sections)
    known = all_declared(classes)
    faults: list[str] = []
    effective: dict[str, Found] = {}
    for source in _sources(flags or {}, environ, root):
        named = _named(source, known, root, faults)
        effective = {**named, **effective}
    effective = {**effective, **_data_defaults(effective, known, root, faults)}
    values = _convert(effective, known, faults)
    faults += sources.check_privacy(_files_with_secrets(effective, known))
    built = _build(classes, values, effective, faults)
    if faults:
        raise ConfigError(*faults)
    return Config(root, built, tuple(_rows(known, values, effective)))


def _sources(
    flags: Mapping[str, object], environ: Mapping[str, str], root: Path
) -> list[list[Found]]:
    """Return the sources, the strongest first."""
    return [
        list(sources.from_flags(flags)),
        list(sources.from_environment(environ, "environment", None)),
        sources.from_dotenv(root / ".env"),
        sources.from_toml(root / "limen.toml"),
    ]


def _named(
    source: list[Found], known: Mapping[str, Declared], root: Path, faults: list[str]
) -> dict[str, Found]:
    """Return one source's values by key; name what is unknown or set twice."""
    named: dict[str, Found] = {}
    for found in source:
        key = found.key
        value = found
        if key not in known and key.endswith("_file") and key.removesuffix("_file") in known:
            key = key.removesuffix("_file")
            try:
                content = sources.read_secret_file(found, root)
            except ConfigError as error:
                faults += error.lines
                continue
            value = Found(key, found.name, content, f"{found.origin}, {found.value}")
        if key not in known:
            faults.append(_unknown(found, known))
        elif key in named:
            faults.append(
                f"{found.name} ({found.origin}): {named[key].name} sets the same; remove one."
            )
        else:
            named[key] = value
    return named


def _unknown(found: Found, known: Mapping[str, Declared]) -> str:
    upper = found.name.startswith(sources.PREFIX)
    names = {variable_of(key) if upper else key: key for key in known}
    near = get_close_matches(found.name.upper() if upper else found.key, names, n=1, cutoff=0.6)
    mend = f"did you mean {near[0]}?" if near else "`limen config schema` lists what there is."
    return f"{found.name} ({found.origin}): no such setting; {mend}"


def _data_defaults(
    effective: Mapping[str, Found], known: Mapping[str, Declared], root: Path, faults: list[str]
) -> dict[str, Found]:
    """Return what the data folder sets where nobody else does: store, key, dev's issuer."""
    if "data_dir" not in known:
        return {}
    given = effective.get("data_dir")
    folder = Path(str(given.value if given else known["data_dir"].default))
    found: dict[str, Found] = {}
    if given and "database_url" not in effective:
        url = f"{_PATHS_IN_URL}{folder / 'limen.db'}"
        found["database_url"] = Found("database_url", "database_url", url, "data_dir")
    key_file = root / folder / "master.key"
    if "master_key" not in effective and key_file.is_file():
        pointer = Found("master_key", "master_key_file", key_file, f"{folder}/master.key")
        try:
            content = sources.read_secret_file(pointer, root)
        except ConfigError as error:
            faults += error.lines
        else:
            faults += sources.check_privacy([key_file])
            found["master_key"] = Found("master_key", "master_key", content, pointer.origin)
    state = root / folder / "dev.toml"
    if state.is_file():
        for one in sources.from_toml(state):
            if one.key in {"issuer", "dev"} and one.key not in effective:
                found[one.key] = Found(one.key, one.name, one.value, f"{folder}/dev.toml")
    return found


def _convert(
    effective: Mapping[str, Found], known: Mapping[str, Declared], faults: list[str]
) -> dict[str, object]:
    values: dict[str, object] = {}
    for key, one in known.items():
        found = effective.get(key)
        if found is None:
            values[key] = one.default
            continue
        try:
            values[key] = convert(found.value, one.kind)
        except ValueError as error:
            said = f"{MASK} cannot be read" if one.about.secret else str(error)
            faults.append(f"{found.name} ({found.origin}): {said}.")
            values[key] = one.default
    return values


def _files_with_secrets(effective: Mapping[str, Found], known: Mapping[str, Declared]) -> set[Path]:
    return {
        found.file
        for key, found in effective.items()
        if found.file and known[key].about.secret and _is_secret(str(found.value))
    }


def _is_secret(value: str) -> bool:
    """Return False for a URL without a password: that is an address, no secret."""
    return bool(value) and ("://" not in value or urlsplit(value).password is not None)


def _build(
    classes: Iterable[tuple[str, type]],
    values: Mapping[str, object],
    effective: Mapping[str, Found],
    faults: list[str],
) -> dict[tuple[str, type], object]:
    built: dict[tuple[str, type], object] = {}
    for section, kind in classes:
        ones = declared(section, kind)
        arguments: dict[str, Any] = {one.attribute: values[one.key] for one in ones}
        try:
            built[section, kind] = kind(**arguments)
        except ValueError as error:
            faults.append(_broken(str(error), ones, effective))
    return built


def _broken(said: str, ones: Iterable[Declared], effective: Mapping[str, Found]) -> str:
    """Name the settings that a class's own check complains of, as they were written."""
    for one in ones:
        name = one.attribute.rstrip("_")
        if one.key in effective and name in said.replace("`", "").split():
            found = effective[one.key]
            return f"{found.name} ({found.origin}): {said.rstrip('.')}."
    keys = [one.key for one in ones if one.key in effective]
    where = ", ".join(f"{effective[key].name} ({effective[key].origin})" for key in keys)
    return f"{where or 'default'}: {said.rstrip('.')}."


def _rows(
    known: Mapping[str, Declared], values: Mapping[str, object], effective: Mapping[str, Found]
) -> Iterable[Row]:
    for key, one in known.items():
        origin = effective[key].origin if key in effective else "default"
        yield Row(key, _masked(one, values[key]), origin)


def _masked(one: Declared, value: object) -> str:
    if not one.about.secret or not value:
        return show(value)
    if isinstance(value, tuple):
        parts = cast("tuple[object, ...]", value)
        return ", ".join(_masked_text(str(part)) for part in parts)
    return _masked_text(str(value))


def _masked_text(text: str) -> str:
    """Mask a secret; of a URL only its password and query."""
    if "://" not in text:
        return MASK
    parts = urlsplit(text)
    place = parts.netloc
    if parts.password is not None:
        user = parts.username or ""
        place = f"{user}:{MASK}@{place.rpartition('@')[2]}"
    query = f"?{MASK}" if parts.query else ""
    return f"{parts.scheme}://{place}{parts.path}{query}"
