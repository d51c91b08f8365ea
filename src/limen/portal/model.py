"""Which paths of our own a form may name as the next one (A011)."""

import re
from collections.abc import Set as AbstractSet
from typing import Final

NEXT: Final = frozenset({"account", "demo", "device"})
BACK: Final = NEXT | {
    "", "consent", "dev", "recover", "signin", "signout", "signup", "verify",
}  # fmt: skip

_SEGMENT = r"[A-Za-z0-9._~-]+"
_PATH = re.compile(rf"/(?:{_SEGMENT}(?:/{_SEGMENT})*)?(?:\?[A-Za-z0-9._~&=-]*)?")


def own_path(text: str | None, roots: AbstractSet[str]) -> str | None:
    """Return `text` if it is a plain path below one of `roots`, else None.

    What is plain is listed, not what is dangerous: no scheme, host, backslash, percent
    sign, empty or dotted segment can pass.
    """
    if text is None or len(text) > 512 or not _PATH.fullmatch(text):
        return None
    segments = text.partition("?")[0].split("/")[1:]
    if segments[0] not in roots or any(segment in (".", "..") for segment in segments):
        return None
    return text
