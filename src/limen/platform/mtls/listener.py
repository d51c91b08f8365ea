"""The listener for clients with certificates: the same application, behind TLS of our own."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from email.utils import formatdate
from functools import partial
from multiprocessing import parent_process
from typing import Any, Final

from limen.kernel.errors import StartRefused
from limen.platform.mtls.certificates import CHAIN, PEER
from limen.platform.mtls.settings import MtlsSettings

_log = logging.getLogger("limen.server")
_GRACE: Final = 10.0  # seconds for requests in flight
App = Callable[[Any, Any, Any], Awaitable[None]]


class NoTls(StartRefused):
    """The listener has no usable certificate or key, or its port is taken."""


class Listener:
    """`options` are uvicorn's for the other listener of this process; host and port are ours."""

    def __init__(self, settings: MtlsSettings, app: App, options: Mapping[str, Any]) -> None:
        self._settings, self._app = settings, app
        self._options = dict(options)
        self._server: asyncio.Server | None = None
        self._state: Any = None
        self._ticking: asyncio.TimerHandle | None = None

    @property
    def port(self) -> int:
        """The port that is listened on; 0 before `start`."""
        return self._server.sockets[0].getsockname()[1] if self._server else 0

    async def start(self) -> None:
        """Raises NoTls."""
        from OpenSSL import SSL

        from limen.platform.mtls.terminator import Terminator, server_context

        settings = self._settings
        try:
            context = server_context(str(settings.certificate_file), str(settings.key_file))
        except SSL.Error as error:
            files = f"{settings.certificate_file} and {settings.key_file}"
            raise NoTls(f"mtls: {files} are no certificate (PEM) and its key") from error
        make = self._inner()
        try:
            self._server = await asyncio.get_running_loop().create_server(
                lambda: Terminator(context, make),
                settings.host,
                settings.port or 0,
                backlog=self._options.get("backlog", 100),
                reuse_port=parent_process() is not None,  # every worker process listens
            )
        except OSError as error:
            raise NoTls(f"mtls: port {settings.port}: {error.strerror or error}") from error
        _log.info("listening for certificates", extra={"port": self.port})

    def _inner(self) -> Callable[[bytes | None, tuple[bytes, ...]], Any]:
        import uvicorn
        from uvicorn.server import ServerState

        options: dict[str, Any] = {**self._options, "lifespan": "off"}
        config = uvicorn.Config(self._app, **options)
        config.load()
        self._state = state = ServerState()
        self._tick()
        protocol: Any = config.http_protocol_class

        def make(certificate: bytes | None, chain: tuple[bytes, ...]) -> Any:
            made = protocol(config=config, server_state=state, app_state={})
            made.app = partial(_with, certificate, chain, made.app)
            return made

        return make

    def _tick(self) -> None:
        """Keep the Date header right; uvicorn does the same for its own listener."""
        self._state.default_headers = [(b"date", formatdate(usegmt=True).encode())]
        self._ticking = asyncio.get_running_loop().call_later(1, self._tick)

    async def stop(self) -> None:
        """Finish the requests in flight, as long as that takes no longer than 10 s."""
        if self._server is None:
            return
        self._server.close()
        if self._ticking is not None:
            self._ticking.cancel()
        for connection in list(self._state.connections):
            connection.shutdown()
        if self._state.tasks:
            await asyncio.wait(self._state.tasks, timeout=_GRACE)


async def _with(
    certificate: bytes | None,
    chain: tuple[bytes, ...],
    app: App,
    scope: Any,
    receive: Any,
    send: Any,
) -> None:
    scope[PEER], scope[CHAIN] = certificate, chain
    await app(scope, receive, send)
