"""Threads for slow work, with a bounded queue: too much of it is sent away, not piled up."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

from limen.authentication.errors import HashingOverloaded

T = TypeVar("T")


class HashingPool:
    """As many threads as cores; hashing lets go of the interpreter, so that they all work."""

    def __init__(self, *, threads: int, queue: int) -> None:
        self.threads = threads or os.cpu_count() or 1
        self._places = BoundedSemaphore(self.threads * (1 + queue))
        self._executor: ThreadPoolExecutor | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, from a thread.  Raises HashingOverloaded when full."""
        if not self._places.acquire(blocking=False):
            raise HashingOverloaded("the queue of the hashing threads is full", retry_after=2)
        try:
            future = self._threads().submit(work)
        except BaseException:
            self._places.release()
            raise
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)

    def _threads(self) -> ThreadPoolExecutor:
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self.threads, thread_name_prefix="hashing")
        return self._executor
