"""Comparing the store with the checkpoint file, before anything is served from it.

Every head in the file was committed to the store before it was written there.  A store that
does not hold them is not the one that wrote the file, or is an older copy of it: it would take
back revocations and erasures (F18), and answer for a past that others remember otherwise.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from limen.audit.errors import OlderCopy
from limen.audit.model.lines import HeadLine, StoreLine, WitnessLine
from limen.audit.model.notes import BadNote, Checkpoint, parse
from limen.audit.ports import Log, StoreEpoch
from limen.kernel.ids import TenantId
from limen.kernel.uow import Database, Reader

MOST_TENANTS = 20
"""An older copy is older for all tenants; those that signed last tell."""
_MEND = (
    " If this is a backup on purpose, run `limen restore`: it ends sessions and tokens, destroys"
    " again what was erased, and lets the log go on after the last known head."
)


async def compare(database: Database, newest: Sequence[WitnessLine], *, log: Log) -> None:
    """Check the store against the newest lines of the file.  Raises OlderCopy."""
    known = await log.store_epoch(database.system)
    for line in newest:
        if isinstance(line, StoreLine):
            _check_store(line, known)
    for tenant, (head, note) in _last_heads(newest).items():
        await _check_log(database.tenant(TenantId(tenant)), head, note, log)


def _check_store(line: StoreLine, known: StoreEpoch | None) -> None:
    if known is None:
        raise OlderCopy("The checkpoint file knows this store, which is empty." + _MEND)
    if line.store != known.store:
        raise OlderCopy(
            f"The checkpoint file is that of another store ({line.store}, this is {known.store})."
            " Set LIMEN_AUDIT__CHECKPOINT_FILE to this store's own file."
        )
    if line.epoch > known.epoch:
        raise OlderCopy(f"The checkpoint file knows epoch {line.epoch} of this store." + _MEND)


def _last_heads(newest: Iterable[WitnessLine]) -> dict[UUID, tuple[Checkpoint, str]]:
    last: dict[UUID, tuple[Checkpoint, str]] = {}
    for line in newest:
        if isinstance(line, HeadLine):
            try:
                head = parse(line.note)
            except BadNote:
                continue
            last.pop(head.tenant, None)
            last[head.tenant] = (head, line.note)
    return dict(list(last.items())[-MOST_TENANTS:])


async def _check_log(reader: Reader, head: Checkpoint, note: str, log: Log) -> None:
    stored = await log.head(reader)
    position = (head.epoch, head.seq)
    if stored is None or (stored.head.epoch, stored.head.seq) < position:
        have = "nothing" if stored is None else f"{stored.head.seq} (epoch {stored.head.epoch})"
        raise OlderCopy(
            f"The store is an older copy: the log of tenant {head.tenant} was signed up to"
            f" {head.seq} (epoch {head.epoch}), and holds {have}." + _MEND
        )
    if stored.head.epoch > head.epoch:
        following = [b for b in await log.beginnings(reader) if b.epoch > head.epoch]
        if following and following[0].after_seq >= head.seq:
            return
    found = await log.last_checkpoint(reader, head.seq)
    if found is None or found.note != note:
        raise OlderCopy(
            f"The log of tenant {head.tenant} is not the one whose head {head.seq} was signed:"
            " an older copy went on by itself, or it was changed." + _MEND
        )
