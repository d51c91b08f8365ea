"""A store that has grown: the same operations beside a million people and their tokens."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

TABLES = {"users": ("username_folded",), "emails": ("address_folded",), "token_families": ()}
"""What grows, with the columns that are unique beside the id."""
SHARED = ("id", "user_id", "session_id", "grant_id")
"""Ids that differ in each copy, and belong to nobody."""
CHUNK = 50_000


def grow(file: Path, count: int) -> None:
    """Copy the newest person, address and token family of a SQLite store `count` times.

    Nothing points at a copy, as nothing points at most people; so foreign keys are off.
    """
    connection = sqlite3.connect(file, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys=OFF")
        for table, unique in TABLES.items():
            for begin in range(0, count, CHUNK):
                _copy(connection, table, unique, begin, min(CHUNK, count - begin))
        connection.execute("ANALYZE")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _copy(
    connection: sqlite3.Connection, table: str, unique: Sequence[str], begin: int, count: int
) -> None:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    made = [
        "randomblob(16)" if name in SHARED
        else f"'copy-' || (n.value + {begin}) || '@example.net'" if name in unique
        else f"t.{name}"
        for name in columns
    ]  # fmt: skip
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) WITH RECURSIVE n(value) AS "
        f"(SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < {count}) "
        f"SELECT {', '.join(made)} FROM n, (SELECT * FROM {table} ORDER BY rowid LIMIT 1) t"
    )
