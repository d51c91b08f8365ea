"""The one writer: units queue, share a transaction, and are answered when it is on the disk.

A turn takes what is queued, for at most 2 ms, runs each unit in a savepoint of one
`BEGIN IMMEDIATE`, and commits: at once where the disk is quick, else in a thread (`pace`);
meanwhile the next units gather.
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
from limen.platform.db.effects import do_all
from limen.platform.db.errors import TransactionLost
from limen.platform.db.guard import begin, drive
from limen.platform.db.sqlite.connection import Connection, is_busy, translate
from limen.platform.db.sqlite.pace import Pace
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

    def perform(self) -> None:
        """Run the work.  Raises its first failure, also one that the unit swallowed."""
        try:
            self.result = drive(begin(self.work, self.tx))
        finally:
            failure = self.tx.end()
        if failure is not None:
            raise failure

    def settle(self) -> None:
        """Do the effects of what is durable and answer the caller, who may have left."""
        if self.error is None:
            self.context.run(do_all, self.tx.effects)
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
        self._is_turning = False  # a turn is scheduled, waits for a lock, runs or commits
        self._is_committing = False  # the connection is the thread's
        self._idle: asyncio.Future[None] | None = None
        self._pace = Pace()
        self._is_closed = False
        self._seen = connection.data_version()
        self.in_unit = False
        self.listeners: list[Callable[[], None]] = []

    def submit(self, tenant: TenantId, work: Work) -> "asyncio.Future[Any]":
        """Queue a unit; the future is done once its transaction is durable, or failed."""
        if self._is_closed:
            raise Unavailable("the store is closed")
        if self.in_unit:
            raise RuntimeError("a unit of work opens no other")
        answer: asyncio.Future[Any] = self._loop.create_future()
        tx = SqliteTx(self._connection, tenant)
        self._queue.append(_Unit(tx, work, answer, self._loop.time()))
        if not self._is_turning:
            self._is_turning = True
            self._loop.call_soon(self._turn)
        return answer

    def notice(self) -> None:
        """Tell the listeners if another process has written.

        While our own transaction is committing nobody else can have.
        """
        if self._is_committing or self._is_closed:
            return
        version = self._connection.data_version()
        if version != self._seen:
            self._seen = version
            do_all(self.listeners)

    async def aclose(self) -> None:
        """Finish what is queued, then close."""
        self._is_closed = True
        if self._is_turning:
            self._idle = self._loop.create_future()
            await self._idle
        self._thread.shutdown()
        self._connection.close()

    # One turn.  It ends here or, where it waits for a timer or for the thread, there.

    def _turn(self) -> None:
        units: list[_Unit] = []
        ends_here = True
        try:
            if self._begin():
                self._run_queued(units)
                ends_here = not self._hand_over(units)
            elif self._queue:
                self._loop.call_later(RETRY, self._turn)
                ends_here = False
        except BaseException as error:
            self._fail(units, error)
            if not isinstance(error, Exception):
                raise
        finally:
            if ends_here:
                self._next()

    def _begin(self) -> bool:
        """Open the transaction; say False where another process writes, or the file is lost."""
        try:
            self._connection.raw.execute("BEGIN IMMEDIATE")
            self.notice()
        except sqlite3.Error as error:
            self._roll_back()
            self._refuse(translate(error), self._patience if is_busy(error) else 0.0)
            return False
        return True

    def _refuse(self, refusal: Exception, patience: float) -> None:
        """Refuse the units that have waited for at least so many seconds."""
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
            if not self._connection.raw.in_transaction:  # a trigger or a full disk ended it
                raise TransactionLost(f"SQLite rolled the transaction back: {unit.error}")

    def _run(self, unit: _Unit) -> None:
        """Run one unit in a savepoint of its own and keep its outcome."""
        raw = self._connection.raw
        self._connection.stop_clock()
        self._connection.fetch("SAVEPOINT unit")
        self.in_unit = True
        try:
            unit.context.run(unit.perform)
        except BaseException as error:  # noqa: BLE001 - whatever it is belongs to the caller
            unit.error = error
        finally:
            self.in_unit = False
            self._connection.moment = None
        if raw.in_transaction:
            if unit.error is not None:
                raw.execute("ROLLBACK TO unit")
            self._connection.fetch("RELEASE unit")

    def _hand_over(self, units: list[_Unit]) -> bool:
        """Commit, at once or in the thread; say whether the thread ends this turn."""
        if all(unit.error is not None for unit in units):
            self._roll_back()
            self._settle(units)
            return False
        if self._pace.is_quick():
            self._commit_now(units)
            return False
        commit = self._loop.run_in_executor(self._thread, self._connection.fetch, "COMMIT")
        commit.add_done_callback(lambda done: self._committed(units, done))
        self._is_committing = True
        return True

    def _commit_now(self, units: list[_Unit]) -> None:
        """Commit on the loop.  Raises what the store raised: nothing of the turn is kept then."""
        began = perf_counter()
        try:
            self._connection.fetch("COMMIT")
        finally:
            self._pace.took(perf_counter() - began)
        self._settle(units)

    def _committed(self, units: list[_Unit], commit: "asyncio.Future[Any]") -> None:
        self._is_committing = False
        try:
            commit.result()
            self._settle(units)
        except BaseException as error:  # noqa: BLE001 - it belongs to the callers
            self._fail(units, error)
        finally:
            self._next()

    def _fail(self, units: list[_Unit], error: BaseException) -> None:
        """Keep nothing of the turn: every unit that ran in it fails."""
        self._roll_back()
        shown = translate(error) if isinstance(error, sqlite3.Error) else error
        for unit in units:
            unit.error = unit.error or shown
        self._settle(units)

    def _settle(self, units: list[_Unit]) -> None:
        for unit in units:
            unit.settle()

    def _roll_back(self) -> None:
        try:
            if self._connection.raw.in_transaction:
                self._connection.raw.execute("ROLLBACK")
        except sqlite3.Error:  # the next BEGIN will say so
            _log.exception("ROLLBACK failed")

    def _next(self) -> None:
        """Take the next turn, or rest."""
        if self._queue:
            self._loop.call_soon(self._turn)
            return
        self._is_turning = False
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)
