"""Redirect URIs: what may be registered, and what matches.

RFC 8252 §7, RFC 9700 §2.1.
"""

import pytest

from limen.oauth.model.redirects import (
    assures_identity,
    matches,
    origin_of,
    refusal_of,
    refusal_of_origin,
)

GOOD = [
    ("https://app.example/callback", "web"),
    ("https://app.example", "web"),
    ("https://app.example/cb?keep=1", "web"),
    ("https://app.example:8443/cb", "spa"),
    ("http://localhost:3000/cb", "web"),
    ("http://127.0.0.1/cb", "native"),
    ("http://[::1]:8080/cb", "native"),
    ("com.example.app:/oauth", "native"),
    ("com.example.app://oauth/cb", "native"),
    ("https://xn--bcher-kva.example/cb", "web"),
    ("https://[2001:db8::1]/cb", "web"),
]

BAD = [
    ("", "web"),
    ("/callback", "web"),
    ("//app.example/cb", "web"),
    ("app.example/cb", "web"),
    ("https:app.example", "web"),
    ("https:///cb", "web"),
    ("https://", "web"),
    ("HTTPS://app.example/cb", "web"),
    ("https://App.example/cb", "web"),
    ("https://app.example/cb#x", "web"),
    ("https://app.example/cb#", "web"),
    ("https://user:pw@app.example/cb", "web"),
    ("https://app.example@evil.test/cb", "web"),
    ("https://*.app.example/cb", "web"),
    ("https://app.example/a/../b", "web"),
    ("https://app.example/%2e%2e/b", "web"),
    ("https://app.example\\@evil.test/", "web"),
    ("https://app.example/c b", "web"),
    ("https://app.example/\tcb", "web"),
    ("https://äpp.example/cb", "web"),
    ("https://app.example:0/cb", "web"),
    ("https://app.example:99999/cb", "web"),
    ("https://app.example:x/cb", "web"),
    ("https://app.example/?code=1", "web"),
    ("https://app.example/?%63ode=1", "web"),
    ("https://app.example/?a=1&state=2", "web"),
    ("https://app.example/?iss=x", "web"),
    ("https://app.example/?error=x", "web"),
    ("https://app.example/?id_token=x", "web"),
    ("http://app.example/cb", "web"),
    ("http://localhost.evil.test/cb", "web"),
    ("http://127.0.0.2/cb", "web"),
    ("com.example.app:/cb", "web"),
    ("com.example.app:/cb", "spa"),
    ("myapp:/cb", "native"),
    ("com.example.app:", "native"),
    ("javascript:alert(1)", "native"),
    ("data:text/html,x", "native"),
    ("file:///etc/passwd", "native"),
    ("vbscript:x", "native"),
    ("https://app.example/" + "x" * 2048, "web"),
]


@pytest.mark.parametrize(("uri", "kind"), GOOD)
def test_what_may_be_registered(uri: str, kind: str) -> None:
    """R002, R059: https, http on a loopback address, a domain name in reverse."""
    assert refusal_of(uri, kind) is None


@pytest.mark.parametrize(("uri", "kind"), BAD)
def test_what_may_not_be_registered(uri: str, kind: str) -> None:
    """R002, R057, R059, A001, A003, A005, A113: each refused with a reason."""
    assert refusal_of(uri, kind)


def test_only_the_port_of_a_native_loopback_may_vary() -> None:
    """R001, RFC 8252 §7.3: host, path and query stay; other clients get no such freedom."""
    registered = ["http://127.0.0.1/cb?x=1", "http://[::1]:80/cb"]
    for port in ("", ":1", ":49152", ":65535"):
        assert matches(f"http://127.0.0.1{port}/cb?x=1", registered, "native")
        assert matches(f"http://[::1]{port}/cb", registered, "native")
        assert not matches(f"http://localhost{port}/cb?x=1", registered, "native")
        assert not matches(f"http://127.0.0.1{port}/cb", registered, "native")
    for wrong in (":0", ":65536", ":99999", ":080", ":-1", ":1:2", ":", ":1@evil.test"):
        assert not matches(f"http://127.0.0.1{wrong}/cb?x=1", registered, "native")
    for other in ("web", "spa"):
        assert not matches("http://127.0.0.1:1/cb?x=1", registered, other)
        assert matches("http://127.0.0.1/cb?x=1", registered, other)


def test_nothing_matches_an_empty_list() -> None:
    """A001: no first use is ever learned."""
    assert not matches("https://app.example/cb", [], "web")
    assert not matches("", [], "native")


@pytest.mark.parametrize(
    "origin",
    ["https://app.example/", "https://app.example/x", "http://app.example", "null", "*",
     "https://*.example", "com.example.app:/x", ""],
)  # fmt: skip
def test_an_origin_is_scheme_host_and_port(origin: str) -> None:
    """Contract: CORS is for exact origins."""
    assert refusal_of_origin(origin)
    assert refusal_of_origin("https://app.example") is None
    assert refusal_of_origin("http://localhost:5173") is None


def test_what_proves_whom_an_answer_reaches() -> None:
    """R013, RFC 8252 §8.6: https alone."""
    assert assures_identity("https://app.example/cb")
    assert not assures_identity("http://127.0.0.1/cb")
    assert not assures_identity("com.example.app:/cb")


def test_the_source_for_form_action() -> None:
    """A113: the exact origin, or the scheme where there is none."""
    assert origin_of("https://app.example:8443/cb?x=1") == "https://app.example:8443"
    assert origin_of("com.example.app:/cb") == "com.example.app:"
