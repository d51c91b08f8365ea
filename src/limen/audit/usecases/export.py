"""Exporting a tenant's log, so that it can be verified with nothing but the file."""

from collections import deque
from collections.abc import AsyncIterator

import msgspec

from limen.audit.errors import NotExportable
from limen.audit.model.leaves import Record, Sealed
from limen.audit.model.lines import (
    FORMAT,
    EndLine,
    HeadLine,
    LogLine,
    Start,
    encode,
    fact_line,
    key_line,
)
from limen.audit.model.notes import instant, parse
from limen.audit.ports import Log, Persons, StoredCheckpoint
from limen.kernel.clock import Clock
from limen.kernel.uow import Reader, Store
from limen.kernel.vault import CannotOpen, Keyring, Place

PAGE = 200


async def export(
    store: Store,
    *,
    log: Log,
    clock: Clock,
    opener: "Opener | None" = None,
    after: int = 0,
    most: int | None = None,
) -> AsyncIterator[bytes]:
    """Give the lines of an export that reaches to the newest signed head.

    It begins after the newest signed head at or before `after`, and stops at the first one
    that covers `most` facts.  With an `opener` personal data is added in clear; the sealed
    form is there in any case.  Raises NotExportable before the first head was signed.
    """
    last = await log.last_checkpoint(store)
    if last is None:
        raise NotExportable
    start = await log.last_checkpoint(store, after) if after > 0 else None
    yield _line(await _header(store, log, clock, start, opened=opener is not None))
    reached, count, facts = start, 0, _Facts(store, log, start.seq if start else -(2**63))
    async for head in _heads(store, log, start, last):
        async for fact in facts.until(head.seq):
            count += 1
            yield _line(fact_line(fact, await opener.open(store, fact) if opener else None))
        yield _line(HeadLine(note=head.note))
        reached = head
        if most is not None and count >= most:
            break
    yield _line(_end(reached or last))


async def _heads(
    store: Store, log: Log, start: StoredCheckpoint | None, last: StoredCheckpoint
) -> AsyncIterator[StoredCheckpoint]:
    position = (0, -1) if start is None else (start.epoch, start.seq)
    while True:
        page = await log.checkpoints(store, position, last.seq)
        for head in page:
            position = (head.epoch, head.seq)
            if position <= (last.epoch, last.seq):
                yield head
        if not page:
            return


class _Facts:
    """Sealed facts in order, a page at a time."""

    def __init__(self, store: Store, log: Log, after: int) -> None:
        self._store, self._log, self._after = store, log, after
        self._page: deque[Sealed] = deque()

    async def until(self, seq: int) -> AsyncIterator[Sealed]:
        while True:
            while self._page and self._page[0].seq <= seq:
                fact = self._page.popleft()
                self._after = fact.seq
                yield fact
            if self._page or self._after >= seq:
                return
            self._page.extend(await self._log.sealed(self._store, self._after, PAGE))
            if not self._page:
                return


async def _header(
    store: Store, log: Log, clock: Clock, start: StoredCheckpoint | None, *, opened: bool
) -> LogLine:
    return LogLine(
        format=FORMAT,
        tenant=store.tenant,
        exported_at=instant(clock.now()),
        keys=[key_line(store.tenant, stored.entry) for stored in await log.keys(store)],
        epochs=await log.beginnings(store),
        start=None if start is None else Start(start.note, start.frontier),
        opened=opened,
    )


def _end(reached: StoredCheckpoint) -> EndLine:
    return EndLine(
        epoch=reached.epoch,
        seq=reached.seq,
        size=reached.size,
        chain=parse(reached.note).chain,
        frontier=reached.frontier,
    )


def _line(line: msgspec.Struct) -> bytes:
    return encode(line) + b"\n"


class Opener:
    """Opens what is personal in facts, for those who may see it."""

    def __init__(self, keyring: Keyring, persons: Persons) -> None:
        self._keyring, self._persons = keyring, persons

    async def open(self, reader: Reader, fact: Record) -> object:
        """Return what was sealed; None if there is nothing, or its key was destroyed (G04)."""
        if fact.personal_sealed is None:
            return None
        place = Place("events", "personal", fact.event_id)
        try:
            if fact.person is None or fact.key_commitment is None:
                return msgspec.json.decode(self._keyring.open(place, fact.personal_sealed))
            key = await self._persons.person(reader, fact.person)
            return key and msgspec.json.decode(key.open(place, fact.personal_sealed))
        except CannotOpen:
            return None
