"""What a backchannel request may say, and that its answer tells nothing by its time."""

import unicodedata
from datetime import timedelta
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.oauth.ciba.errors import InvalidBindingMessage
from limen.oauth.ciba.http import unhurried
from limen.oauth.ciba.model import fault_of_code, message_of


def reads(text: str) -> bool:
    try:
        return message_of(text) == text
    except InvalidBindingMessage:
        return False


@pytest.mark.parametrize(
    "text", ["W4SCT", "Pay 12.50 € to Zoë", "שלום 42", "支払い", "é", "é", "🙂"]
)
def test_what_people_can_compare_is_shown(text: str) -> None:
    assert reads(text)


@pytest.mark.parametrize(
    "text",
    ["", " x", "x ", "a  b", "a\tb", "a\nb", "a\u2028b", "a\u00a0b", "\u202eabc", "a\u200bb", "\ufeffa",
     "x\u0301\u0301\u0301", "a\x00", "x" * 101, "\u20dd", "see https://evil.example", "WWW.evil.example"],
)  # fmt: skip
def test_what_hides_or_reorders_is_not(text: str) -> None:
    """A115: control, format and direction characters, invisible and stacked ones."""
    assert not reads(text)


@given(st.text(max_size=120))
def test_a_message_is_kept_whole_or_refused(text: str) -> None:
    """A115: and what is kept has neither hidden characters nor more than one line."""
    if reads(text):
        assert 0 < len(text) <= 100 and text == " ".join(text.split())
        assert not any(unicodedata.category(c).startswith("C") for c in text)


def test_a_code_of_ones_own() -> None:
    """R085."""
    assert fault_of_code("71-brass") is None
    for weak in (
        "12345",
        "111111",
        "123456",
        "654321",
        "ababab",
        "x" * 65,
        " abcdef",
        "ab\u200bcdef",
    ):
        assert fault_of_code(weak) is not None, weak


async def test_the_answer_to_a_hint_takes_its_time() -> None:
    """A063: known and unknown people are answered no sooner than the floor."""
    before = perf_counter()
    async with unhurried(timedelta(milliseconds=4)):
        pass
    assert perf_counter() - before >= 0.004
    before = perf_counter()
    with pytest.raises(LookupError):
        async with unhurried(timedelta(milliseconds=4)):
            raise LookupError
    assert perf_counter() - before >= 0.004
