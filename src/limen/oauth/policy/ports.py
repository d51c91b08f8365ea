"""What the use cases of the policy need of the store."""

from typing import Protocol

import msgspec

from limen.kernel.uow import Reader, Tx
from limen.oauth.options import OAuthPolicy


class StoredPolicy(msgspec.Struct, frozen=True):
    """A tenant's policy; version 0 is that of a tenant which never chose one."""

    policy: OAuthPolicy
    version: int


class PolicyStore(Protocol):
    async def find(self, reader: Reader) -> StoredPolicy: ...

    async def save(self, tx: Tx, policy: OAuthPolicy, *, version: int) -> bool:
        """Write it if `version` is still the stored one.  True for exactly one caller."""
        ...


class Invalidator(Protocol):
    """`platform.cache.Snapshots`, as far as a change needs it."""

    async def invalidate(self, tx: Tx, kind: str, key: str) -> None: ...
