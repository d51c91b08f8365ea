"""What risk needs from its store."""

from typing import Protocol

from limen.kernel.uow import Tx
from limen.risk.model import Count


class Counts(Protocol):
    """Counts by 32-byte key; what is older than a month goes by itself."""

    async def take(self, tx: Tx, key: bytes, subject: bytes) -> Count:
        """Return the count, a new one if need be, and keep others from it until the end."""
        ...

    async def put(self, tx: Tx, key: bytes, count: Count) -> None: ...

    async def give_back(self, tx: Tx, key: bytes) -> None:
        """Take one attempt off, and the wait with it."""
        ...

    async def tell(self, tx: Tx, key: bytes, limit: int) -> bool:
        """Say that the limit was reached.  True for exactly one caller in each run."""
        ...

    async def forget(self, tx: Tx, key: bytes) -> None: ...

    async def forget_all(self, tx: Tx, subject: bytes) -> None: ...
