"""What the use cases of device authorization need from its store."""

from datetime import timedelta
from typing import Protocol

import msgspec

from limen.kernel.uow import Reader, Tx
from limen.oauth.decoupled.approvals import Asked
from limen.oauth.decoupled.model import Approval, Wish
from limen.oauth.decoupled.polling import PolledStore


class NewDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A request to be: digests of its device code (32 bytes) and MAC of its user code."""

    digest: bytes
    code_mac: bytes
    wish: Wish
    ip: str | None
    user_agent: str | None
    interval: timedelta
    lifetime: timedelta


class DeviceStore(PolledStore, Protocol):
    async def add(self, tx: Tx, new: NewDevice) -> None:
        """Raises UniqueConflict where another device shows the same user code."""
        ...

    async def find_by_code(self, reader: Reader, code_mac: bytes) -> Asked | None:
        """Return what waits under a user code, undecided and live."""
        ...

    async def approve(self, tx: Tx, code_mac: bytes, approval: Approval) -> bool:
        """Decide it.  True for exactly one caller, while it is live."""
        ...

    async def deny(self, tx: Tx, code_mac: bytes) -> bool:
        """Decide it.  True for exactly one caller, while it is live."""
        ...

    async def purge(self, tx: Tx) -> int:
        """Delete some that ended long ago; return how many."""
        ...
