"""What other contexts may use of risk."""

from collections.abc import Sequence
from typing import Literal, Protocol
from uuid import UUID

from limen.kernel.events import EventType
from limen.kernel.request import Cause
from limen.kernel.uow import Reader, Store, Tx

ACCOUNT_LOCKED = EventType("account.locked", "Too many failed attempts: an account must wait.")
ADDRESS_LIMITED = EventType("address.limited", "Too many failed attempts from one address.")

Purpose = Literal["sign_in", "confirm", "reset", "mail", "client_secret", "user_code"]
"""`sign_in` and `confirm` prove a password, and count together.  The others count for an address
alone: `reset` the use of links, `mail` asking for one, `client_secret` for each client too,
`user_code` what a device shows."""


class Attempts(Protocol):
    """Counts failed proofs: per account in the store, per address in this process.

    Counting commits on its own, so that a failing request keeps its count (A046).
    Everywhere `account` is the folded identifier as typed, known or not, so that both answer
    alike; `user` is whose it is, if anybody's: it joins the counts of all their identifiers
    for the hard limit (R074).  `device` is what `Devices.recognise` said: it has its own count.
    """

    async def admit(
        self,
        store: Store,
        *,
        purpose: Purpose,
        account: str,
        cause: Cause,
        device: str | None = None,
        user: UUID | None = None,
    ) -> None:
        """Reserve one attempt *before* the proof is looked at (200 parallel guesses count 200).

        Raises TooMany.
        """
        ...

    async def succeeded(
        self,
        store: Store,
        *,
        purpose: Purpose,
        account: str,
        cause: Cause,
        device: str | None = None,
        user: UUID | None = None,
    ) -> None:
        """Give the attempt back and forget the failures before it."""
        ...

    async def failed(
        self,
        store: Store,
        *,
        purpose: Purpose,
        account: str,
        cause: Cause,
        user: UUID | None,
        device: str | None = None,
    ) -> bool:
        """Keep the attempt as a failure.

        True for the one that reached the limit; it records ACCOUNT_LOCKED.
        """
        ...

    async def give_back(
        self,
        store: Store,
        *,
        purpose: Purpose,
        account: str,
        cause: Cause,
        device: str | None = None,
        user: UUID | None = None,
    ) -> None:
        """Undo `admit` where the proof was not looked at after all (load was shed)."""
        ...

    async def forget(self, tx: Tx, *, accounts: Sequence[str], user: UUID) -> None:
        """Forget a person's failures: their mailbox was proven, their password is new."""
        ...

    async def may_mail(self, store: Store, address: str) -> bool:
        """Reserve one mail to a folded address; False when it had enough this hour."""
        ...


class Devices(Protocol):
    """Browsers in which a person signed in before: strangers' failures do not lock them out."""

    async def recognise(self, reader: Reader, presented: str | None, user: UUID) -> str | None:
        """Return the browser's name for its count, or None if it is no device of `user`."""
        ...

    async def remember(self, reader: Reader, presented: str | None, user: UUID) -> str:
        """Return what the browser shall present from now on; other people's stay in it."""
        ...
