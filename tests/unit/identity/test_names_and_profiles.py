"""Usernames, identifiers and profiles."""

import pytest

from limen.identity.api import Address, Profile
from limen.identity.model.identifiers import fold_identifier, read_identifier
from limen.identity.model.profiles import check_profile
from limen.identity.model.usernames import parse_username
from limen.identity.views import OwnProfilePatch, ProfilePatch, patched
from limen.kernel.errors import Invalid


@pytest.mark.parametrize(
    ("raw", "text", "folded"),
    [
        ("ada", "ada", "ada"),
        ("Ada.Love_Lace-1815", "Ada.Love_Lace-1815", "ada.love_lace-1815"),
        ("Zoë", "Zoë", "zoë"),
        ("zoe\u0308", "zoë", "zoë"),
        ("王芳", "王芳", "王芳"),
        ("x" * 64, "x" * 64, "x" * 64),
        ("7", "7", "7"),
    ],
)
def test_a_username_is_shown_as_typed_and_compared_folded(raw, text, folded) -> None:
    name = parse_username(raw)
    assert (name.text, name.folded) == (text, folded)


@pytest.mark.parametrize(
    "raw",
    [
        "", " ", "a b", "-a", "a-", ".a", "a.", "_", "a@b", "a\nb", "a\u202eb", "ａda", "a\u200db",
        "x" * 65, "a/b", "a\\b", "<b>", "018cc251-f400-7000-8000-00000000d0d0",
        "018CC251-F400-7000-8000-00000000D0D0", "\u0301a", "aא", "½", "①", "a\0", "\ud800",
    ],
)  # fmt: skip
def test_what_could_pass_for_something_else_is_no_username(raw: str) -> None:
    """A057: no address, no id, no look-alike, no change of direction."""
    with pytest.raises(Invalid) as refused:
        parse_username(raw)
    assert refused.value.errors[0].field == "username"


def test_an_identifier_is_an_address_or_a_username() -> None:
    assert read_identifier("Ada@Example.com") == ("email", "ada@example.com")
    assert read_identifier(" Ada ") == ("username", "ada")
    assert read_identifier("a,b@c") == ("email", "")
    assert read_identifier("x" * 1000) == ("username", "")


def test_an_invalid_identifier_still_folds_to_one_count() -> None:
    """A073: spellings of what nobody has are counted too, and are short."""
    assert fold_identifier(" NoBody@@ ") == fold_identifier("nobody@@")
    assert len(fold_identifier("x" * 100_000)) <= 320


GOOD = [
    Profile(),
    Profile(name="O'Hara-Smith, Jr. 王 🙂"),
    Profile(name="ن\u200cن"),
    Profile(locale="de-CH", zoneinfo="Europe/Zurich", birthdate="1815-12-10"),
    Profile(birthdate="1815", website="https://example.com/a?b=c#d"),
    Profile(birthdate="0000-02-29", phone_number="+41446681800", phone_number_verified=True),
    Profile(address=Address(formatted="Weg 1\n8000 Zürich", country="CH")),
]
BAD = {
    "name": ["two\nlines", "a\u2028b", "a\u202eb", "x" * 201, "a\0"],
    "website": [
        "javascript:alert(1)", "//example.com", "https://", "https://a b.example", "ftp://x.example",
        "https://user:pw@example.com/", 'https://example.com/"onload=', "https://[::1", "data:,x",
    ],
    "picture": ["file:///etc/passwd"],
    "locale": ["", "x", "de_", "<b>", "de-CH-" + "x" * 9],
    "zoneinfo": ["Mars/Base", "../../etc/passwd", "europe/zurich"],
    "birthdate": ["1815-13-10", "1815-1-1", "yesterday", "0000-02-30", "18151210"],
    "phone_number": ["044 668 18 00", "+0441234567", "+1", "+41446681800x"],
}  # fmt: skip


@pytest.mark.parametrize("profile", GOOD)
def test_a_plain_profile_passes(profile: Profile) -> None:
    assert check_profile(profile) is profile


@pytest.mark.parametrize(("field", "value"), [(f, v) for f, vs in BAD.items() for v in vs])
def test_a_wrong_field_is_named(field: str, value: str) -> None:
    """A067, A115: no line breaks, directions, schemes or markup where a name or link belongs."""
    with pytest.raises(Invalid) as refused:
        check_profile(Profile(**{field: value}))
    assert [error.field for error in refused.value.errors] == [field]


def test_a_number_that_is_missing_is_not_verified() -> None:
    with pytest.raises(Invalid):
        check_profile(Profile(phone_number_verified=True))


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        check_profile(Profile(name="\n", locale="!", address=Address(country="a\nb")))
    assert [e.field for e in refused.value.errors] == ["name", "locale", "address.country"]


def test_a_patch_changes_what_it_names_and_null_takes_away() -> None:
    was = Profile(name="Ada", nickname="A", phone_number="+41446681800", phone_number_verified=True)
    now = patched(was, OwnProfilePatch(nickname=None, locale="de"))
    assert (now.name, now.nickname, now.locale) == ("Ada", None, "de")
    assert now.phone_number_verified


def test_a_new_number_is_not_verified_by_its_owners_word() -> None:
    """A061: a field of the API proves nothing."""
    was = Profile(phone_number="+41446681800", phone_number_verified=True)
    assert not patched(was, OwnProfilePatch(phone_number="+41446681801")).phone_number_verified
    assert not hasattr(OwnProfilePatch(), "phone_number_verified")
    by_admin = ProfilePatch(phone_number="+41446681801", phone_number_verified=True)
    assert patched(was, by_admin).phone_number_verified
