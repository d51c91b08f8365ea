"""A store of their own for server processes."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.databases import create_database, stores

__all__ = ["process_store", "stores"]


@contextmanager
def process_store(kind: str) -> Iterator[dict[str, str]]:
    """Give what a Server needs to know of its store: nothing for SQLite, two roles' URLs else."""
    if kind == "sqlite":
        yield {}
        return
    database_url, migrate_url = create_database()
    yield {"database_url": database_url, "migrate_url": migrate_url}
