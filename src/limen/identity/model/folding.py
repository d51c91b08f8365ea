"""How identifiers are compared: one folding for usernames and e-mail addresses."""

import unicodedata

_CONTROLS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")


def fold(text: str) -> str:
    """Return the form under which `text` is compared (Unicode canonical caseless, D145)."""
    folded = unicodedata.normalize("NFD", text).casefold()
    return unicodedata.normalize("NFC", folded)


def has_control(text: str) -> bool:
    """Say whether `text` holds a control, direction, surrogate or line-breaking character.

    The two joiners are no such thing: names in Persian and in Indic scripts need them.
    """
    return any(unicodedata.category(c) in _CONTROLS and c not in _JOINERS for c in text)


def is_word(character: str) -> bool:
    """Say whether a character beyond ASCII may stand in an identifier.

    Letters, marks and digits that compatibility normalisation leaves alone: no full-width
    or mathematical look-alike (RFC 8264 §9.17, A057).
    """
    kind = unicodedata.category(character)
    return (kind[0] in "LM" or kind == "Nd") and unicodedata.normalize(
        "NFKC", character
    ) == unicodedata.normalize("NFC", character)
