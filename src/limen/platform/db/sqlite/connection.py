"""One connection to the file: how it is opened, and how a statement is run on it."""

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from limen.kernel.clock import Clock
from limen.kernel.errors import Unavailable
from limen.kernel.uow import UniqueConflict
from limen.platform.db.errors import Busy, ConstraintBroken
from limen.platform.db.types import microseconds

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "temp_store=MEMORY",
    "cache_size=-16384",  # KiB for each connection, beside the system's own page cache
    "wal_autocheckpoint=4000",  # pages
    "journal_size_limit=67108864",  # bytes
    "busy_timeout=0",  # from here on waiting is done by a timer, never by a blocked event loop
)
_TAKEN = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
          sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, sqlite3.SQLITE_CONSTRAINT_ROWID}  # fmt: skip
_LOST = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN,
         sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM}  # fmt: skip

Rows = list[tuple[Any, ...]]


class Connection:
    """A connection in autocommit mode; transactions are opened by name only.

    `moment` is what the SQL function `store_now()` gives, in microseconds; while it is None,
    the clock is asked.  Only one thread at a time may use it.
    """

    __slots__ = ("_clock", "_cursor", "moment", "raw")

    def __init__(self, path: Path, clock: Clock, *, read_only: bool = False) -> None:
        self._clock = clock
        self.moment: int | None = None
        self.raw = sqlite3.connect(
            path, timeout=5, isolation_level=None, check_same_thread=False, cached_statements=1024
        )
        for pragma in (*_PRAGMAS, *(("query_only=ON",) if read_only else ())):
            self.raw.execute(f"PRAGMA {pragma}").close()
        self._cursor = self.raw.cursor()
        self.raw.create_function("store_now", 0, self._now)
        self.raw.create_function("unhex", 1, bytes.fromhex, deterministic=True)

    def _now(self) -> int:
        moment = self.moment
        return microseconds(self._clock.now()) if moment is None else moment

    def stop_clock(self) -> None:
        """Let `store_now()` stand still at this instant."""
        self.moment = microseconds(self._clock.now())

    def fetch(self, sql: str, values: Sequence[object] = ()) -> Rows:
        """Return all rows; the statement is over before anybody looks at them."""
        return self._cursor.execute(sql, values).fetchall()

    def execute(self, sql: str, values: Sequence[object] = ()) -> tuple[Rows, int]:
        """Return all rows, and the number of rows changed."""
        cursor = self._cursor
        rows = cursor.execute(sql, values).fetchall()
        return rows, cursor.rowcount

    def data_version(self) -> int:
        """Return a number that changes when another connection commits."""
        return self.fetch("PRAGMA data_version")[0][0]

    def close(self) -> None:
        self.raw.close()


def prepare_file(path: Path) -> None:
    """Make the file, for its owner only; the same for its folder where that is missing."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


def primary_code(error: sqlite3.Error) -> int:
    """Return SQLite's error code without its extension; 0 for errors of the Python module."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def is_busy(error: sqlite3.Error) -> bool:
    """Say whether another connection was in the way, so that trying again is right."""
    return primary_code(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def translate(error: sqlite3.Error) -> Exception:
    """Return what the callers of both stores expect to see."""
    if getattr(error, "sqlite_errorcode", 0) in _TAKEN:
        return UniqueConflict(str(error))
    code = primary_code(error)
    if code == sqlite3.SQLITE_CONSTRAINT:
        return ConstraintBroken(str(error))
    if is_busy(error):
        return Busy(str(error))
    if code in _LOST:
        return Unavailable(f"SQLite: {error}")
    return error
