"""Answers that tell nothing by their time: what remains unequal hides below a floor (A063)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from secrets import SystemRandom
from time import perf_counter

_random = SystemRandom()
_EARLY = 0.001
"""Seconds by which a timer of the event loop may ring too early."""


@asynccontextmanager
async def paced(floor: timedelta) -> AsyncGenerator[None]:
    """Let the block take at least `floor`, whether it returns or raises.

    A random quarter comes on top: waking up is a tenth of a millisecond apart after different
    work, which a few hundred samples would show.
    """
    until = perf_counter() + floor.total_seconds() * (1 + _random.random() / 4)
    try:
        yield
    finally:
        left = until - perf_counter()
        if left > 0:
            await asyncio.sleep(left + _EARLY)
