"""A migrated, empty database for every test: a copied file, or one server database a worker."""

import asyncio
import contextlib
import os
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.support.postgres import APP, OWNER, Cluster, cluster, once, run_folder, scratch

from limen.kernel.clock import Clock
from limen.kernel.ids import TenantId
from limen.kernel.tenant import Tenant
from limen.platform.db import OpenDatabase, open_database
from limen.platform.db.migrate import migrate

STORES = ("sqlite", "postgresql")
DEFAULT = Tenant(
    id=TenantId(UUID("018cc251-f400-7000-8000-00000000d0d0")),
    slug="default",
    name="Default",
    issuer="http://localhost:8400",
    path="",
    version=1,
)
SETTINGS = {
    "search_path": "clock, pg_catalog, public",
    "statement_timeout": "20000",  # a busy machine is no fault of the test's
    "lock_timeout": "20000",
    "idle_in_transaction_session_timeout": "20000",
}
_TEMPLATE = "limen_template"
_ROW = (
    "INSERT INTO tenants (id, slug, name, status, settings, created_at, updated_at, version)"
    " VALUES ({}, 'default', 'Default', 'active', '{{}}', {}, {}, 1)"
)

# Tests move the store's clock: here `now()` finds this function before PostgreSQL's own.
_CLOCK = """
CREATE SCHEMA clock;
CREATE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql STABLE
    AS $$ SELECT current_setting('test.now')::timestamptz $$;
GRANT USAGE ON SCHEMA clock TO limen_app;
"""

_EMPTY = """
DO $$
DECLARE name text; filled boolean;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT tablename FROM pg_tables
      WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
    IF filled THEN EXECUTE format('DELETE FROM %I', name); END IF;
  END LOOP;
END $$
"""


def chosen() -> list[str]:
    """Return the stores to test: LIMEN_TEST_STORES, or all."""
    return os.environ.get("LIMEN_TEST_STORES", ",".join(STORES)).split(",")


def stores() -> list[Any]:
    """Return the stores to test, as pytest parameters."""
    marks = {"postgresql": [pytest.mark.postgres]}
    return [pytest.param(name, marks=marks.get(name, []), id=name) for name in chosen()]


@contextlib.asynccontextmanager
async def fresh(store: str, clock: Clock) -> AsyncIterator[OpenDatabase]:
    """Open a migrated database that holds the default tenant and nothing else."""
    if store == "sqlite":
        with sqlite_file() as path:
            database = await open_database(f"sqlite:///{path}", clock)
            try:
                yield database
            finally:
                await database.aclose()
        return
    database = await open_server(await emptied(), clock)
    try:
        yield database
    finally:
        await database.aclose()


async def second(database: OpenDatabase, clock: Clock) -> OpenDatabase:
    """Open the same store once more, as another process would."""
    if database.dialect == "sqlite":
        return await open_database(f"sqlite:///{database.path}", clock)
    return await open_server(worker_database(), clock)


@contextlib.contextmanager
def sqlite_file() -> Iterator[Path]:
    """Give a copy of the migrated file."""
    with once("template.db") as path:
        if path is not None:
            _make_file(path)
    folder = Path(tempfile.mkdtemp(dir=scratch()))
    shutil.copyfile(run_folder() / "template.db", folder / "limen.db")
    yield folder / "limen.db"
    shutil.rmtree(folder, ignore_errors=True)


def _make_file(path: Path) -> None:
    _in_thread(migrate(f"sqlite:///{path}"))
    key, moment = f"x'{DEFAULT.id.hex}'", "1893499200000000"
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(_ROW.format(key, moment, moment))


async def open_server(name: str, clock: Clock, **options: Any) -> OpenDatabase:
    """Open a database of the cluster as the role that runs, on the test's clock."""
    return await open_database(
        cluster().url(name),
        clock,
        opening=lambda: f";SET LOCAL test.now='{clock.now().isoformat()}'",
        **{"settings": SETTINGS, "patience": 20.0} | options,
    )


def worker_database() -> str:
    """Return the name of this worker's database."""
    return f"limen_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


async def emptied() -> str:
    """Make, or empty, this worker's database and return its name."""
    server = cluster()
    with once("template") as path:
        if path is not None:
            await _make_template(server)
    name = worker_database()
    with once(name) as path:
        if path is not None:
            await _admin(server.admin(), f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    key, moment = f"'{DEFAULT.id}'", "'2030-01-01T12:00:00Z'"
    await _admin(server.admin(name), _EMPTY, _ROW.format(key, moment, moment))
    return name


async def _make_template(server: Cluster) -> None:
    await _admin(
        server.admin(),
        f"CREATE ROLE {OWNER} LOGIN",
        f"CREATE ROLE {APP} LOGIN",
        f"CREATE DATABASE {_TEMPLATE} OWNER {OWNER}",
    )
    await migrate(server.url(_TEMPLATE, OWNER), runtime_role=APP)
    await _admin(server.admin(_TEMPLATE), _CLOCK)


async def _admin(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def create_database() -> tuple[str, str]:
    """Make an empty database, not migrated; return the URLs of its runtime role and its owner."""
    server, name = cluster(), f"limen_{secrets.token_hex(6)}"
    with once("roles") as path:
        if path is not None:
            _in_thread(emptied())
    _in_thread(_admin(server.admin(), f"CREATE DATABASE {name} OWNER {OWNER}"))
    return server.url(name), server.url(name, OWNER)


def _in_thread(coroutine: Any) -> Any:
    """Run a coroutine to its end, also where this thread's event loop runs already."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()
