"""Redirect URIs and scopes, for everything that hypothesis thinks of."""

from urllib.parse import parse_qs, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from limen.oauth.authorize.answers import Reply
from limen.oauth.errors import InvalidScope
from limen.oauth.model.redirects import matches, refusal_of
from limen.oauth.model.scopes import narrow

REGISTERED = (
    "https://app.example/cb", "https://app.example/cb?keep=1", "http://127.0.0.1/cb",
    "com.example.app:/cb",
)  # fmt: skip
KINDS = st.sampled_from(["web", "spa", "native"])
PIECES = st.lists(
    st.sampled_from([
        "https://", "http://", "app.example", "evil.test", "127.0.0.1", "localhost", "/cb", "/",
        "..", "%2e", "\\", "@", ":", "?", "#", "&", ";", "keep=1", "code=1", "8080", "\t", "com.",
        "javascript:", "*", "[::1]",
    ]),
    max_size=8,
).map("".join)  # fmt: skip
URIS = st.one_of(st.text(max_size=80), PIECES, st.sampled_from(REGISTERED))


@given(URIS, KINDS)
def test_what_matches_goes_where_something_registered_goes(uri: str, kind: str) -> None:
    """R001, A003, A007: the same host and path, whatever the parser of a browser does."""
    if not matches(uri, REGISTERED, kind):
        return
    parts = urlsplit(uri)
    there = {(p.scheme, p.hostname, p.path, p.query) for p in map(urlsplit, REGISTERED)}
    assert (parts.scheme, parts.hostname, parts.path, parts.query) in there
    assert "\\" not in uri
    assert "@" not in uri


@given(URIS, KINDS)
def test_what_may_be_registered_has_one_reading(uri: str, kind: str) -> None:
    """R002, A005: no fragment, no user, no backslash, no control character, no scheme of scripts."""
    if refusal_of(uri, kind) is not None:
        return
    parts = urlsplit(uri)
    assert uri.isascii()
    assert uri.isprintable()
    assert parts.fragment == ""
    assert "#" not in uri
    assert "\\" not in uri
    assert "@" not in parts.netloc
    assert parts.scheme in ("https", "http") or "." in parts.scheme
    assert parts.scheme != "http" or parts.hostname in ("localhost", "127.0.0.1", "::1")
    assert not {"code", "state", "iss", "error"} & set(parse_qs(parts.query))


@given(
    st.sampled_from(REGISTERED),
    st.dictionaries(st.sampled_from(["code", "error", "x"]), st.text(max_size=40), max_size=3),
    st.one_of(st.none(), st.text(min_size=1, max_size=60)),
)
def test_an_answer_stays_at_its_address(uri: str, content: dict[str, str], state: str) -> None:
    """A007, R002, R008: whatever is in it, the Location is the registered one and more query."""
    reply = Reply(uri, "query", state, "https://id.example.com")
    location = reply.location(reply._with(dict(content)))
    assert location.startswith(uri)
    assert location.isascii()
    assert not set("\r\n \t\\#") & set(location[len(uri) :])
    told = parse_qs(urlsplit(location).query, keep_blank_values=True)
    assert told["iss"] == ["https://id.example.com"]
    assert told.get("state") == (None if state is None else [state])


@given(st.sets(st.sampled_from("abcdef")), st.one_of(st.none(), st.sets(st.sampled_from("abcdef"))))
def test_narrowing_never_widens(held: set[str], asked: set[str] | None) -> None:
    """R031: the result is what was asked, and part of what is held."""
    try:
        result = set(narrow(sorted(held), None if asked is None else tuple(sorted(asked))))
    except InvalidScope:
        assert asked is not None
        assert asked - held
        return
    assert result <= held
    assert result == (held if asked is None else asked)
