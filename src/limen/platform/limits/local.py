"""A generic cell rate limiter in memory: one float a key, no thread, no I/O."""

from dataclasses import dataclass

from limen.kernel.clock import Clock

_SWEEP_EVERY = 20_000


@dataclass(frozen=True, slots=True)
class Limit:
    """`count` things in `seconds`, all of which may come at once after a rest."""

    count: int
    seconds: float

    @property
    def interval(self) -> float:
        return self.seconds / self.count


class Limiter:
    """Limits by key; a key holds the time at which it will be at rest again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rests: dict[str, float] = {}
        self._taken = 0

    def take(self, key: str, limit: Limit, cost: int = 1) -> float:
        """Take `cost` and return 0, or take nothing and return the seconds to wait."""
        now = self._clock.monotonic()
        self._taken += 1
        if self._taken >= _SWEEP_EVERY:
            self._sweep(now)
        rest = max(self._rests.get(key, 0.0), now) + cost * limit.interval
        wait = rest - now - limit.seconds
        if wait > 1e-9:
            return wait
        self._rests[key] = rest
        return 0.0

    def give_back(self, key: str, limit: Limit, cost: int = 1) -> None:
        """Return what an attempt took that turned out to be rightful."""
        if key in self._rests:
            self._rests[key] -= cost * limit.interval

    def remaining(self, key: str, limit: Limit) -> int:
        """Return how many more may come now."""
        now = self._clock.monotonic()
        used = max(self._rests.get(key, 0.0) - now, 0.0)
        return max(0, int((limit.seconds - used) / limit.interval + 1e-9))

    def _sweep(self, now: float) -> None:
        self._taken = 0
        self._rests = {key: rest for key, rest in self._rests.items() if rest > now}
