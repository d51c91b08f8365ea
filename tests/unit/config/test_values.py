"""Text and TOML values into what a setting's type says."""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.platform.config.core import Network
from limen.platform.config.values import convert, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15m", 900), ("30d", 2_592_000), ("12h", 43_200), ("90s", 90), ("1h30m", 5_400), ("2w", 1_209_600),
     ("250ms", 0.25), ("0s", 0)],
)  # fmt: skip
def test_durations_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "15", "m", "15 minutes please", "-5m", "1y", "5m!"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 30s, 15m, 12h or 30d"):
        parse_duration(text)


@given(st.integers(min_value=0, max_value=10**8))
def test_a_written_duration_reads_as_the_same(seconds: int) -> None:
    duration = timedelta(seconds=seconds)
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("true", bool, True),
        ("Off", bool, False),
        (True, bool, True),
        ("17", int, 17),
        (17, int, 17),
        ("1.5", float, 1.5),
        ("a", str, "a"),
        ("x/y", Path, Path("x/y")),
        ("", str | None, None),
        ("a", str | None, "a"),
        ("a, b,c", tuple[str, ...], ("a", "b", "c")),
        (["a", "b"], tuple[str, ...], ("a", "b")),
        (
            "10.0.0.0/8,::1/128",
            tuple[Network, ...],
            (ip_network("10.0.0.0/8"), ip_network("::1/128")),
        ),
        ("json", Literal["auto", "json"], "json"),
        ("1,2", frozenset[int], frozenset({1, 2})),
    ],
)
def test_values_become_what_the_type_says(value: object, kind: object, expected: object) -> None:
    assert convert(value, kind) == expected


@pytest.mark.parametrize(
    ("value", "kind"),
    [("maybe", bool), (2.5, int), (True, int), ("x", float), (7, str), ("300.1", tuple[Network, ...]),
     ("xml", Literal["auto", "json"]), ("10.0.0.1/8", tuple[Network, ...])],
)  # fmt: skip
def test_other_values_are_refused(value: object, kind: object) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        convert(value, kind)
