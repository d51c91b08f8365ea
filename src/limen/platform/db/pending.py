"""Asking a store which migrations it lacks; cheap enough for every start, without Alembic."""

import sqlite3
from contextlib import closing
from pathlib import Path

from limen.platform.db.database import sqlite_path
from limen.platform.db.revisions import ROOT, missing, revisions

_HEADS = "SELECT version_num FROM alembic_version"


async def pending(url: str, *, root: Path = ROOT) -> set[str]:
    """Return the ids of the migrations that the store has not had; all of them for an empty one.

    Raises ValueError for a store that a newer release migrated.
    """
    if url.startswith("sqlite"):
        recorded = _heads_of_file(sqlite_path(url))
    else:
        recorded = await _heads_of_server(url)
    return missing(recorded, revisions(root))


def _heads_of_file(path: Path) -> list[str]:
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            return [row[0] for row in connection.execute(_HEADS)]
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []
            raise


async def _heads_of_server(url: str) -> list[str]:
    from asyncpg import UndefinedTableError

    from limen.platform.db.postgres.driver import connect

    connection = await connect(url, timeout=5)
    try:
        return [row[0] for row in await connection.fetch(_HEADS)]
    except UndefinedTableError:
        return []
    finally:
        await connection.close()
