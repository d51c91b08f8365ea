"""What others made and we accept once: the `jti` of an assertion or of a proof (R030, R052).

`one_time` is for what we issue; here the other side chose the identifier, and the store only
remembers that it was seen.
"""

from datetime import datetime
from typing import Protocol

from limen.kernel.uow import Store, Tx


class Replays(Protocol):
    async def claim(self, door: Tx | Store, kind: str, key: str, expires_at: datetime) -> bool:
        """Return True for exactly one caller of (kind, key), whatever races or restarts.

        `key` names its issuer too, so that nobody uses up another's.  It is remembered until
        it would no longer be accepted anyway, at `expires_at`.  In a Tx the claim is the
        unit's; through a Store it is durable at once, whatever becomes of the request.
        """
        ...
