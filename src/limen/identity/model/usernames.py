"""Usernames: letters and digits of any script, with `.`, `_` and `-` inside (RFC 8265 §3)."""

import unicodedata
from dataclasses import dataclass

from limen.identity.errors import wrong_field
from limen.identity.model.folding import fold, is_word
from limen.kernel.errors import Invalid
from limen.kernel.ids import parse_id

MAX_USERNAME = 64
"""Code points, after normalisation."""

_INNER = frozenset("._-")


@dataclass(frozen=True, slots=True)
class Username:
    """`text` is shown as typed (NFC); `folded` is what is compared."""

    text: str
    folded: str


def parse_username(raw: str, *, field: str = "username") -> Username:
    """Return the username.  Raises Invalid naming `field`, saying what is allowed."""
    text = unicodedata.normalize("NFC", raw)
    if not 1 <= len(text) <= MAX_USERNAME:
        raise _invalid(field, "username_length", f"A username has 1 to {MAX_USERNAME} characters.")
    if not _is_username(text):
        raise _invalid(
            field,
            "username_characters",
            "A username has letters and digits, with '.', '_' and '-' between them.",
        )
    return Username(text, fold(text))


def _is_username(text: str) -> bool:
    if not all(c in _INNER or (c.isalnum() if c.isascii() else is_word(c)) for c in text):
        return False
    if text[0] in _INNER or text[-1] in _INNER or unicodedata.category(text[0])[0] == "M":
        return False
    if parse_id(text.lower()) is not None:  # would pass for somebody's id
        return False
    return not _mixes_directions(text)


def _mixes_directions(text: str) -> bool:
    """Say whether it would be shown in another order than it is stored (RFC 5893 §2)."""
    kinds = {unicodedata.bidirectional(c) for c in text}
    return bool(kinds & {"R", "AL"}) and "L" in kinds


def _invalid(field: str, code: str, message: str) -> Invalid:
    return wrong_field(field, code, message)
