"""The table of routes: every operation once, with its handler, or no start (R113)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from limen.kernel.routes import Route
from limen.platform.http.faces import Faces, FindOwner
from limen.platform.http.messages import Handler


class RegistryError(Exception):
    """The routes contradict themselves; the server does not start."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A route with what the door computed of it once."""

    route: Route
    handler: Handler
    headers: tuple[tuple[bytes, bytes], ...]
    segments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """What a path leads to: an entry for each method."""

    entries: Mapping[str, Entry]
    params: Mapping[str, str]

    @property
    def allow(self) -> str:
        methods = set(self.entries)
        if "GET" in methods:
            methods.add("HEAD")
        return ", ".join(sorted(methods))


_PERSON = re.compile(r"/api/v1/users/\{(\w+)\}")
_CACHE = {
    "no-store": b"no-store",
    "public": b"public, max-age=300",
    "private": b"private, no-cache",
    "static": b"public, max-age=31536000, immutable",
}
_COMMON = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin"))
_PAGE = ((b"x-frame-options", b"DENY"), (b"cross-origin-opener-policy", b"same-origin"))


def _fixed_headers(route: Route) -> tuple[tuple[bytes, bytes], ...]:
    """Return the headers that every answer of the route has (A137, R037)."""
    headers = [(b"cache-control", _CACHE[route.cache]), *_COMMON]
    if route.answer == "page":
        headers += _PAGE
    return tuple(headers)


class Registry:
    """Finds the route of a path: by one look-up for fixed paths, by segments for others."""

    def __init__(self, faces: Iterable[Faces], *, dev: bool) -> None:
        self.routes: list[Route] = []
        self.by_operation: dict[str, Entry] = {}
        self.owners: dict[str, FindOwner] = {}
        self._fixed: dict[str, dict[str, Entry]] = {}
        self._patterns: dict[int, list[tuple[tuple[str, ...], dict[str, Entry]]]] = {}
        for face in faces:
            self._add(face, dev=dev)

    def _add(self, face: Faces, *, dev: bool) -> None:
        declared = {route.operation for route in face.routes}
        self.owners.update(face.owners)
        if declared != set(face.handlers):
            odd = ", ".join(sorted(declared ^ set(face.handlers)))
            raise RegistryError(f"routes and handlers disagree about: {odd}")
        for route in face.routes:
            if not route.dev or dev:
                self._enter(Entry(route, face.handlers[route.operation], _fixed_headers(route),
                                  tuple(route.path.split("/"))))  # fmt: skip

    def _enter(self, entry: Entry) -> None:
        route = entry.route
        _check(route)
        if route.owner is not None and route.owner not in self.owners:
            raise RegistryError(f"{route.operation}: nobody finds the owner of a {route.owner}")
        if route.operation in self.by_operation:
            raise RegistryError(f"operation {route.operation} declared twice")
        self.by_operation[route.operation] = entry
        if route.local:
            return
        methods = self._methods_at(route, entry.segments)
        if route.method in methods:
            raise RegistryError(f"{route.method} {route.path} declared twice")
        methods[route.method] = entry
        self.routes.append(route)

    def _methods_at(self, route: Route, segments: tuple[str, ...]) -> dict[str, Entry]:
        if "{" not in route.path:
            return self._fixed.setdefault(route.path, {})
        shape = tuple("{" if part.startswith("{") else part for part in segments)
        for known, methods in self._patterns.setdefault(len(shape), []):
            if known == shape:
                return methods
        methods: dict[str, Entry] = {}
        self._patterns[len(shape)].append((shape, methods))
        return methods

    def find(self, path: str) -> Match | None:
        """Return what `path` leads to; fixed segments win over `{name}` ones."""
        fixed = self._fixed.get(path)
        if fixed is not None:
            return Match(fixed, {})
        segments = tuple(path.split("/"))
        best: tuple[int, dict[str, Entry]] | None = None
        for shape, methods in self._patterns.get(len(segments), ()):
            if all(a == b or (a == "{" and b) for a, b in zip(shape, segments, strict=True)):
                wild = shape.count("{")
                if best is None or wild < best[0]:
                    best = (wild, methods)
        if best is None:
            return None
        entry = next(iter(best[1].values()))
        names = zip(entry.segments, segments, strict=True)
        return Match(best[1], {name[1:-1]: part for name, part in names if name[:1] == "{"})


def _check(route: Route) -> None:
    if route.access.kind in ("permission", "bearer") and not route.access.permission:
        raise RegistryError(f"{route.operation} names no permission")
    writes = route.method != "GET"
    if (
        writes
        and route.answer == "page"
        and route.csrf == "none"
        and route.access.kind == "session"
    ):
        raise RegistryError(f"{route.operation} changes something without a CSRF check")
    if writes and route.answer == "api" and route.csrf != "json":
        raise RegistryError(f"{route.operation}: API writes declare csrf json")
    _check_manages(route)
    if route.answer == "api" and route.access.kind == "session":
        raise RegistryError(f"{route.operation}: the API takes tokens, never cookies")


def _check_manages(route: Route) -> None:
    """An API write on an id says to whom it belongs (R120): absent = refuse."""
    if route.method == "GET" or route.local or route.access.kind != "permission":
        return
    person = _PERSON.match(route.path)
    if person and (route.manages != person[1] or route.owner is not None):
        raise RegistryError(f"{route.operation} changes a person; say manages={person[1]!r}")
    if "{" in route.path and route.manages is None:
        raise RegistryError(f"{route.operation} says not whom it manages; a person, or NOBODY?")
    if route.manages and f"{{{route.manages}}}" not in route.path:
        raise RegistryError(f"{route.operation} manages what its path does not name")
