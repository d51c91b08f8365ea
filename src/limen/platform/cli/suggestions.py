"""Did you mean …?"""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, possible: Iterable[str]) -> str:
    """Return ` Did you mean x?` for the nearest possible word, or nothing."""
    near = get_close_matches(word, list(possible), n=1)
    return f" Did you mean {near[0]}?" if near else ""
