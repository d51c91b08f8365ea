"""Posts to addresses of others: queued with the change that causes them, made after it.

A post is made at least once.  What it says is rendered when it is sent, so that what is signed
is fresh; what it is about (`payload`) is sealed at rest.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID

import msgspec

from limen.kernel.uow import Reader, Store, Tx

Status = Literal["waiting", "delivered", "failed", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A post to be made.

    `kind` names the renderer.  `subject` is what it tells of (a session, an event), `receiver`
    to whom (an application, an endpoint); both let it be found again.  `lifetime` is for how
    long it is tried, None for the setting.
    """

    kind: str
    url: str
    payload: msgspec.Struct
    subject: UUID
    receiver: UUID | None = None
    lifetime: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """A delivery that is being made; `id` stays the same however often that is tried."""

    id: UUID
    kind: str
    url: str
    payload: bytes
    subject: UUID
    receiver: UUID | None
    attempt: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Post:
    """What goes over the wire; `url` replaces the delivery's where it moved meanwhile."""

    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of it for good: `answered` is the HTTP status, None without any answer."""

    status: Status
    attempts: int
    answered: int | None
    error: str | None


class Receipt(msgspec.Struct, frozen=True):
    """What can be seen of a delivery.

    `error` is a code: `no_answer` says no more on purpose (A117), `refused` has the HTTP status
    in `answered`.  `next_at` is the next try.
    """

    id: UUID
    kind: str
    url: str
    subject: UUID
    receiver: UUID | None
    status: Status
    attempts: int
    answered: int | None
    error: str | None
    created_at: datetime
    next_at: datetime | None
    settled_at: datetime | None


Render = Callable[[Store, Sending], Awaitable[Post | None]]
"""Say what to send, outside any unit; None withdraws the delivery."""

Settled = Callable[[Tx, Sending, Result], Awaitable[None]]
"""Called in the unit that writes down what became of a delivery for good."""


class Deliveries(Protocol):
    def register(self, kind: str, render: Render, settled: Settled | None = None) -> None:
        """Say how deliveries of `kind` are made; once a kind, before the first turn."""
        ...

    async def enqueue(self, tx: Tx, delivery: Delivery) -> UUID:
        """Queue it in the caller's unit; it is sent at once after the commit."""
        ...

    async def enqueue_all(self, tx: Tx, deliveries: Sequence[Delivery]) -> list[UUID]:
        """Queue many with a few statements."""
        ...

    async def of_subject(self, reader: Reader, kind: str, subject: UUID) -> list[Receipt]:
        """Return what was told of `subject`, oldest first, while it is remembered."""
        ...

    async def get(self, reader: Reader, delivery: UUID) -> Receipt:
        """Raises NotFound."""
        ...

    async def page(
        self,
        reader: Reader,
        kind: str,
        *,
        status: Status | None = None,
        receiver: UUID | None = None,
        after: UUID | None = None,
        limit: int,
    ) -> list[Receipt]:
        """Return deliveries after `after` in the order of their ids."""
        ...

    async def retry(self, tx: Tx, delivery: UUID) -> bool:
        """Try a failed one again from the beginning; False for one that has not failed."""
        ...

    async def withdraw(self, tx: Tx, kind: str, subject: UUID) -> int:
        """Withdraw what waits and tells of `subject`; return how many there were."""
        ...
