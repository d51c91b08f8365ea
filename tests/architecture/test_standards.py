"""The page of standards: how names and sections are read, and that nothing is unlisted."""

import pytest
from standards import Standards, problems


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("RFC 9449 §4.3, §5", [("RFC 9449", ""), ("RFC 9449", "4.3"), ("RFC 9449", "5")]),
        ("(CIBA Core §7.1).", [("CIBA", ""), ("CIBA", "7.1")]),
        ("Core §8.1 and the core", [("OpenID Connect Core", ""), ("OpenID Connect Core", "8.1")]),
        ("security.md §2A", []),
        ("RFC 9999 §1", [("RFC 9999", ""), ("RFC 9999", "1")]),
        ("nothing but §2", [("§2", "2")]),
    ],
)
def test_a_section_belongs_to_the_standard_before_it(
    text: str, found: list[tuple[str, str]]
) -> None:
    """Names of pages of ours have sections of their own."""
    assert Standards().named(text) == found


def test_every_listed_standard_has_a_test_and_every_named_one_is_listed() -> None:
    assert problems() == []
