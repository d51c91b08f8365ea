"""Folding and addresses, for every text."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from limen.identity.model.addresses import MAX_ADDRESS, find_address
from limen.identity.model.folding import fold
from limen.identity.model.identifiers import fold_identifier, read_identifier
from limen.identity.model.usernames import parse_username
from limen.kernel.errors import Invalid

ANY = st.text(max_size=40)
LOCAL = st.text("abcXYZ019.+-_äÖßΣς王ı\u0308", min_size=1, max_size=20)
DOMAIN = st.text("abcXYZ019.-äÖ王", min_size=1, max_size=20)


@given(ANY)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(ANY)
def test_spellings_that_people_cannot_tell_apart_fold_alike(text: str) -> None:
    for form in ("NFC", "NFD"):
        assert fold(unicodedata.normalize(form, text)) == fold(text)


@given(st.one_of(ANY, st.builds("{}@{}".format, LOCAL, DOMAIN)))
def test_an_address_that_passes_is_one_plain_mailbox(raw: str) -> None:
    """A057: whatever is typed, what comes out has one @, no blank, no control, no list."""
    found = find_address(raw)
    if found is None:
        return
    assert found.text.count("@") == found.folded.count("@") == 1
    assert len(found.text.encode()) <= MAX_ADDRESS
    assert not any(c.isspace() or c in ',;<>()[]:"\\' for c in found.text)
    assert found.text.partition("@")[2].isascii()
    assert unicodedata.normalize("NFC", found.text) == found.text


@given(st.builds("{}@{}.example".format, LOCAL, DOMAIN))
def test_an_address_is_its_own_normal_form(raw: str) -> None:
    found = find_address(raw)
    if found is not None:
        assert find_address(found.text) == found
        again = find_address(found.folded)
        assert again is not None
        assert again.folded == found.folded


@given(ANY)
def test_a_username_never_passes_for_an_address(raw: str) -> None:
    try:
        name = parse_username(raw)
    except Invalid:
        return
    assert "@" not in name.text
    assert read_identifier(name.text) == ("username", name.folded)
    assert fold_identifier(name.text) == name.folded


@given(st.text(max_size=2000))
def test_no_identifier_breaks_anything(raw: str) -> None:
    kind, folded = read_identifier(raw)
    assert kind in {"email", "username"}
    assert len(fold_identifier(raw)) <= 4 * 320
    assert isinstance(folded, str)
