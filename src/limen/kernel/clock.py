"""The time, as a dependency."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; tests freeze it."""

    def now(self) -> datetime:
        """Return the wall-clock time in UTC, to the microsecond."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards, also across suspend where the OS can."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return _BOOT_TIME()


def _boot_time() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


_BOOT_TIME = _boot_time if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic
