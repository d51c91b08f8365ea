"""One-time things: codes, links, states, jti.  Each is used once, whatever races (R024, A019).

The store's key is kind‖tenant‖SHA-256(secret), so that no kind can stand in for another,
and consuming is one conditional write.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar
from uuid import UUID

import msgspec

from limen.kernel.uow import Reader, Tx

P = TypeVar("P", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Entry(Generic[P]):
    """What was kept beside the secret; `subject` lets all of a person's be withdrawn."""

    payload: P
    subject: UUID | None
    issued_at: datetime
    expires_at: datetime
    consumed_at: datetime | None = None


class OneTime(Protocol):
    async def issue(
        self,
        tx: Tx,
        kind: str,
        payload: msgspec.Struct,
        *,
        lifetime: timedelta,
        secret: str,
        subject: UUID | None = None,
    ) -> None:
        """Keep `payload` under `secret` (from `platform.crypto.new_secret`)."""
        ...

    async def find(
        self, reader: Reader, kind: str, secret: str, payload: type[P]
    ) -> Entry[P] | None:
        """Return the entry while it is neither used nor expired; use nothing."""
        ...

    async def consume(self, tx: Tx, kind: str, secret: str, payload: type[P]) -> Entry[P] | None:
        """Use it.  Exactly one caller gets an entry whose `consumed_at` is None.

        A later caller gets the entry with the time it was first used; None is returned for
        what is unknown, expired or withdrawn.
        """
        ...

    async def withdraw(self, tx: Tx, subject: UUID, *kinds: str) -> int:
        """Withdraw the unused entries of `subject`, of these kinds or of all."""
        ...
