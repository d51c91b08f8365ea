"""Answers that tell nothing by their time: what remains unequal hides below a floor (A063)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta


@asynccontextmanager
async def paced(floor: timedelta) -> AsyncGenerator[None]:
    """Let the block take at least `floor`, whether it returns or raises."""
    loop = asyncio.get_running_loop()
    until = loop.time() + floor.total_seconds()
    try:
        yield
    finally:
        await asyncio.sleep(max(0.0, until - loop.time()))
