"""What the use cases of backchannel authentication need from its store."""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from limen.kernel.uow import Reader, Tx
from limen.oauth.decoupled.model import Allowed, Approval, Wish
from limen.oauth.decoupled.polling import PolledStore
from limen.oauth.options import DeliveryMode


class NewRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request to be; `notice` is sealed, and None where nobody is called back."""

    id: UUID
    digest: bytes
    user: UUID
    wish: Wish
    mode: DeliveryMode
    notice: bytes | None
    binding_message: str | None
    interval: timedelta
    lifetime: timedelta


class WaitingRequest(msgspec.Struct, frozen=True):
    """A request that waits for a person."""

    id: UUID
    client_id: UUID
    wish: Wish
    mode: DeliveryMode
    binding_message: str | None
    created_at: datetime
    expires_at: datetime


class Outgoing(msgspec.Struct, frozen=True):
    """What a client is called back with: how the request stands, and what was sealed."""

    client_id: UUID
    user_id: UUID
    state: str
    notice: bytes | None
    answer: bytes | None
    allowed: Allowed | None


class Expired(msgspec.Struct, frozen=True):
    id: UUID
    client_id: UUID
    mode: DeliveryMode


class RequestStore(PolledStore, Protocol):
    async def add(self, tx: Tx, new: NewRequest) -> None: ...

    async def waiting(self, reader: Reader, user: UUID) -> list[WaitingRequest]:
        """Return what waits for a person, oldest first."""
        ...

    async def approve(self, tx: Tx, request: UUID, user: UUID, approval: Approval) -> bool:
        """Decide it.  True for exactly one caller, while it is live and of this person."""
        ...

    async def deny(self, tx: Tx, request: UUID, user: UUID) -> bool:
        """Decide it.  True for exactly one caller, while it is live and of this person."""
        ...

    async def outgoing(self, reader: Reader, request: UUID) -> Outgoing | None: ...

    async def push(self, tx: Tx, request: UUID) -> Allowed | None:
        """Use up what was approved, to push it; again, as long as no answer was kept."""
        ...

    async def keep_answer(self, tx: Tx, request: UUID, answer: bytes) -> bool:
        """Keep the sealed answer, so that each try pushes the same.  True for the first."""
        ...

    async def forget_answer(self, tx: Tx, request: UUID) -> None: ...

    async def expire(self, tx: Tx) -> list[Expired]:
        """End some that nobody decided and whose client is called back; return them."""
        ...

    async def purge(self, tx: Tx) -> int: ...


class CodeStore(Protocol):
    """The codes that people want applications to know, hashed."""

    async def find(self, reader: Reader, user: UUID) -> str | None: ...
    async def set(self, tx: Tx, user: UUID, hashed: str) -> None: ...
    async def remove(self, tx: Tx, user: UUID) -> bool: ...
