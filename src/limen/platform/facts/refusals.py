"""Refusals of strangers, beyond a limit, become one fact with their number.

Without it whoever sends requests writes our log: a flood would bury what matters and fill
the disk.  The counts are in memory, so a crash loses those of the current minute.
"""

from dataclasses import dataclass

from limen.kernel.clock import Clock
from limen.kernel.ids import TenantId

WINDOW = 60.0
"""Seconds that a count runs."""


@dataclass(slots=True)
class _Count:
    ends_at: float
    seen: int = 0
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """So many refusals of this name were not recorded one by one."""

    tenant: TenantId
    name: str
    count: int


class RefusalLimit:
    """Counts refusals by tenant and name; the first `limit` of a minute are admitted."""

    def __init__(self, clock: Clock, limit: int) -> None:
        self._monotonic, self._limit = clock.monotonic, limit
        self._counts: dict[tuple[TenantId, str], _Count] = {}

    def admits(self, tenant: TenantId, name: str) -> bool:
        """Return whether to record this one; one that is not will be in a summary."""
        now = self._monotonic()
        key = (tenant, name)
        count = self._counts.get(key)
        if count is None or (now >= count.ends_at and not count.left_out):
            count = self._counts[key] = _Count(now + WINDOW)
        count.seen += 1
        if count.seen <= self._limit:
            return True
        count.left_out += 1
        return False

    def take(self, *, all_of_them: bool = False) -> list[Summary]:
        """Return the summaries of the minutes that are over, or of all, and forget them."""
        now = self._monotonic()
        over = [k for k, count in self._counts.items() if all_of_them or now >= count.ends_at]
        counts = [(key, self._counts.pop(key).left_out) for key in over]
        return [Summary(tenant, name, count) for (tenant, name), count in counts if count]

    def put_back(self, summary: Summary) -> None:
        """Count a summary again that could not be recorded."""
        key = (summary.tenant, summary.name)
        count = self._counts.setdefault(key, _Count(self._monotonic() + WINDOW, self._limit))
        count.left_out += summary.count
