"""Listening: uvicorn around the door, with background work beside it."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from typing import Any

from limen.app import App, compose, open_store
from limen.kernel.errors import StartRefused
from limen.platform.config import Config
from limen.platform.db import OpenDatabase
from limen.platform.http.protocol import Protocol
from limen.platform.mtls.listener import Listener
from limen.platform.mtls.settings import MtlsSettings
from limen.platform.tasks import Tasks
from limen.platform.telemetry import logs

_log = logging.getLogger("limen.server")
_WITH_WORKER, _ONLY = "_LIMEN_WITH_WORKER", "_LIMEN_ONLY"  # from the parent to its workers
GRACE = 25  # seconds in which requests in flight are finished


class Application:
    """The ASGI application: opens the store at start-up, closes it after the last answer."""

    def __init__(
        self,
        config: Config,
        *,
        with_worker: bool,
        only: frozenset[str] | None = None,
        started: "Callable[[App], Any] | None" = None,
    ) -> None:
        self._only = only
        self._config = config
        self._with_worker = with_worker
        self._started = started
        self._database: OpenDatabase | None = None
        self._tasks: Tasks | None = None
        self._listener: Listener | None = None
        self.app: App | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and self.app is not None:
            await self.app.door(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})

    async def _lifespan(self, receive: Any, send: Any) -> None:
        await receive()
        try:
            await self._start()
        except StartRefused as refused:
            _log.error("%s", refused)
            await send({"type": "lifespan.startup.failed", "message": ""})
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the server does not start
            _log.exception("cannot start")
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _start(self) -> None:
        self._database = await open_store(self._config)
        self.app = app = compose(self._config, self._database, only=self._only)
        await app.begin()
        tasks = [task for task in app.tasks if task.everywhere or self._with_worker]
        self._tasks = Tasks(tasks)
        self._tasks.start()
        settings = self._config.section("mtls", MtlsSettings)
        if settings.port is not None:
            self._listener = Listener(settings, self, _options(settings.host, settings.port))
            await self._listener.start()
        if self._started is not None:
            await self._started(app)

    async def _stop(self) -> None:
        if self._listener is not None:
            await self._listener.stop()
        if self._tasks is not None:
            await self._tasks.stop()
        if self.app is not None:
            await self.app.end()
        if self._database is not None:
            await self._database.aclose()


def dev(config: Config, *, host: str, port: int, reload: bool, browser: bool) -> None:
    """Serve on this machine with demo data, and print where to go."""
    from limen.composition.welcome import welcome

    async def started(app: App) -> None:
        await welcome(app, browser=browser)

    _run(config, host=host, port=port, with_worker=True, reload=reload, started=started)


def serve(
    config: Config,
    *,
    host: str,
    port: int,
    workers: int,
    only: frozenset[str] | None,
    with_worker: bool,
) -> None:
    """Serve until stopped."""
    if workers > 1:
        _run_many(config, host=host, port=port, workers=workers, only=only, with_worker=with_worker)
    else:
        _run(config, host=host, port=port, only=only, with_worker=with_worker)


def work(config: Config) -> None:
    """Do the background work alone, until stopped."""
    logs.configure(config.log.format)
    asyncio.run(_work(config))


async def _work(config: Config) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    database = await open_store(config)
    app = compose(config, database)
    await app.begin()
    tasks = Tasks(app.tasks)
    tasks.start()
    await stop.wait()
    await tasks.stop()
    await app.end()
    await database.aclose()


def _options(host: str, port: int) -> dict[str, Any]:
    return {
        "host": host,
        "port": port,
        "loop": "uvloop",
        "http": Protocol,
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "proxy_headers": False,
        "server_header": False,
        "timeout_graceful_shutdown": GRACE,
        "timeout_keep_alive": 75,
        "backlog": 2048,
    }


def _run(
    config: Config,
    *,
    host: str,
    port: int,
    with_worker: bool,
    only: frozenset[str] | None = None,
    reload: bool = False,
    started: "Callable[[App], Any] | None" = None,
) -> None:
    import uvicorn

    logs.configure(config.log.format)
    if reload:
        uvicorn.run("limen.server:from_environment", factory=True, reload=True,
                    reload_dirs=["src"], **_options(host, port))  # fmt: skip
        return
    application = Application(config, with_worker=with_worker, only=only, started=started)
    server = uvicorn.Server(uvicorn.Config(application, **_options(host, port)))
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        raise SystemExit(1)


def _run_many(
    config: Config,
    *,
    host: str,
    port: int,
    workers: int,
    only: frozenset[str] | None,
    with_worker: bool,
) -> None:
    import os

    import uvicorn

    logs.configure(config.log.format)
    os.environ[_WITH_WORKER] = "1" if with_worker else ""
    os.environ[_ONLY] = ",".join(sorted(only or ()))
    uvicorn.run("limen.server:from_environment", factory=True, workers=workers,
                **_options(host, port))  # fmt: skip


def from_environment() -> Application:
    """Make the application in a process of its own; settings are read there once more."""
    import os

    from limen.platform.config import load

    with_worker = bool(os.environ.get(_WITH_WORKER))
    only = frozenset(filter(None, os.environ.get(_ONLY, "").split(","))) or None
    config = load()
    logs.configure(config.log.format)
    return Application(config, with_worker=with_worker, only=only)
