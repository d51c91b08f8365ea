"""What other contexts may use of risk."""

from typing import Protocol
from uuid import UUID

from limen.kernel.events import EventType
from limen.kernel.request import Cause
from limen.kernel.uow import Store

ACCOUNT_LOCKED = EventType("account.locked", "Too many failed attempts: an account must wait.")
ADDRESS_LIMITED = EventType("address.limited", "Too many failed attempts from one address.")


class Attempts(Protocol):
    """Counts failed proofs: per account in the store, per address in this process.

    Counting commits on its own, so that a failing request keeps its count (A046).
    """

    async def admit(
        self, store: Store, *, purpose: str, account: str, cause: Cause, device: str | None = None
    ) -> None:
        """Reserve one attempt *before* the proof is looked at (200 parallel guesses count 200).

        `account` is the folded identifier as typed, known or not, so that both answer alike.
        `device` is the browser's proof that this account signed in here before; it has
        a count of its own.
        Raises TooMany.
        """
        ...

    async def succeeded(
        self, store: Store, *, purpose: str, account: str, cause: Cause, device: str | None = None
    ) -> None:
        """Give the attempt back and forget the failures before it."""
        ...

    async def failed(
        self, store: Store, *, purpose: str, account: str, cause: Cause, user: UUID | None
    ) -> None:
        """Keep the attempt as a failure; records ACCOUNT_LOCKED when it reaches the limit."""
        ...
