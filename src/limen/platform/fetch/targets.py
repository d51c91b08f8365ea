"""Which addresses may be asked: decided on the parsed URL and on what its name resolves to.

A name is resolved once, every address of the answer is looked at, and the connection goes to
one of those (`pinned`), so that no second answer can lead elsewhere (DNS rebinding).
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from limen.platform.fetch.errors import FetchFailed

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

MAX_URL = 2048
_HOST = re.compile(
    r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
# Global by the registries, and yet a way to somewhere else or to a cloud's own service.
_REFUSED = tuple(
    ip_network(cidr)
    for cidr in (
        "192.0.0.0/24",  # protocol assignments (RFC 6890), and a cloud's metadata among them
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "168.63.129.16/32",  # a cloud's own endpoint inside its virtual networks
        "2001::/32",  # Teredo (RFC 4380)
        "2002::/16",  # 6to4 (RFC 3056)
    )
)
_UNICAST = ip_network("2000::/3")  # all that is assigned; NAT64 and mapped addresses are not
_LOOPBACK = ("127.0.0.0/8", "::1/128")


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed URL: `host` in lower case without brackets, `path` with its query."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def parse_target(url: str) -> Target:
    """Return the parts of an http or https URL that leaves nothing to interpret.

    Raises FetchFailed for user names, fragments, backslashes, numbers in place of an address
    (`http://2130706433`, `http://0x7f.1`), and anything that is not printable ASCII.
    """
    if (
        len(url) > MAX_URL
        or not url.isascii()
        or any(c <= " " or c in '\\"<>^`{|}\x7f' for c in url)
    ):
        raise FetchFailed("url", "characters or length")
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError as error:
        raise FetchFailed("url", "not parsed") from error
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or "#" in url:
        raise FetchFailed("url", "scheme, user name or fragment")
    bracketed = "[" in parts.netloc
    if parts.netloc.endswith(":") or port == 0 or bracketed != (":" in host) or not _is_host(host):
        raise FetchFailed("url", "host or port")
    secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(secure, host, port or (443 if secure else 80), path)


def _is_host(host: str) -> bool:
    if ":" in host:
        return "%" not in host and literal(host) is not None
    if literal(host) is not None:
        return True
    name = host.removesuffix(".")
    return bool(_HOST.fullmatch(name)) and not _NUMBER.fullmatch(name.rpartition(".")[2])


def literal(host: str) -> Address | None:
    """Return the address that `host` spells in the standard form, if it is one."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """True for an address on the internet that cannot stand for another one."""
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in network for network in _REFUSED)


class Admission:
    """Decides by the operator's allow-list; `loopback` is what dev mode adds to it."""

    def __init__(
        self, allow: Sequence[str], *, loopback: bool, resolve: Resolver | None = None
    ) -> None:
        entries = [*allow, *(_LOOPBACK if loopback else ())]
        self._networks = tuple(ip_network(e) for e in entries if "/" in e)
        self._hosts = frozenset(e.lower() for e in entries if "/" not in e)
        self._resolve = resolve or resolve_by_system

    async def admit(self, target: Target) -> list[Address]:
        """Return the addresses to connect to.  Raises FetchFailed."""
        if target.host in self._hosts:
            return await self._addresses(target)
        if target.secure and not (target.port == 443 or target.port >= 1024):
            raise FetchFailed("url", f"port {target.port}")
        if not target.secure and not self._networks:
            raise FetchFailed("url", "not https")
        found = await self._addresses(target)
        if all(self._is_allowed(address) for address in found):
            return found
        if not target.secure:
            raise FetchFailed("url", "not https")
        if not all(is_public(address) for address in found):
            raise FetchFailed("address", target.host)
        return found

    async def _addresses(self, target: Target) -> list[Address]:
        own = literal(target.host)
        if own is not None:
            return [own]
        try:
            found = [ip_address(text) for text in await self._resolve(target.host, target.port)]
        except (OSError, ValueError) as error:
            raise FetchFailed("dns", target.host) from error
        if not found:
            raise FetchFailed("dns", target.host)
        return found

    def _is_allowed(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


async def resolve_by_system(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver; each address once, in its order.  Raises OSError."""
    loop = asyncio.get_running_loop()
    answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]).partition("%")[0] for answer in answers))
