"""Whose address counts."""

from typing import Any

from limen.platform.http.origin import Proxies, bucket


def scope(peer: str, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"client": (peer, 1), "scheme": "http", "headers": list(headers)}


def test_nobody_is_believed_by_default() -> None:
    """A071, A025: forwarding headers of an untrusted peer are ignored."""
    spoofed = scope(
        "203.0.113.9",
        (b"x-forwarded-for", b"10.0.0.1"),
        (b"forwarded", b"for=10.0.0.2"),
        (b"x-forwarded-proto", b"https"),
    )
    for proxies in (Proxies([]), Proxies(["192.0.2.0/24"])):
        assert proxies.client(spoofed) == "203.0.113.9"
        assert proxies.scheme(spoofed) == "http"


def test_the_right_most_untrusted_hop_counts() -> None:
    """A071: what a client writes to the left of it is not believed."""
    proxies = Proxies(["192.0.2.0/24"])
    behind = scope("192.0.2.1", (b"x-forwarded-for", b"1.1.1.1, 203.0.113.9, 192.0.2.7"))
    assert proxies.client(behind) == "203.0.113.9"
    rfc7239 = scope("192.0.2.1", (b"forwarded", b'for="[2001:db8::1]:99";proto=https'))
    assert proxies.client(rfc7239) == "2001:db8::1"
    broken = scope("192.0.2.1", (b"x-forwarded-for", b"203.0.113.9, unknown"))
    assert proxies.client(broken) == "192.0.2.1"


def test_an_ipv6_network_is_one_client() -> None:
    """A071: IPv6 is bucketed by /64."""
    assert bucket("2001:db8::1") == bucket("2001:db8::ffff")
    assert bucket("2001:db8::1") != bucket("2001:db8:0:1::1")
    assert bucket("203.0.113.9") == "203.0.113.9"
