"""What handlers see of a request: read once and strictly."""

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.kernel.errors import Invalid, Malformed
from limen.platform.http import messages
from limen.platform.http.messages import (
    RepeatedParameter,
    Request,
    decode_json,
    parse_form,
)


class Body(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: str
    tags: list[str] = []


def request(*headers: tuple[bytes, bytes]) -> Request:
    scope = {"method": "GET", "path": "/", "query_string": b"", "scheme": "http"}
    return Request({**scope, "headers": list(headers)}, None)  # type: ignore[arg-type]


def test_a_repeated_parameter_is_refused_and_an_empty_one_is_absent() -> None:
    """R007, A005: repeated = error, empty = omitted."""
    with pytest.raises(RepeatedParameter):
        parse_form(b"a=1&a=1")
    with pytest.raises(RepeatedParameter):
        parse_form(b"a=1&a=")
    assert parse_form(b"a=&b=x+y%21") == {"b": "x y!"}


def test_too_many_or_unreadable_parameters_are_refused() -> None:
    """A121: 10^5 form fields; bytes that are no UTF-8."""
    with pytest.raises(Malformed):
        parse_form(b"&".join(b"f%d=1" % n for n in range(100_000)))
    with pytest.raises(Malformed):
        parse_form(b"a=%ff%fe")
    with pytest.raises(Malformed):
        parse_form("a=é".encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_parameters_or_refused(encoded: bytes) -> None:
    try:
        found = parse_form(encoded)
    except Malformed:
        return
    assert all(name is not None and value for name, value in found.items())


def test_unknown_and_wrong_fields_are_named() -> None:
    """R138, A083: unknown body fields are refused everywhere."""
    with pytest.raises(Invalid) as refused:
        decode_json(b'{"name":"x","admin":true}', Body, "application/json")
    assert refused.value.errors[0].field == "admin"
    with pytest.raises(Invalid) as refused:
        decode_json(b'{"name":"x","tags":[1]}', Body, "application/json; charset=utf-8")
    assert refused.value.errors[0].field == "tags[0]"
    with pytest.raises(Invalid) as refused:
        decode_json(b"{}", Body, "application/json")
    assert refused.value.errors[0].field == "name"


def test_json_that_is_none_or_too_deep_is_malformed() -> None:
    """A121, R138: 10^5-deep JSON, other content types."""
    for body in (b"", b"{", b"\xff", b"[" * 100_000, b'{"name":' + b"[" * 40 + b"]" * 40 + b"}"):
        with pytest.raises(Malformed):
            decode_json(body, Body, "application/json")
    with pytest.raises(Malformed):
        decode_json(b'{"name":"x"}', Body, "text/plain")
    braces = b'{"name":"' + b"{" * 200 + b'"}'
    assert decode_json(braces, Body, "application/json").name == "{" * 200


def test_of_repeated_cookies_none_is_believed() -> None:
    """A039: malformed and duplicated cookies."""
    found = request((b"cookie", b"a=1; b=2; a=3"), (b"cookie", b"c=4; broken")).cookies
    assert found == {"b": "2", "c": "4"}


def test_a_repeated_header_is_refused() -> None:
    """A125: two Authorization headers are no choice for us to make."""
    twice = request((b"authorization", b"Bearer x"), (b"authorization", b"Bearer y"))
    with pytest.raises(Malformed):
        twice.header(b"authorization")
    assert request().header(b"authorization") is None


async def test_a_body_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A121, F32: 1 byte a second ends with 408, and what was promised is not waited for."""
    monkeypatch.setattr(messages, "BODY_WITHIN", 0.05)

    async def drip() -> dict[str, object]:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    with pytest.raises(messages.TooSlow):
        await messages._read(drip, 1000)


async def test_a_body_in_pieces_is_whole_or_too_large() -> None:
    """A121: what is over the limit is refused before it is all there."""

    def pieces(*parts: bytes) -> Any:
        left = list(parts)

        async def receive() -> dict[str, object]:
            part = left.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(left)}

        return receive

    assert await messages._read(pieces(b"ab", b"cd"), 4) == b"abcd"
    for parts in ((b"abcde",), (b"ab", b"cde"), (b"abcde", b"never read")):
        with pytest.raises(messages.TooLarge):
            await messages._read(pieces(*parts), 4)
