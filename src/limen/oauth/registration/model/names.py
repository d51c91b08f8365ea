"""Names that registrants give themselves: shown at consent, so they must not deceive."""

import unicodedata
from collections.abc import Iterator

_LOOK_ALIKE = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU")


def deceives(name: str) -> bool:
    """True where a word mixes scripts whose letters look alike, or uses styled forms of letters.

    A word wholly in one script is somebody's language; the page shows the host beside it.
    """
    if unicodedata.normalize("NFKC", name) != unicodedata.normalize("NFC", name):
        return True
    return any(len(set(_scripts(word))) > 1 for word in name.split())


def _scripts(word: str) -> Iterator[str]:
    for character in word:
        if character.isalpha():
            script = unicodedata.name(character, "").partition(" ")[0]
            if script in _LOOK_ALIKE:
                yield script
