"""The log, put together."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from limen.audit.http import AuditApi, KeyVault
from limen.audit.routes import ROUTES
from limen.audit.store import SqlLog
from limen.audit.tasks import EVERY, SIGN_EVERY, Sealing, Signing
from limen.audit.usecases.recover import Ends, recover, remember
from limen.audit.usecases.witness import Witness
from limen.audit.witness import CheckpointFile
from limen.kernel.ids import TenantId
from limen.kernel.uow import Database
from limen.platform.backup.manifest import HeadOf, State
from limen.platform.config.core import AuditSettings
from limen.platform.facts.queue import SealQueue
from limen.platform.http.api import Listings
from limen.platform.http.faces import Faces, Task
from limen.platform.services import Platform
from limen.platform.telemetry.checks import Check, Result, fail, ok
from limen.platform.telemetry.metrics import Gauge, Metrics

__all__ = ["ROUTES", "AuditWired", "wire"]


@dataclass(frozen=True, slots=True)
class AuditWired:
    """`begin` compares the store with the checkpoint file, before anything is served."""

    platform: Platform
    queue: SealQueue
    log: SqlLog
    witness: Witness
    sealing: Sealing
    signing: Signing
    file: CheckpointFile | None
    faces: Faces

    async def begin(self) -> None:
        """Raises OlderCopy where the store is not the one that the file knows."""
        await self.witness.begin(self.platform.database)

    async def end(self) -> None:
        """Seal and sign what was recorded last, before the store is closed."""
        await self.sealing.turn()
        await self.signing.turn()

    async def describe(self, tenants: Sequence[TenantId], database: Database) -> State:
        """Return what the log knows of a store: ours, or a copy of it."""
        known = await self.log.store_epoch(database.system)
        heads: list[HeadOf] = []
        for tenant in tenants:
            stored = await self.log.head(database.tenant(tenant))
            if stored is not None:
                head = stored.head
                heads.append(HeadOf(tenant=tenant, epoch=head.epoch, seq=head.seq))
        if known is None:
            return State(store=None, epoch=1, heads=heads)
        return State(store=known.store, epoch=known.epoch, heads=heads)

    async def recover(self, tenants: Sequence[TenantId], ends: Sequence[Ends]) -> int:
        """Make a restored copy fit to be served, and return its new epoch.

        The checkpoint file learns of it by `begin` and `end`, once the copy is the store.
        """
        file = self.file
        lines = [] if file is None else await asyncio.to_thread(lambda: list(file.lines()))
        return await recover(
            self.platform.database,
            tenants,
            remember(lines),
            ends=ends,
            log=self.log,
            vault=self.platform.vault,
            recorder=self.platform.recorder,
        )

    @property
    def checks(self) -> tuple[Check, ...]:
        return (Check("log", self._check),)

    async def _check(self) -> Result:
        if self.sealing.damaged:
            named = ", ".join(sorted(str(tenant) for tenant in self.sealing.damaged))
            mend = "Run `limen audit verify`; restore a backup if it was changed."
            return fail(f"the log was changed from outside (tenants {named})", mend)
        if self.queue.lag > 30:
            mend = "See the log of the server or the worker for why."
            return fail(f"facts have waited {self.queue.lag:.0f} s to be sealed", mend)
        return ok("facts are sealed as they come")

    def add_metrics(self, metrics: Metrics) -> None:
        """Have the log's own numbers scraped."""
        sealing, signing, queue = self.sealing, self.signing, self.queue
        metrics.add(
            Gauge("limen_log_lag_seconds", "How long facts of this process have waited for"
                  " their place in the log.", read=lambda: queue.lag),
            Gauge("limen_log_sealed_total", "Facts sealed.", read=lambda: sealing.sealed,
                  kind="counter"),
            Gauge("limen_log_signed_total", "Heads signed.", read=lambda: signing.signed,
                  kind="counter"),
            Gauge("limen_log_damaged", "Logs that were changed from outside.",
                  read=lambda: len(sealing.damaged)),
        )  # fmt: skip


def wire(platform: Platform, *, queue: SealQueue, settings: AuditSettings) -> AuditWired:
    log, vault = SqlLog(), cast("KeyVault", platform.vault)
    path = settings.checkpoint_file
    file = None if path is None else CheckpointFile(path)
    database, clock = platform.database, platform.clock
    sealing = Sealing(database, vault, log, queue, clock)
    witness = Witness(file, log=log, persons=vault)
    signing = Signing(sealing, database, vault, log, platform.recorder, clock, witness)
    api = AuditApi(
        log=log, vault=vault, recorder=platform.recorder, clock=clock,
        listings=Listings(vault), file=file,
    )  # fmt: skip
    tasks = (
        Task("audit.seal", EVERY, sealing.turn, everywhere=True),
        Task("audit.sign", SIGN_EVERY, signing.turn),
    )
    faces = Faces(ROUTES, api.handlers(), tasks)
    return AuditWired(platform, queue, log, witness, sealing, signing, file, faces)
