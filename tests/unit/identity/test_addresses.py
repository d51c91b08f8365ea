"""E-mail addresses: one mailbox, normalised before it is looked at."""

import pytest

from limen.identity.model.addresses import find_address, parse_address
from limen.kernel.errors import Invalid

GOOD = {
    "ada@example.com": ("ada@example.com", "ada@example.com"),
    "  ada@example.com ": ("ada@example.com", "ada@example.com"),
    "Ada.Love-Lace+x@Example.COM": ("Ada.Love-Lace+x@example.com", "ada.love-lace+x@example.com"),
    "o'hara!#$%&*/=?^_`{|}~-@example.co.uk": (
        "o'hara!#$%&*/=?^_`{|}~-@example.co.uk", "o'hara!#$%&*/=?^_`{|}~-@example.co.uk",
    ),
    "käthe@müller.example": ("käthe@xn--mller-kva.example", "käthe@xn--mller-kva.example"),
    "ka\u0308the@mu\u0308ller.example": (
        "käthe@xn--mller-kva.example", "käthe@xn--mller-kva.example",
    ),
    "KÄTHE@MÜLLER.example": ("KÄTHE@xn--mller-kva.example", "käthe@xn--mller-kva.example"),
    "用户@例え.テスト": ("用户@xn--r8jz45g.xn--zckzah", "用户@xn--r8jz45g.xn--zckzah"),
    "a@xn--mller-kva.example": ("a@xn--mller-kva.example", "a@xn--mller-kva.example"),
    "a@1.example": ("a@1.example", "a@1.example"),
}  # fmt: skip

BAD = [
    "", " ", "@", "a", "a@", "@b.example", "a@b", "a@@b.example", "a@b@c.example",
    "a@x.example,b@y.example", "a@x.example;b@y.example", "a@x.example b@y.example",
    "a@x.example\r\nBcc: b@y.example", "a@x.example\n", "\ta@x.example", "a\0@x.example",
    "a@x.exam\0ple", "a＠x.example", "a@x．example", "ａ@x.example", "ſ@x.example",
    '"a@b"@c.example', '"a"@c.example', "a b@c.example", "<a@c.example>", "Ada <a@c.example>",
    "a@c.example (Ada)", "a@c.example.", "a@.c.example", "a@c..example", ".a@c.example",
    "a.@c.example", "a..b@c.example", "a@-c.example", "a@c-.example", "a@c_d.example",
    "a@[192.0.2.1]", "a@192.0.2.1", "a@[IPv6:::1]", "a@c.123", "mailto:a@c.example",
    "a\u202eb@c.example", "a\u200bb@c.example", "a@c\u00ad.example", "a\ud800@c.example",
    "a@xn--.example", "a@xn--\u00e4.example", "a@ab--c.example", "a\\b@c.example",
    "a@" + "x" * 64 + ".example", "x" * 65 + "@c.example", "ä" * 33 + "@c.example",
    "a" * 64 + "@" + ".".join(["b" * 60] * 4), "a@" + "b." * 130 + "example", "x" * 300,
    "a@c.example" + " " * 2000, "1@1", "𝐚@c.example", "a@c。example",
]  # fmt: skip


@pytest.mark.parametrize("raw", GOOD)
def test_an_address_is_shown_and_compared_in_one_form(raw: str) -> None:
    """A057: NFC, IDNA, lower-case domain; compared case-folded, local part too."""
    found = parse_address(raw)
    assert (found.text, found.folded) == GOOD[raw]


@pytest.mark.parametrize("raw", BAD)
def test_what_is_not_one_plain_mailbox_is_refused(raw: str) -> None:
    """A057: lists, headers, look-alike @, quotes, display names, trailing dots, NUL, length."""
    with pytest.raises(Invalid) as refused:
        parse_address(raw)
    (error,) = refused.value.errors
    assert (error.field, error.code) == ("email", "email_invalid")


@pytest.mark.parametrize("raw", ["a@x．example", "a@c。example", "a@ｘ.example"])
def test_look_alike_dots_and_letters_of_a_domain_are_refused(raw: str) -> None:
    """A057: two spellings of a domain would be two parsers' chance."""
    assert find_address(raw) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.com", "ADA@EXAMPLE.COM"),
        ("straße@example.com", "STRASSE@example.com"),
        ("Σίσυφος@example.com", "ΣΊΣΥΦΟΣ@example.com"),
    ],
)
def test_case_makes_no_second_address(one: str, other: str) -> None:
    assert parse_address(one).folded == parse_address(other).folded
