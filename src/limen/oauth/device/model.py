"""User codes: short enough to type, long enough not to be guessed within their ten minutes.

Eight of twenty consonants are 34.5 bits (RFC 8628 §5.1, §6.1, R058): no vowels, so that no
words arise, and neither digits nor letters that look alike.
"""

import secrets
import unicodedata
from typing import Final

ALPHABET: Final = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH: Final = 8
GRANT_TYPE: Final = "urn:ietf:params:oauth:grant-type:device_code"
_LETTERS = frozenset(ALPHABET)
_SEEN = 160


def new_user_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read_user_code(typed: str) -> str | None:
    """Return the code that a person meant, None for what no code can be.

    Case, spaces and dashes of every kind do not matter (RFC 8628 §6.1).
    """
    if len(typed) > 64:
        return None
    plain = unicodedata.normalize("NFKC", typed).upper()
    code = "".join(c for c in plain if unicodedata.category(c) not in ("Pd", "Zs"))
    return code if len(code) == LENGTH and _LETTERS.issuperset(code) else None


def show_user_code(code: str) -> str:
    """Return it as people read it: `BCDF-GHJK`."""
    half = LENGTH // 2
    return f"{code[:half]}-{code[half:]}"


def seen_as(user_agent: str | None) -> str | None:
    """Return what a device calls itself, harmless: visible ASCII, and not for ever."""
    if user_agent is None:
        return None
    plain = "".join(c for c in user_agent if " " <= c <= "~").strip()
    return plain[:_SEEN] or None
