"""Where forms may lead: own pages, from a list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.portal.model import BACK, NEXT, own_path


@pytest.mark.parametrize(
    "path", ["/account", "/account/sessions", "/demo", "/demo/callback?x=1&y=2", "/account?done=a"]
)
def test_own_pages_are_kept(path: str) -> None:
    assert own_path(path, NEXT) == path


@pytest.mark.parametrize(
    "path",
    [
        "//evil", "/\\evil", "\\\\evil", "/%09/evil", "https:/evil", "/%2f%2fevil", "http:///evil",
        "https://evil.example/account", "/account/../admin", "/account/./x", "/account//evil",
        "/account/%2e%2e/x", "/account\n", "/account\r\nset-cookie: a=b", "/account#x", "account",
        "/accounts", "/admin", "/signin", "/", "", "/account?next=https://evil",
        "/account?a=b:c", "javascript:alert(1)", "/acc\u00f6unt", "/account/" + "a" * 600,
        "/account@evil", "/account;x", " /account", "/account ",
    ],
)  # fmt: skip
def test_everything_else_is_not(path: str) -> None:
    """A011: `next` is never a way to another place."""
    assert own_path(path, NEXT) is None


def test_nothing_is_nothing() -> None:
    assert own_path(None, NEXT) is None


@given(st.text(max_size=40).map(lambda tail: "/" + tail))
def test_what_passes_stays_on_this_origin(path: str) -> None:
    """A011, for the family: whatever a browser makes of it, host and scheme are ours."""
    from urllib.parse import urljoin, urlsplit

    found = own_path(path, BACK)
    if found is not None:
        there = urlsplit(urljoin("https://id.example/signin", found))
        assert (there.scheme, there.netloc) == ("https", "id.example")
        assert there.path == found.partition("?")[0]
