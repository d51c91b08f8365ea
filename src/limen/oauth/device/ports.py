"""What the use cases of device authorization need from its store."""

from datetime import timedelta
from typing import Literal, Protocol
from uuid import UUID

import msgspec

from limen.kernel.uow import Reader, Tx
from limen.oauth.decoupled.approvals import Asked
from limen.oauth.decoupled.model import Approval, Wish

State = Literal["pending", "approved", "denied", "redeemed"]


class NewDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A request to be: digests of its device code (32 bytes) and MAC of its user code."""

    digest: bytes
    code_mac: bytes
    wish: Wish
    ip: str | None
    user_agent: str | None
    interval: timedelta
    lifetime: timedelta


class Waiting(msgspec.Struct, frozen=True):
    """How a device code stands; `interval` is in seconds."""

    client_id: UUID
    state: State
    interval: int
    is_live: bool


class Allowed(msgspec.Struct, frozen=True):
    """What the device code stands for, once and for all."""

    wish: Wish
    approval: Approval


class DeviceStore(Protocol):
    async def add(self, tx: Tx, new: NewDevice) -> None:
        """Raises UniqueConflict where another device shows the same user code."""
        ...

    async def find(self, reader: Reader, digest: bytes) -> Waiting | None:
        """Return how it stands, read by its primary key."""
        ...

    async def polled(self, tx: Tx, digest: bytes, *, wait: timedelta) -> bool:
        """Note a question that came in time; the next may come after `wait`.  False: too soon."""
        ...

    async def slow_down(self, tx: Tx, digest: bytes, *, interval: timedelta) -> None: ...

    async def find_by_code(self, reader: Reader, code_mac: bytes) -> Asked | None:
        """Return what waits under a user code, undecided and live."""
        ...

    async def approve(self, tx: Tx, code_mac: bytes, approval: Approval) -> bool:
        """Decide it.  True for exactly one caller, while it is live."""
        ...

    async def deny(self, tx: Tx, code_mac: bytes) -> bool:
        """Decide it.  True for exactly one caller, while it is live."""
        ...

    async def redeem(self, tx: Tx, digest: bytes, client: UUID) -> Allowed | None:
        """Use it up.  Exactly one caller gets what was approved, while it is live."""
        ...

    async def purge(self, tx: Tx) -> int:
        """Delete some that ended long ago; return how many."""
        ...
