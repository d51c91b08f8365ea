"""The stores that whole processes are tested on."""

import contextlib
from collections.abc import Iterator

from tests.support.databases import create_database, stores

__all__ = ["process_store", "stores"]


@contextlib.contextmanager
def process_store(kind: str) -> Iterator[dict[str, str]]:
    """Give the URLs of a new store, not migrated; none for SQLite, where a folder is enough."""
    if kind == "sqlite":
        yield {}
        return
    runtime, owner = create_database()
    yield {"database_url": runtime, "migrate_url": owner}
