"""What the log needs from its store; every method works within one tenant."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from limen.audit.model.keys import LogKey
from limen.audit.model.leaves import Beginning, Record, Sealed
from limen.audit.model.tree import Head
from limen.kernel.uow import Reader, Tx
from limen.kernel.vault import PersonKey


class Unsealed(Record, frozen=True):
    """A fact without a place yet; `id` is the store's order."""

    id: int


class StoredHead(msgspec.Struct, frozen=True):
    """The head as stored: `proof` is its hash, sealed under the tenant's key."""

    head: Head
    proof: bytes


class StoredCheckpoint(msgspec.Struct, frozen=True):
    epoch: int
    seq: int
    size: int
    note: str
    frontier: bytes


class StoredKey(msgspec.Struct, frozen=True):
    entry: LogKey
    private_sealed: bytes


class FactRow(Record, frozen=True):
    """A fact as listed; `seq` is None until it is sealed."""

    seq: int | None


class Queued(msgspec.Struct, frozen=True):
    """A tenant that had facts to seal when it was last written down."""

    tenant: UUID
    queued_at: datetime


class StoreEpoch(msgspec.Struct, frozen=True):
    """Which store this is, and how often it was restored."""

    store: UUID
    epoch: int
    begun_at: datetime


class Log(Protocol):
    """The sealed and unsealed facts of a tenant, and what is known of them."""

    async def unsealed(self, reader: Reader, limit: int) -> Sequence[Unsealed]:
        """Return committed facts without a place, in the store's order."""
        ...

    async def count_unsealed(self, reader: Reader) -> int: ...

    async def place(
        self, tx: Tx, facts: Sequence[Unsealed], first: int, leaves: list[bytes]
    ) -> int:
        """Give the facts their seqs from `first` on; return how many had none yet."""
        ...

    async def head(self, reader: Reader) -> StoredHead | None: ...

    async def begin_head(self, tx: Tx, stored: StoredHead) -> bool:
        """Insert the first head.  False if there is one."""
        ...

    async def move_head(self, tx: Tx, before: tuple[int, int, bytes], stored: StoredHead) -> bool:
        """Replace the head if epoch, seq and chain still are `before`.

        True for exactly one caller, however many race.
        """
        ...

    async def beginnings(self, reader: Reader) -> list[Beginning]: ...

    async def add_beginning(self, tx: Tx, beginning: Beginning) -> None: ...

    async def sealed(self, reader: Reader, after: int, limit: int) -> list[Sealed]:
        """Return the next facts in the log's order."""
        ...

    async def rows(
        self, reader: Reader, filters: Mapping[str, object], *, before: UUID | None, limit: int
    ) -> list[FactRow]:
        """Return the newest facts that fit all filters, before `before`."""
        ...

    async def tail(self, reader: Reader, after: int, limit: int) -> list[FactRow]:
        """Return the next sealed facts, oldest first."""
        ...

    async def row(self, reader: Reader, event_id: UUID) -> FactRow | None: ...

    async def keys(self, reader: Reader) -> list[StoredKey]: ...

    async def add_key(self, tx: Tx, stored: StoredKey) -> bool:
        """False if the version is taken."""
        ...

    async def checkpoints(
        self, reader: Reader, after: tuple[int, int], until: int
    ) -> list[StoredCheckpoint]:
        """Return the next 1,000 after (epoch, seq) whose seq is at most `until`, in order."""
        ...

    async def last_checkpoint(
        self, reader: Reader, until: int | None = None
    ) -> StoredCheckpoint | None:
        """Return the newest (with a seq of at most `until`)."""
        ...

    async def add_checkpoint(self, tx: Tx, checkpoint: StoredCheckpoint) -> None:
        """Keep it; one that is there already stays."""
        ...

    async def queued(self, reader: Reader, after: UUID) -> list[Queued]:
        """Return the next 100 tenants of the queue, of all tenants."""
        ...

    async def unqueue(self, tx: Tx, queued: Queued) -> None:
        """Take a tenant off the queue, unless it was written down again since."""
        ...

    async def store_epoch(self, reader: Reader) -> StoreEpoch | None: ...

    async def begin_store_epoch(self, tx: Tx, epoch: int, store: UUID) -> None:
        """Begin the epoch; one that is there already stays."""
        ...


class Destroyed(Protocol):
    @property
    def id(self) -> UUID: ...


class Persons(Protocol):
    """Keys of persons, for what is personal in facts."""

    async def person(self, tx: Reader, user: UUID) -> PersonKey | None: ...

    async def destroyed(self, reader: Reader) -> Sequence[Destroyed]:
        """Return whose keys were destroyed for good."""
        ...
