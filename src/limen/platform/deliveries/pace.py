"""How often, how many at once: a slow receiver gets its share and no more."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from limen.platform.deliveries.settings import DeliverySettings

_GROWS = 4
_PATIENT = 3  # failures in a row, until a receiver is given a rest
_REST = 60.0  # seconds, at most
_MOST = 1000  # receivers without an answer that are remembered


def target_of(url: str) -> str:
    """Return the receiver of a URL: scheme, host and port; of what is none, all of it."""
    try:
        parts = urlsplit(url)
    except ValueError:  # it will not be sent, but what queues it must not fail for it
        return url[:200]
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


def wait_after(
    attempts: int, settings: DeliverySettings, jitter: Callable[[], float] | None = None
) -> timedelta:
    """Return how long to wait after the n-th try failed: 80 to 120 % of a growing time."""
    grown = settings.first_retry_after * _GROWS ** min(attempts - 1, 16)
    share = jitter() if jitter else secrets.randbelow(401) / 1000 + 0.8
    return min(grown, settings.longest_wait) * share


@dataclass(slots=True)
class _Load:
    under_way: int = 0
    failures: int = 0
    rests_until: float = 0.0


@dataclass(slots=True)
class Pace:
    """What this process has under way, by receiver."""

    settings: DeliverySettings
    monotonic: Callable[[], float]
    _loads: dict[str, _Load] = field(default_factory=dict[str, _Load])

    def __len__(self) -> int:
        return len(self._loads)

    def busy(self) -> list[str]:
        """Return the receivers that get nothing more for now."""
        return [target for target in self._loads if self.room_of(target) < 1]

    def room_of(self, target: str) -> int:
        """Return how many more may go there; to one that gave no answer, one at a time."""
        load = self._loads.get(target)
        if load is None:
            return self.settings.concurrency_per_receiver
        if load.rests_until > self.monotonic():
            return 0
        most = 1 if load.failures else self.settings.concurrency_per_receiver
        return most - load.under_way

    def begin(self, target: str) -> None:
        load = self._loads.pop(target, None) or _Load()
        self._loads[target] = load  # the latest is the last
        load.under_way += 1
        if len(self._loads) > _MOST:
            oldest = next((t for t, one in self._loads.items() if not one.under_way), target)
            if oldest != target:
                del self._loads[oldest]

    def end(self, target: str, *, answered: bool) -> None:
        """Note that one is over; who never answers rests for longer and longer."""
        load = self._loads[target]
        load.under_way -= 1
        load.failures = 0 if answered else load.failures + 1
        if load.failures >= _PATIENT:
            load.rests_until = self.monotonic() + min(
                2.0 ** min(load.failures - _PATIENT, 6), _REST
            )
        if not load.under_way and not load.failures:
            del self._loads[target]
