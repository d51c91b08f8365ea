"""What a context shows the world."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from limen.kernel.routes import Route
from limen.kernel.uow import Reader
from limen.platform.http.messages import Handler

FindOwner = Callable[[Reader, UUID], Awaitable[UUID | None]]
"""Returns the person to whom the thing of this id belongs, None for what does not exist."""


@dataclass(frozen=True, slots=True)
class Task:
    """Background work of one process: `run` is awaited again and again, `every` apart.

    An error is logged and counted, and the next turn comes as usual.  `everywhere` marks
    what each serving process needs for itself (caches); the rest is the worker's.  A set
    `wake` brings the next turn forward.
    """

    name: str
    every: timedelta
    run: Callable[[], Awaitable[None]]
    everywhere: bool = False
    wake: asyncio.Event | None = None


@dataclass(frozen=True, slots=True)
class Faces:
    """Routes, with a handler for each operation, background tasks, and who finds owners."""

    routes: tuple[Route, ...] = ()
    handlers: Mapping[str, Handler] = field(default_factory=dict[str, Handler])
    tasks: tuple[Task, ...] = ()
    owners: Mapping[str, FindOwner] = field(default_factory=dict[str, FindOwner])
