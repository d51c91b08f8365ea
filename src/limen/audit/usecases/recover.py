"""Making a restored copy of the store fit to be served."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID, uuid4

from limen.audit.model.lines import DestroyedLine, HeadLine, StoreLine, WitnessLine
from limen.audit.model.notes import BadNote, Checkpoint, parse
from limen.audit.ports import Log
from limen.audit.usecases.begin_anew import begin_anew
from limen.kernel.events import Recorder
from limen.kernel.ids import TenantId
from limen.kernel.uow import Database, Tx
from limen.kernel.vault import Keyring, Vault


class Ends(Protocol):
    """What a context lets go of in a restored copy (`platform.backup.effects.AfterRestore`)."""

    async def after_restore(self, tx: Tx) -> None: ...


@dataclass(slots=True)
class Outside:
    """What the checkpoint file remembers."""

    epoch: int = 0
    store: UUID | None = None
    heads: dict[UUID, Checkpoint] = field(default_factory=dict[UUID, Checkpoint])
    destroyed: dict[UUID, set[UUID]] = field(default_factory=dict[UUID, set[UUID]])


def remember(lines: Iterable[WitnessLine]) -> Outside:
    """Read the whole checkpoint file."""
    found = Outside()
    for line in lines:
        if isinstance(line, StoreLine):
            found.store, found.epoch = line.store, max(found.epoch, line.epoch)
        elif isinstance(line, DestroyedLine):
            found.destroyed.setdefault(line.tenant, set()).add(line.person)
        elif isinstance(line, HeadLine):
            _keep_newest(found.heads, line.note)
    return found


def _keep_newest(heads: dict[UUID, Checkpoint], note: str) -> None:
    try:
        head = parse(note)
    except BadNote:
        return
    known = heads.get(head.tenant)
    if known is None or (known.epoch, known.seq) <= (head.epoch, head.seq):
        heads[head.tenant] = head


async def recover(
    database: Database,
    tenants: Sequence[TenantId],
    outside: Outside,
    *,
    ends: Sequence[Ends],
    log: Log,
    vault: Vault,
    recorder: Recorder,
) -> int:
    """Begin a new epoch and return it.

    In each tenant, in one unit: `ends` let go of what must not live again, erased persons'
    keys are destroyed again (G03), and the log goes on after its last known head.  The store's
    epoch is committed last, so that this can be repeated after a crash.
    """
    known = await log.store_epoch(database.system)
    epoch = max(known.epoch if known else 1, outside.epoch) + 1
    store = known.store if known else outside.store or uuid4()
    for tenant in tenants:
        door = database.tenant(tenant)
        if any(beginning.epoch == epoch for beginning in await log.beginnings(door)):
            continue  # an earlier attempt came past this tenant
        keyring = await vault.keyring(door)
        await door.transact(_Unit(tenant, epoch, outside, ends, log, vault, recorder, keyring))

    async def begin(tx: Tx) -> None:
        await log.begin_store_epoch(tx, epoch, store)

    await database.system.transact(begin)
    return epoch


@dataclass(frozen=True, slots=True)
class _Unit:
    tenant: TenantId
    epoch: int
    outside: Outside
    ends: Sequence[Ends]
    log: Log
    vault: Vault
    recorder: Recorder
    keyring: Keyring

    async def __call__(self, tx: Tx) -> None:
        for one in self.ends:
            await one.after_restore(tx)
        for person in sorted(self.outside.destroyed.get(self.tenant, ())):
            await self.vault.destroy_person(tx, person)
        await begin_anew(
            tx,
            epoch=self.epoch,
            known=self.outside.heads.get(self.tenant),
            keyring=self.keyring,
            log=self.log,
            recorder=self.recorder,
        )
