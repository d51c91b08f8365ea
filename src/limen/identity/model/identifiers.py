"""What a person types to say who they are: a username or an address."""

from typing import Literal

from limen.identity.model.addresses import find_address
from limen.identity.model.folding import fold, has_control

MAX_IDENTIFIER = 320


def read_identifier(raw: str) -> tuple[Literal["email", "username"], str]:
    """Return what it may be and its folded form.  What is neither folds to what nobody has."""
    if len(raw) > MAX_IDENTIFIER or has_control(raw):
        return "username", ""
    if "@" not in raw:  # no username holds one
        return "username", fold(raw.strip(" "))
    address = find_address(raw)
    return "email", address.folded if address else ""


def fold_identifier(raw: str) -> str:
    """Return one text for all spellings of an identifier, at most 320 characters long."""
    _, folded = read_identifier(raw)
    return folded or fold(raw.strip(" ")[:MAX_IDENTIFIER]).encode("utf-8", "replace").decode()
