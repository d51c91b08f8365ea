"""Opening the store that a URL names."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from limen.kernel.clock import Clock
from limen.kernel.uow import Database


class OpenDatabase(Database, Protocol):
    """The store of all tenants, while it is open."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        ...

    async def ping(self) -> None:
        """Raises Unavailable where the store cannot be read."""
        ...

    def on_foreign_write(self, listener: Callable[[], None]) -> None:
        """On SQLite, call `listener` within 250 ms after another process has written.

        PostgreSQL tells nobody; what others change there is learnt by polling.
        """
        ...

    def notice(self) -> None:
        """On SQLite, look at once whether another process has written."""
        ...

    async def aclose(self) -> None:
        """Finish what is under way, then close."""
        ...


async def open_database(url: str, clock: Clock, **options: Any) -> OpenDatabase:
    """Open `sqlite:///relative/path.db`, `sqlite:////absolute/path.db` or `postgresql://…`.

    The options are those of SqliteDatabase and open_postgres.  Raises ValueError for any other
    URL, and UnsafeRole for a role of PostgreSQL that row-level security does not hold.
    """
    kind, _, _ = url.partition(":")
    if kind == "sqlite":
        from limen.platform.db.sqlite.store import SqliteDatabase

        return SqliteDatabase(sqlite_path(url), clock, **options)
    if kind in {"postgresql", "postgres"}:
        from limen.platform.db.postgres.store import open_postgres

        return await open_postgres(url, **options)
    raise ValueError(f"a database URL begins with sqlite:/// or postgresql://, not {kind}:")


def sqlite_path(url: str) -> Path:
    """Return the path of a SQLite URL.  Raises ValueError where it names no file."""
    name = sa.make_url(url).database
    if not name or name == ":memory:":
        raise ValueError("a SQLite URL names a file, as in sqlite:///limen.db")
    return Path(name)
