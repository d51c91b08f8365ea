"""Background work inside a serving process or a worker."""

import asyncio
import logging
from collections.abc import Sequence

from limen.platform.http.faces import Task

_log = logging.getLogger("limen.tasks")


class Tasks:
    """Runs each task in its own loop until stopped; one that fails goes on at its next turn."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        self._running: list[asyncio.Task[None]] = []
        self.failures: dict[str, int] = {task.name: 0 for task in tasks}

    def start(self) -> None:
        self._running = [
            asyncio.create_task(self._loop(task), name=f"limen:{task.name}") for task in self._tasks
        ]

    async def stop(self) -> None:
        """Cancel all and wait until they are gone; a unit in flight is finished or undone."""
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._running = []

    async def run_once(self) -> None:
        """Give each task one turn, in order; tests and commands use it.  Raises what they raise."""
        for task in self._tasks:
            await task.run()

    async def _loop(self, task: Task) -> None:
        while True:
            try:
                await task.run()
            except Exception:  # noqa: BLE001 - logged and counted; the next turn comes
                self.failures[task.name] += 1
                _log.exception("task failed", extra={"task": task.name})
            await _pause(task)


async def _pause(task: Task) -> None:
    seconds = task.every.total_seconds()
    if task.wake is None:
        await asyncio.sleep(seconds)
        return
    try:
        async with asyncio.timeout(seconds):
            await task.wake.wait()
    except TimeoutError:
        return
    finally:
        task.wake.clear()
