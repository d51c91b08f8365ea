"""User codes: how hard to guess, how easy to type."""

from datetime import timedelta
from math import log2

from limen.oauth.decoupled.polling import slower
from limen.oauth.device.model import (
    ALPHABET,
    LENGTH,
    new_user_code,
    read_user_code,
    seen_as,
    show_user_code,
)


def test_a_code_has_more_than_twenty_bits_and_no_look_alikes() -> None:
    """R058, R085: 34 bits, and nothing that a person could read as something else."""
    assert LENGTH * log2(len(ALPHABET)) > 34
    assert not set("01258OIAEUYS") & set(ALPHABET) - {"S"}
    assert not set("AEIOUY") & set(ALPHABET)
    codes = {new_user_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert set("".join(codes)) == set(ALPHABET)


def test_case_spaces_and_dashes_do_not_matter() -> None:
    """RFC 8628 §6.1."""
    for typed in (
        "BCDFGHJK", "BCDF-GHJK", "bcdf-ghjk", " b c d f – g h j k ", "BCDF\u2014GHJK", "bcdfghjk",
        "ＢＣＤＦ－ＧＨＪＫ",
    ):  # fmt: skip
        assert read_user_code(typed) == "BCDFGHJK", typed
    assert read_user_code(show_user_code("BCDFGHJK")) == "BCDFGHJK"
    assert show_user_code("BCDFGHJK") == "BCDF-GHJK"


def test_what_is_no_code_is_none() -> None:
    for typed in (
        "",
        "BCDF",
        "BCDFGHJKL",
        "BCDFGHJA",
        "BCDFGHJ0",
        "B" * 5000,
        "<svg>1234",
        "BCDF\0GHJ",
    ):
        assert read_user_code(typed) is None, typed


def test_each_hurry_costs_five_seconds_up_to_a_minute() -> None:
    """RFC 8628 §3.5."""
    interval = timedelta(seconds=5)
    assert slower(interval) == timedelta(seconds=10)
    for _ in range(50):
        interval = slower(interval)
    assert interval == timedelta(minutes=1)


def test_a_device_is_shown_harmlessly() -> None:
    """A115: no control or direction characters, and no novel."""
    assert seen_as("TV/1.0 (Living room)") == "TV/1.0 (Living room)"
    assert seen_as("TV\u202e\x00\x1b[2J") == "TV[2J"
    assert len(seen_as("x" * 5000) or "") == 160
    assert seen_as("\u202e") is None
    assert seen_as(None) is None
