"""Which tenants have facts that wait for their place in the log.

A row of `seal_queue` says it to every process; it is written in the transaction of the fact,
so that no crash leaves a tenant unqueued.  Writing it with every fact would make one row hot.
So a process that saw its row committed does not repeat it for REFRESH, and the sealer removes
a row only RETENTION after it was last written: longer than REFRESH and any transaction
together.  In between the row is there whatever happens, and each process tells its own sealer
at once (`take`).
"""

from datetime import timedelta
from functools import partial
from typing import Final

from limen.kernel.clock import Clock
from limen.kernel.ids import TenantId
from limen.kernel.uow import Tx
from limen.platform.facts.store import Queries

REFRESH: Final = timedelta(minutes=1)
RETENTION: Final = timedelta(minutes=10)


class SealQueue:
    """The tenants to seal, as this process knows them."""

    def __init__(self, clock: Clock) -> None:
        self._monotonic = clock.monotonic
        self._queued: dict[TenantId, float] = {}
        self._waiting: set[TenantId] = set()
        self._since = self._since_taken = 0.0

    async def note(self, tx: Tx) -> None:
        """Say that the unit inserts a fact; heard by all once it is committed."""
        tenant = tx.tenant
        now = self._monotonic()
        if now < self._queued.get(tenant, 0.0):
            tx.after_commit(partial(self._wait, tenant))
            return
        await tx.run(Queries.enqueue)
        tx.after_commit(partial(self._committed, tenant, now + REFRESH.total_seconds()))

    def _committed(self, tenant: TenantId, until: float) -> None:
        self._queued[tenant] = until
        self._wait(tenant)

    def _wait(self, tenant: TenantId) -> None:
        if not self._waiting:
            self._since = self._monotonic()
        self._waiting.add(tenant)

    def take(self) -> set[TenantId]:
        """Return the tenants that got facts from this process since the last call."""
        if not self._waiting:
            return _NONE
        waiting, self._waiting = self._waiting, set()
        self._since_taken = self._since
        return waiting

    def put_back(self, tenant: TenantId) -> None:
        """Have `tenant` among the next that are taken; it waits as long as it did."""
        self._since = self._since_taken
        self._waiting.add(tenant)

    @property
    def lag(self) -> float:
        """Seconds that the facts of this process have waited, at most."""
        return self._monotonic() - self._since if self._waiting else 0.0


_NONE: set[TenantId] = set()
