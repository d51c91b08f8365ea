"""What a restored copy must let go of, before it is served.

A copy is older than what people and clients hold.  A refresh token that was rotated since
would look like a replay, one that was revoked since would live again, and a link that was
used since would work twice.  So all of that ends; people sign in again.
"""

from typing import Protocol

import sqlalchemy as sa

from limen.kernel.uow import Tx
from limen.platform.db import Query, mine
from limen.platform.db.shared import idempotency_keys, one_time
from limen.platform.mail.store import messages


class AfterRestore(Protocol):
    """What a context ends in one tenant of a restored copy; it may run again after a crash."""

    async def after_restore(self, tx: Tx) -> None: ...


class PlatformEffects:
    """One-time things, answers kept for repeated requests, and mail with links in it."""

    async def after_restore(self, tx: Tx) -> None:
        for statement in _ENDED:
            await tx.run(statement)


_ENDED = tuple(
    Query(sa.delete(table).where(mine(table))) for table in (one_time, idempotency_keys, messages)
)
