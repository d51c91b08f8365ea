"""Where a request came from: the real client address behind proxies we were told to believe."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

Network = IPv4Network | IPv6Network
Raw = Sequence[tuple[bytes, bytes]]
_LONGEST = 64  # characters of an address, with its zone


class Proxies:
    """Trusted proxies, none by default: only then are forwarding headers believed (A071)."""

    def __init__(self, cidrs: Sequence[str]) -> None:
        self._networks = [ip_network(cidr) for cidr in cidrs]
        self._known = lru_cache(maxsize=1024)(self._read)  # the networks never change

    def _read(self, address: str) -> tuple[str, bool] | None:
        """Return an address in its one spelling, and whether we trust it; None if it is none."""
        try:
            ip = ip_address(address)
        except ValueError:
            return None
        return str(ip), any(ip in network for network in self._networks)

    def _trusts(self, address: str) -> bool:
        known = self._known(address)
        return known is not None and known[1]

    def is_trusted(self, scope: Mapping[str, Any]) -> bool:
        """Whether the other end of the connection is a proxy that we believe."""
        return bool(self._networks) and self._trusts((scope.get("client") or ("",))[0])

    def client(self, scope: Mapping[str, Any]) -> str:
        """Return the address of the right-most hop that is not a trusted proxy."""
        peer: str = (scope.get("client") or ("",))[0]
        if not self._networks or not self._trusts(peer):
            return peer
        address = peer
        for hop in reversed(_forwarded_for(scope["headers"])):
            known = self._known(hop) if len(hop) <= _LONGEST else None
            if known is None:
                return address
            address, is_trusted = known
            if not is_trusted:
                return address
        return address

    def scheme(self, scope: Mapping[str, Any]) -> str:
        peer: str = (scope.get("client") or ("",))[0]
        if self._networks and self._trusts(peer):
            for name, value in scope["headers"]:
                if name == b"x-forwarded-proto" and value in (b"http", b"https"):
                    return value.decode()
        return scope["scheme"]


def _forwarded_for(headers: Raw) -> list[str]:
    hops: list[str] = []
    for name, value in headers:
        if name == b"x-forwarded-for":
            hops += [hop.strip() for hop in value.decode("latin-1").split(",")]
        elif name == b"forwarded":
            hops += _rfc7239_for(value.decode("latin-1"))
    return hops


def _rfc7239_for(value: str) -> list[str]:
    """Return the `for` of each element of a Forwarded header (RFC 7239 §4)."""
    found: list[str] = []
    for element in value.split(","):
        for pair in element.split(";"):
            name, _, content = pair.strip().partition("=")
            if name.lower() == "for":
                node = content.strip('"')
                closing = node.find("]")
                found.append(node[1:closing] if node.startswith("[") else node.split(":")[0])
    return found


def bucket(address: str) -> str:
    """Return what limits count as one client: an IPv4 address, an IPv6 /64."""
    if ":" not in address:
        return address
    try:
        return str(ip_network(f"{address}/64", strict=False))
    except ValueError:
        return address
