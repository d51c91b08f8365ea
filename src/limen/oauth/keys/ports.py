"""What the use cases need of the store."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from limen.kernel.events import Recorder
from limen.kernel.uow import Reader, Tx
from limen.oauth.keys.model import Draft, Key
from limen.oauth.keys.settings import KeySettings


@dataclass(frozen=True, slots=True)
class Stored:
    """A key with its private half as it is stored; empty once the key was revoked."""

    key: Key
    private_sealed: bytes


class KeyStore(Protocol):
    async def all(self, reader: Reader) -> list[Stored]:
        """Return every key of the tenant, by algorithm, newest first."""
        ...

    async def of(self, tx: Tx, alg: str) -> list[Key]: ...

    async def add(self, tx: Tx, key: Key, draft: Draft) -> None:
        """Raises UniqueConflict where another unit added the key of this number."""
        ...

    async def save(self, tx: Tx, key: Key) -> None:
        """Write the key's times; wipe its private half if it was revoked.

        Raises Stale if somebody else wrote since it was read.
        """
        ...

    async def remove(self, tx: Tx, key: UUID) -> bool:
        """Remove a key that expired, by the store's clock; False if it has not, or is gone."""
        ...


class Invalidator(Protocol):
    """`platform.cache.Snapshots`, as far as a change needs it."""

    async def invalidate(self, tx: Tx, kind: str, key: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Means:
    """What every change of the keys takes."""

    keys: KeyStore
    recorder: Recorder
    snapshots: Invalidator
    settings: KeySettings
