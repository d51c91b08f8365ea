"""Writing outside the store what a restored copy of it must not forget."""

import asyncio
from collections.abc import Iterable
from typing import Protocol
from uuid import uuid4

from limen.audit.model.lines import (
    DestroyedLine,
    HeadLine,
    KeyLine,
    StoreLine,
    WitnessLine,
    key_line,
)
from limen.audit.ports import Log, Persons, StoredCheckpoint, StoreEpoch
from limen.audit.usecases.compare import compare
from limen.kernel.uow import Database, Store, Tx


class Lines(Protocol):
    """The checkpoint file; its methods block, so they run in a thread."""

    def append(self, lines: Iterable[WitnessLine]) -> None: ...

    def lines(self) -> Iterable[WitnessLine]: ...

    def newest(self) -> list[WitnessLine]: ...


class Witness:
    """Keeps the checkpoint file; without one it does nothing but compare nothing.

    A head is written after its commit, so that the store always holds what the file says.
    """

    def __init__(self, file: Lines | None, *, log: Log, persons: Persons) -> None:
        self._file, self._log, self._persons = file, log, persons
        self._known: dict[bytes, int] | None = None

    async def begin(self, database: Database) -> StoreEpoch:
        """Name the store, if it has no name yet, and compare it with the file.

        Raises OlderCopy, having changed nothing.
        """
        file = self._file
        newest = [] if file is None else await asyncio.to_thread(file.newest)
        await compare(database, newest, log=self._log)
        known = await self._log.store_epoch(database.system) or await self._first(database)
        stores = [line for line in newest if isinstance(line, StoreLine)]
        mine = StoreLine(store=known.store, epoch=known.epoch)
        if file is not None and (not stores or stores[-1] != mine):
            await asyncio.to_thread(file.append, [mine])
        return known

    async def _first(self, database: Database) -> StoreEpoch:
        async def work(tx: Tx) -> None:
            await self._log.begin_store_epoch(tx, 1, uuid4())

        await database.system.transact(work)
        known = await self._log.store_epoch(database.system)
        if known is None:  # pragma: no cover - it was just committed
            raise RuntimeError("the store has no epoch")
        return known

    async def note(self, store: Store, head: StoredCheckpoint) -> None:
        """Write the head, with the keys and erasures that the file does not know.

        Raises OSError where the file cannot be written.
        """
        if self._file is None:
            return
        if self._known is None:
            self._known = await asyncio.to_thread(_known, self._file)
        fresh = [line for line in await self._lines(store, head) if self._is_new(line)]
        if fresh:
            await asyncio.to_thread(self._file.append, fresh)
            self._known.update(dict(map(_mark, fresh)))

    def _is_new(self, line: WitnessLine) -> bool:
        mark, value = _mark(line)
        return (self._known or {}).get(mark) != value

    async def _lines(self, store: Store, head: StoredCheckpoint) -> list[WitnessLine]:
        tenant = store.tenant
        keys = [key_line(tenant, stored.entry) for stored in await self._log.keys(store)]
        gone = await self._persons.destroyed(store)
        erased = [DestroyedLine(tenant=tenant, person=person.id) for person in gone]
        return [*keys, *erased, HeadLine(note=head.note)]


def _known(file: Lines) -> dict[bytes, int]:
    return dict(map(_mark, file.lines()))


def _mark(line: WitnessLine) -> tuple[bytes, int]:
    """Return what a line is about, and what it says of it; of heads only the last counts."""
    if isinstance(line, HeadLine):
        return line.note.partition("\n")[0].encode(), hash(line.note)
    if isinstance(line, KeyLine):
        return b"key %d " % line.version + line.tenant.bytes, hash(line.key)
    if isinstance(line, DestroyedLine):
        return line.tenant.bytes + line.person.bytes, 1
    return line.store.bytes, line.epoch
