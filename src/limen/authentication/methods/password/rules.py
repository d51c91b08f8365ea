"""Which passwords may be chosen (NIST SP 800-63B-4 §3.1.1.2): length and no guessable one.

No composition rules, no expiry.  Pure; the estimate of strength is zxcvbn's, imported when
it is first needed, since its word lists take a tenth of a second to read.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast

from limen.authentication.methods.password.text import MAX_BYTES, MAX_CODE_POINTS, normalised
from limen.kernel.errors import FieldError

FIELD = "password"
_ESTIMATED = 72
"""Code points that zxcvbn takes (R067)."""
_SHORTEST_WORD = 4
_REST_NEEDED = 6
_CONTROLS = frozenset({"Cc", "Cs"})


@dataclass(frozen=True, slots=True)
class Rules:
    """What is asked of a password: code points, strength from 0 to 4, a tenant's own list."""

    minimum_length: int
    minimum_score: int
    listed: frozenset[str] = frozenset()


def check_password(password: str, rules: Rules, context: Sequence[str]) -> tuple[FieldError, ...]:
    """Return why it may not be chosen, all reasons that help, or nothing.

    `context` are words that a guesser would try: product, tenant, the person's own names.
    """
    text = normalised(password)
    errors = tuple(_shape_errors(text, rules))
    if errors:
        return errors
    words = [_folded(word) for word in context if len(word) >= _SHORTEST_WORD]
    return tuple(_guessing_errors(text, rules, words))[:1]


def listed_words(listed: object) -> frozenset[str]:
    """Return a tenant's own list as it is compared; what is no list of texts is empty."""
    words = cast("Sequence[object]", listed) if isinstance(listed, list | tuple) else ()
    return frozenset(_folded(word) for word in words if isinstance(word, str) and word)


def context_words(texts: Iterable[str | None]) -> list[str]:
    """Return the words of names and addresses, each text whole and in its parts."""
    found: dict[str, None] = {}
    for text in texts:
        if not text:
            continue
        parts = "".join(c if c.isalnum() else " " for c in text).split()
        for word in (text, *parts):
            if len(word) >= _SHORTEST_WORD:
                found[word[:64]] = None
    return list(found)


def _shape_errors(text: str, rules: Rules) -> Iterator[FieldError]:
    if any(unicodedata.category(c) in _CONTROLS for c in text):
        yield _error("password_characters", "Control characters cannot be typed again: leave out.")
    elif len(text) < rules.minimum_length:
        needed = f"At least {rules.minimum_length} characters; a few words are easiest."
        yield _error("password_too_short", needed)
    elif len(text) > MAX_CODE_POINTS or len(text.encode()) > MAX_BYTES:
        yield _error("password_too_long", f"At most {MAX_CODE_POINTS} characters.")


def _guessing_errors(text: str, rules: Rules, words: Sequence[str]) -> Iterator[FieldError]:
    folded = _folded(text)
    if folded in rules.listed:
        yield _error("password_listed", "This password is on the list of refused ones here.")
    if folded in _common():
        yield _error("password_common", "This is one of the most used passwords.")
    if _is_made_of(folded, words):
        yield _error("password_context", "This is made of names that everybody would try first.")
    if _score(text, [*words, *rules.listed]) < rules.minimum_score:
        yield _error("password_guessable", "This is easy to guess. Add another unrelated word.")


def _is_made_of(folded: str, words: Sequence[str]) -> bool:
    rest = folded
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest != folded and sum(c.isalnum() for c in rest) < _REST_NEEDED


def _score(text: str, words: Sequence[str]) -> int:
    from zxcvbn import zxcvbn

    estimate = zxcvbn(text[:_ESTIMATED], list(words)[:100], max_length=_ESTIMATED)
    return int(estimate["score"])


@cache
def _common() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(_folded(word) for word in FREQUENCY_LISTS["passwords"])


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _error(code: str, message: str) -> FieldError:
    return FieldError(FIELD, code, message)
