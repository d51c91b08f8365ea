"""Background work: sealing within 100 ms of a commit, signing heads once a minute."""

import logging
from datetime import timedelta
from typing import Final
from uuid import UUID

from limen.audit.errors import LogDamaged
from limen.audit.ports import Log
from limen.audit.usecases.checkpoint import checkpoint
from limen.audit.usecases.seal import BATCH, Overtaken, seal
from limen.audit.usecases.witness import Witness
from limen.kernel.clock import Clock
from limen.kernel.events import Recorder
from limen.kernel.ids import TenantId
from limen.kernel.uow import Database
from limen.kernel.vault import Vault
from limen.platform.facts.queue import RETENTION, SealQueue

EVERY: Final = timedelta(milliseconds=100)
SIGN_EVERY: Final = timedelta(minutes=1)
LOOK: Final = 1.0
"""Seconds between looks into the queue, for facts of other processes and of one that died."""
MOST_BATCHES: Final = 20
_log = logging.getLogger("limen.audit")


class Sealing:
    """Seals what this process recorded, and what others left behind."""

    def __init__(
        self, database: Database, vault: Vault, log: Log, queue: SealQueue, clock: Clock
    ) -> None:
        self._database, self._vault, self._log = database, vault, log
        self._queue, self._clock = queue, clock
        self._next_look, self._after = 0.0, UUID(int=0)
        self.moved: set[TenantId] = set()
        self.damaged: set[TenantId] = set()
        self.sealed = self.overtaken = 0

    async def turn(self) -> None:
        """Seal once; what fails for one tenant holds up no other."""
        for tenant in self._queue.take():
            await self._try(tenant)
        if self._clock.monotonic() >= self._next_look:
            self._next_look = self._clock.monotonic() + LOOK
            await self._look()

    async def _try(self, tenant: TenantId) -> int:
        try:
            return await self._seal(tenant)
        except Overtaken:
            self.overtaken += 1
            self._queue.put_back(tenant)
        except LogDamaged as error:
            if tenant not in self.damaged:
                self.damaged.add(tenant)
                extra = {"tenant": tenant, "reason": error.detail}
                _log.critical("the log was changed from outside; it is not sealed", extra=extra)
        except Exception:  # noqa: BLE001 - logged; the facts are safe in the store
            self._queue.put_back(tenant)
            _log.exception("cannot seal now", extra={"tenant": tenant})
        return 0

    async def _seal(self, tenant: TenantId) -> int:
        store, total = self._database.tenant(tenant), 0
        keyring = await self._vault.keyring(store)
        for _ in range(MOST_BATCHES):
            done = await seal(store, keyring=keyring, log=self._log)
            total += done
            if done < BATCH:
                break
        else:
            self._queue.put_back(tenant)
        if total:
            self.sealed += total
            self.moved.add(tenant)
        return total

    async def _look(self) -> None:
        queued = await self._log.queued(self._database.system, self._after)
        self._after = queued[-1].tenant if len(queued) == 100 else UUID(int=0)
        until = self._clock.now() - RETENTION
        for entry in queued:
            tenant = TenantId(entry.tenant)
            if await self._log.unsealed(self._database.tenant(tenant), 1):
                await self._try(tenant)
            elif entry.queued_at < until:
                work = self._log.unqueue
                await self._database.system.transact(lambda tx, e=entry, w=work: w(tx, e))


class Signing:
    """Signs the heads that moved, and writes them to the checkpoint file."""

    def __init__(
        self,
        sealing: Sealing,
        database: Database,
        vault: Vault,
        log: Log,
        recorder: Recorder,
        clock: Clock,
        witness: Witness,
    ) -> None:
        self._sealing, self._database, self._vault = sealing, database, vault
        self._log, self._recorder, self._clock = log, recorder, clock
        self._witness = witness
        self.signed = 0

    async def turn(self) -> None:
        """Sign once.  Tenants of the queue are visited too: their sealer may have died."""
        tenants, self._sealing.moved = self._sealing.moved, set()
        queued = await self._log.queued(self._database.system, UUID(int=0))
        tenants |= {TenantId(entry.tenant) for entry in queued}
        for tenant in tenants - self._sealing.damaged:
            try:
                await self._sign(tenant)
            except Exception:  # noqa: BLE001 - logged; the next turn tries again
                self._sealing.moved.add(tenant)
                _log.exception("cannot sign or witness the log's head", extra={"tenant": tenant})

    async def _sign(self, tenant: TenantId) -> None:
        store = self._database.tenant(tenant)
        signed = await checkpoint(
            store,
            keyring=await self._vault.keyring(store),
            log=self._log,
            recorder=self._recorder,
            clock=self._clock,
        )
        if signed is not None:
            self.signed += 1
            await self._witness.note(store, signed)
