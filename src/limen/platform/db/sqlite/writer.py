"""The one writer: units queue, share a transaction, and are answered when it is on the disk.

A turn takes what is queued, for at most 2 ms, runs each unit in a savepoint of one
`BEGIN IMMEDIATE`, and hands the COMMIT to a thread; meanwhile the next units gather.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from logging import getLogger
from time import perf_counter
from typing import Any

from limen.kernel.errors import Unavailable
from limen.kernel.ids import TenantId
from limen.platform.db.errors import Busy
from limen.platform.db.guard import begin, drive
from limen.platform.db.sqlite.connection import Connection, is_busy, lost, translate
from limen.platform.db.sqlite.unit import SqliteTx

TURN = 0.002  # seconds of units in one transaction
RETRY = 0.002  # seconds until the lock of another process is tried again

Work = Callable[[Any], Awaitable[Any]]
_log = getLogger(__name__)


class _Unit:
    """A queued unit, then its outcome."""

    __slots__ = ("answer", "context", "error", "queued_at", "result", "tx", "work")

    def __init__(self, tx: SqliteTx, work: Work, answer: "asyncio.Future[Any]", at: float) -> None:
        self.tx = tx
        self.work = work
        self.answer = answer
        self.queued_at = at
        self.context: Context = copy_context()  # contextvars of one caller never meet another's
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        """Answer the caller, who may have left."""
        if self.answer.done():
            return
        if self.error is None:
            self.answer.set_result(self.result)
        elif isinstance(self.error, asyncio.CancelledError):
            self.answer.cancel()
        else:
            self.answer.set_exception(self.error)


class Writer:
    """Owns the connection that writes.  `patience` is how many seconds a unit waits for others."""

    def __init__(self, connection: Connection, patience: float) -> None:
        self._connection = connection
        self._patience = patience
        self._queue: deque[_Unit] = deque()
        self._thread = ThreadPoolExecutor(1, "limen-sqlite-commit")
        self._loop = asyncio.get_running_loop()
        self._turning = False  # a turn is scheduled, running or committing
        self._committing = False  # the connection is the thread's
        self._idle: asyncio.Future[None] | None = None
        self._closed = False
        self._seen = connection.data_version()
        self.in_unit = False
        self.listeners: list[Callable[[], None]] = []

    def submit(self, tenant: TenantId, work: Work) -> "asyncio.Future[Any]":
        """Queue a unit; the future is done once its transaction is durable, or failed."""
        if self._closed:
            raise Unavailable("the store is closed")
        answer: asyncio.Future[Any] = self._loop.create_future()
        tx = SqliteTx(self._connection, tenant)
        self._queue.append(_Unit(tx, work, answer, self._loop.time()))
        if not self._turning:
            self._turning = True
            self._loop.call_soon(self._turn)
        return answer

    def notice(self) -> None:
        """Tell the listeners if another process has written."""
        version = self._connection.data_version()
        if version != self._seen:
            self._seen = version
            for listener in self.listeners:
                listener()

    def notice_if_free(self) -> None:
        """The same, from outside a turn: while ours is committing, nobody else can write."""
        if not self._committing and not self._closed:
            self.notice()

    async def aclose(self) -> None:
        """Finish what is queued, then close."""
        self._closed = True
        if self._turning:
            self._idle = self._loop.create_future()
            await self._idle
        self._thread.shutdown()
        self._connection.close()

    # one turn

    def _turn(self) -> None:
        units: list[_Unit] = []
        committing = False
        try:
            if not self._begin():
                committing = True  # waits for a timer, and keeps the queue
                return
            self._run_queued(units)
            committing = self._hand_over(units)
        except BaseException as error:
            self._fail(units, error)
            if not isinstance(error, Exception):
                raise
        finally:
            if not committing:
                self._next()

    def _begin(self) -> bool:
        """Open the transaction, or set a timer where another process holds the lock."""
        try:
            self._connection.fetch("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                self._refuse_queued(translate(error), 0.0)
                return True
            self._refuse_queued(Busy(f"SQLite: {error}"), self._patience)
            if not self._queue:
                return True
            self._loop.call_later(RETRY, self._turn)
            return False
        self.notice()
        return True

    def _refuse_queued(self, refusal: Exception, patience: float) -> None:
        """Refuse the units that have waited for at least `patience` seconds."""
        before = self._loop.time() - patience
        while self._queue and self._queue[0].queued_at <= before:
            unit = self._queue.popleft()
            unit.error = refusal
            unit.settle()

    def _run_queued(self, units: list[_Unit]) -> None:
        until = perf_counter() + TURN
        while self._queue and perf_counter() < until:
            unit = self._queue.popleft()
            if unit.answer.done():
                continue  # the caller left before it began
            units.append(unit)
            self._run(unit)
            if not self._connection.raw.in_transaction:
                raise lost(unit.error)

    def _run(self, unit: _Unit) -> None:
        """Run one unit in a savepoint of its own and keep its outcome."""
        self._connection.stop_clock()
        self._connection.fetch("SAVEPOINT unit")
        self.in_unit = True
        try:
            unit.result = unit.context.run(_perform, unit)
            if unit.tx.failure is not None:
                raise unit.tx.failure  # swallowed by the unit, and kept all the same
        except BaseException as error:  # noqa: BLE001 - whatever it is belongs to the caller
            unit.error = error
        finally:
            self.in_unit = False
            self._connection.moment = None
        if not self._connection.raw.in_transaction:
            return
        if unit.error is not None:
            self._connection.fetch("ROLLBACK TO unit")
        self._connection.fetch("RELEASE unit")

    def _hand_over(self, units: list[_Unit]) -> bool:
        """Commit in the thread; say whether there was anything to commit."""
        if not self._connection.raw.in_transaction:
            return False
        if all(unit.error is not None for unit in units):
            self._connection.fetch("ROLLBACK")
            self._answer(units)
            return False
        self._committing = True
        commit = self._loop.run_in_executor(self._thread, self._connection.fetch, "COMMIT")
        commit.add_done_callback(lambda done: self._committed(units, done))
        return True

    def _committed(self, units: list[_Unit], commit: "asyncio.Future[Any]") -> None:
        self._committing = False
        try:
            error = commit.exception()
            if error is None:
                self._answer(units)
            else:
                self._fail(units, error)
        finally:
            self._next()

    def _fail(self, units: list[_Unit], error: BaseException) -> None:
        """Keep nothing of the turn: every unit that ran in it fails."""
        if self._connection.raw.in_transaction:
            self._connection.fetch("ROLLBACK")
        shown = translate(error) if isinstance(error, sqlite3.Error) else error
        for unit in units:
            unit.error = unit.error or shown
        self._answer(units)

    def _answer(self, units: list[_Unit]) -> None:
        for unit in units:
            if unit.error is None:
                for effect in unit.tx.effects or ():
                    _do(unit.context, effect)
            unit.settle()

    def _next(self) -> None:
        if self._queue:
            self._loop.call_soon(self._turn)
            return
        self._turning = False
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)


def _perform(unit: _Unit) -> Any:
    return drive(begin(unit.work, unit.tx))


def _do(context: Context, effect: Callable[[], None]) -> None:
    """An effect that fails cannot undo what is durable; it is logged."""
    try:
        context.run(effect)
    except Exception:
        _log.exception("an effect after a commit failed")
