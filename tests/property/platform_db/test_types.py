"""Whatever a column type takes, both stores keep and give back exactly."""

import string
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from limen.platform.db.query import POSTGRESQL, SQLITE
from limen.platform.db.types import Id, Instant, Json, Span, instant, microseconds

zones = st.timedeltas(min_value=timedelta(hours=-23), max_value=timedelta(hours=23)).map(
    lambda offset: timezone(timedelta(minutes=offset // timedelta(minutes=1)))
)
instants = st.datetimes(
    min_value=datetime(1, 1, 3),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(9999, 12, 29),  # noqa: DTZ001 - likewise
    timezones=zones,
)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(string.ascii_letters), inner),
)


def there_and_back(kind: Any, value: object) -> list[object]:
    """The value as each store gives it back, its driver being faithful."""
    found: list[object] = []
    for dialect in (POSTGRESQL, SQLITE):
        impl = kind.dialect_impl(dialect)
        kept, given = impl.bind_processor(dialect), impl.result_processor(dialect, None)
        inside = kept(value) if kept else value
        found.append(given(inside) if given else inside)
    return found


@given(instants)
def test_instants(value: datetime) -> None:
    for found in there_and_back(Instant(), value):
        assert found == value
    back = instant(microseconds(value))
    assert back == value
    assert back.tzinfo is UTC


@given(instants, instants)
def test_instants_keep_their_order(one: datetime, other: datetime) -> None:
    assert (one < other) == (microseconds(one) < microseconds(other))


@given(st.uuids())
def test_ids(value: UUID) -> None:
    assert there_and_back(Id(), value) == [value, value]


@given(documents)
def test_documents(value: Any) -> None:
    assert there_and_back(Json(), value) == [value, value]


@given(st.timedeltas())
def test_spans(value: timedelta) -> None:
    kept = Span().dialect_impl(SQLITE).bind_processor(SQLITE)
    assert kept is not None
    assert timedelta(microseconds=kept(value)) == value


def test_nothing_is_nothing() -> None:
    for kind in (Id(), Instant(), Json()):
        assert there_and_back(kind, None) == [None, None]


def test_structs_are_documents() -> None:
    class Point(msgspec.Struct):
        x: int

    assert there_and_back(Json(), Point(1)) == [{"x": 1}] * 2
