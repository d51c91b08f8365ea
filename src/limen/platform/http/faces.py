"""What a context shows the world."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from limen.kernel.routes import Route
from limen.platform.http.messages import Handler


@dataclass(frozen=True, slots=True)
class Task:
    """Background work of one process: `run` is awaited again and again, `every` apart.

    An error is logged and counted, and the next turn comes as usual.
    """

    name: str
    every: timedelta
    run: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Faces:
    """Routes, with a handler for each operation, and background tasks."""

    routes: tuple[Route, ...] = ()
    handlers: Mapping[str, Handler] = field(default_factory=dict[str, Handler])
    tasks: tuple[Task, ...] = ()
