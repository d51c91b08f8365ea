"""`kernel.deliveries.Deliveries` over the store: what is queued is sealed, and the sender woken."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from limen.kernel.deliveries import Delivery, Receipt, Render, Settled, Status
from limen.kernel.errors import NotFound
from limen.kernel.ids import new_id
from limen.kernel.uow import NIL, Reader, Tx
from limen.kernel.vault import Keyring, Place, Vault
from limen.platform.deliveries.pace import target_of
from limen.platform.deliveries.settings import DeliverySettings
from limen.platform.deliveries.store import New, Queries

_CHUNK: Final = 500
_MICROSECOND: Final = timedelta(microseconds=1)


def place_of(delivery: UUID) -> Place:
    return Place("deliveries", "payload_sealed", delivery)


class Kind:
    """How deliveries of one kind are made, and who hears how they ended."""

    __slots__ = ("render", "settled")

    def __init__(self, render: Render, settled: Settled | None) -> None:
        self.render, self.settled = render, settled


class StoredDeliveries:
    """`wake` is set once something is durable that a sender should look for."""

    def __init__(self, vault: Vault, settings: DeliverySettings) -> None:
        self._vault, self._settings = vault, settings
        self.kinds: dict[str, Kind] = {}
        self.wake = asyncio.Event()

    def register(self, kind: str, render: Render, settled: Settled | None = None) -> None:
        """Raises ValueError for a kind that is taken."""
        if kind in self.kinds:
            raise ValueError(f"there is a kind of delivery {kind!r} already")
        self.kinds[kind] = Kind(render, settled)

    async def enqueue(self, tx: Tx, delivery: Delivery) -> UUID:
        return (await self.enqueue_all(tx, [delivery]))[0]

    async def enqueue_all(self, tx: Tx, deliveries: Sequence[Delivery]) -> list[UUID]:
        """Raises LookupError for a kind that nobody registered."""
        unknown = {delivery.kind for delivery in deliveries} - self.kinds.keys()
        if unknown:
            raise LookupError(f"no such kind of delivery: {', '.join(sorted(unknown))}")
        if not deliveries:
            return []
        keyring = await self._vault.keyring(tx)
        ids = [new_id() for _ in deliveries]
        rows = [self._row(*pair, keyring) for pair in zip(ids, deliveries, strict=True)]
        for start in range(0, len(rows), _CHUNK):
            chunk = rows[start : start + _CHUNK]
            await tx.run(Queries.add, chunk)
            await tx.run(Queries.queue, chunk)
        tx.after_commit(self.wake.set)
        return ids

    def _row(self, delivery: UUID, new: Delivery, keyring: Keyring) -> New:
        sealed = keyring.seal(place_of(delivery), msgspec.json.encode(new.payload))
        return New(
            id=delivery.hex,
            kind=new.kind,
            url=new.url,
            subject=new.subject.hex,
            receiver=new.receiver and new.receiver.hex,
            payload_sealed=sealed.hex(),
            lifetime=(new.lifetime or self._settings.give_up_after) // _MICROSECOND,
            target=target_of(new.url),
        )

    async def of_subject(self, reader: Reader, kind: str, subject: UUID) -> list[Receipt]:
        return await reader.all(Queries.of_subject, kind, subject)

    async def get(self, reader: Reader, delivery: UUID) -> Receipt:
        found = await reader.one(Queries.get, delivery)
        if found is None:
            raise NotFound("no such delivery of this tenant")
        return found

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
        start = (kind, after or NIL, limit)
        if status is None and receiver is None:
            return await reader.all(Queries.page, *start)
        if receiver is None:
            return await reader.all(Queries.page_in, *start, status)
        if status is None:
            return await reader.all(Queries.page_to, *start, receiver)
        return await reader.all(Queries.page_in_to, *start, status, receiver)

    async def retry(self, tx: Tx, delivery: UUID) -> bool:
        url = await tx.one(Queries.revive, delivery, self._settings.give_up_after)
        if url is None:
            return False
        await tx.run(Queries.again, delivery, target_of(url))
        tx.after_commit(self.wake.set)
        return True

    async def withdraw(self, tx: Tx, kind: str, subject: UUID) -> int:
        return await tx.run(Queries.withdraw, kind, subject)
