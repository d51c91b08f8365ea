"""A mark on a database whose restore is not finished, in its comment: a restore replaces all else.

Tables come and go with the copy, and so would a mark in them; the comment of the database is
not part of a copy.
"""

from typing import Any

import asyncpg

from limen.platform.db.errors import UnfinishedRestore

MARK = "[limen: a restore is not finished]"
_COMMENT = (
    "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
    " WHERE datname = current_database()"
)
_STATEMENT = "SELECT format('COMMENT ON DATABASE %I IS %L', current_database(), $1::text)"


async def mark(connection: Any, *, unfinished: bool) -> bool:
    """Set or take the mark; return whether it was there.

    Raises PermissionError for a role that does not own the database.
    """
    said: str = await connection.fetchval(_COMMENT) or ""
    was = MARK in said
    if was != unfinished:
        text = f"{said} {MARK}".strip() if unfinished else said.replace(MARK, "").strip()
        try:
            await connection.execute(await connection.fetchval(_STATEMENT, text or None))
        except asyncpg.InsufficientPrivilegeError as error:
            raise PermissionError(str(error)) from error
    return was


async def check_finished(connection: Any) -> None:
    """Raises UnfinishedRestore."""
    if MARK in (await connection.fetchval(_COMMENT) or ""):
        raise UnfinishedRestore(
            "a restore of this database was cut off; run `limen restore --force` again"
        )
