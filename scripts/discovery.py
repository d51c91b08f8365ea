"""What the code declares: every module of `limen`, and what it holds of a kind."""

import pkgutil
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import limen
from limen.kernel.errors import Refusal
from limen.kernel.events import EventType
from limen.kernel.routes import Route

ROOT = Path(__file__).parent.parent
T = TypeVar("T")


def modules() -> list[ModuleType]:
    """Import every module of the package but the migrations and `__main__`."""
    found: list[ModuleType] = []
    for info in pkgutil.walk_packages(limen.__path__, "limen."):
        if ".migrations." in info.name or info.name.endswith("__main__"):
            continue
        found.append(import_module(info.name))
    return found


def instances(kind: type[T]) -> Iterator[tuple[str, T]]:
    """Yield each module-level instance once, with the module that declares it first.

    Tuples and lists of instances are looked into.
    """
    seen: set[int] = set()
    for module in sorted(modules(), key=lambda m: (not m.__name__.endswith((".api", ".routes")),)):
        for value in vars(module).values():
            for one in _within(value):
                if isinstance(one, kind) and id(one) not in seen:
                    seen.add(id(one))
                    yield module.__name__, one


def _within(value: object) -> Iterable[Any]:
    return value if isinstance(value, tuple | list) else (value,)


def event_types() -> list[tuple[str, EventType]]:
    """Return (context, event type) by name; the same declared twice comes twice."""
    found = [(module.split(".")[1], one) for module, one in instances(EventType)]
    return sorted(found, key=lambda pair: pair[1].name)


def refusals() -> list[type[Refusal]]:
    """Return every class of refusal that has a code of its own, by code."""
    modules()
    found: list[type[Refusal]] = []
    rest = [Refusal]
    while rest:
        kind = rest.pop()
        rest += kind.__subclasses__()
        if "code" in vars(kind) and kind.__module__.startswith("limen."):
            found.append(kind)
    return sorted(set(found), key=lambda kind: (kind.code, kind.__module__, kind.__qualname__))


def routes() -> list[Route]:
    """Return every declared route, by path and method."""
    from limen.app import all_routes

    order = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return sorted(all_routes(), key=lambda r: (r.path, order.index(r.method), r.operation))


def stray_routes() -> list[str]:
    """Return the operations of `routes.py` files that the application does not know."""
    known = {id(route) for route in routes()}
    return [
        route.operation
        for module, route in instances(Route)
        if module.endswith(".routes") and id(route) not in known
    ]


sys.path.insert(0, str(ROOT))
