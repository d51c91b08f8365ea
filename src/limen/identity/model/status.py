"""The life cycle of an account.

pending ──> active ──> suspended (with a reason), inactive ──> active again
inactive ──> suspended
every state ──> deleted, and nothing leads out of it
"""

from typing import get_args

from limen.identity.api import Status
from limen.identity.errors import IllegalTransition, wrong_field

STATUSES: tuple[Status, ...] = get_args(Status)
INITIAL: frozenset[Status] = frozenset({"pending", "active"})
MAX_REASON = 200

_MOVES: dict[Status, frozenset[Status]] = {
    "pending": frozenset({"active", "deleted"}),
    "active": frozenset({"suspended", "inactive", "deleted"}),
    "suspended": frozenset({"active", "deleted"}),
    "inactive": frozenset({"active", "suspended", "deleted"}),
    "deleted": frozenset(),
}


def check_move(was: Status, to: Status, reason: str | None) -> str | None:
    """Return the reason to keep.  Raises IllegalTransition; Invalid without a needed reason."""
    if to not in _MOVES[was]:
        raise IllegalTransition(f"{was} -> {to}", hint=f"This account is {was}: not {to}.")
    if to != "suspended":
        return None
    kept = (reason or "").strip()
    if not kept:
        raise wrong_field("reason", "reason_missing", "Say why the account is suspended.")
    if len(kept) > MAX_REASON or not kept.isprintable():
        raise wrong_field("reason", "reason_invalid", f"One line of up to {MAX_REASON} characters.")
    return kept


def takes_rights_away(to: Status) -> bool:
    """Say whether the last administrator must not go there."""
    return to in {"suspended", "inactive", "deleted"}
