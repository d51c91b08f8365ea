"""Connecting to addresses that were looked at, whatever the name resolves to by now."""

from collections.abc import Iterable, Sequence
from typing import cast

import httpcore

from limen.platform.fetch.targets import Address

_MOST = 3  # of a host's addresses are tried


class Pinned(httpcore.AsyncNetworkBackend):
    """Opens every connection to one of `addresses`; TLS keeps the host's name."""

    def __init__(self, addresses: Sequence[Address]) -> None:
        self._addresses = [str(address) for address in addresses[:_MOST]]
        self._network = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        del host  # resolved once, and not again
        *others, last = self._addresses
        for address in others:
            try:
                return await self._network.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(last, port, timeout, local_address, socket_options)
