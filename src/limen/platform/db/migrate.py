"""Migrating a store: every context's migrations, by one runner at a time, whole or not at all."""

import asyncio
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import event

from limen.platform.db.database import sqlite_path
from limen.platform.db.migration import RUNTIME_ROLE, grant_what_is_noted, let_read
from limen.platform.db.revisions import ROOT, folders
from limen.platform.db.sqlite.connection import prepare_file
from limen.platform.db.tables import metadata

_LOCK = 0x4C494D454E  # "LIMEN"
_FIRST = "tenancy"  # every other table has a foreign key to its tenants


class DamagedStore(RuntimeError):  # noqa: N818 - says what happened
    """After migrating, rows point to rows that are not there; nothing was kept."""


async def migrate(
    url: str, *, runtime_role: str | None = None, target: str = "heads", root: Path = ROOT
) -> list[str]:
    """Bring the store to `target` and return the ids of the migrations that ran.

    On PostgreSQL `url` is the owner's, and `runtime_role` is the role that gets its rights.
    One transaction: what fails, or is killed, has changed nothing.  Others wait their turn.
    """
    options: dict[str, object] = {RUNTIME_ROLE: runtime_role}
    if url.startswith("sqlite"):
        return await asyncio.to_thread(_migrate_file, sqlite_path(url), target, root, options)
    return await _migrate_server(url, target, root, options)


def _migrate_file(path: Path, target: str, root: Path, options: dict[str, object]) -> list[str]:
    prepare_file(path)
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        poolclass=sa.NullPool,
        connect_args={"isolation_level": None, "timeout": 60},
    )
    event.listen(engine, "begin", _begin_immediate)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")  # batch mode rebuilds tables
        connection.commit()
        with connection.begin():
            ran = _run(connection, target, root, options | {"render_as_batch": True})
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise DamagedStore(f"{len(broken)} rows, the first in {broken[0][0]}")
    return ran


def _begin_immediate(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


async def _migrate_server(
    url: str, target: str, root: Path, options: dict[str, object]
) -> list[str]:
    from sqlalchemy.ext.asyncio import create_async_engine

    from limen.platform.db.postgres.driver import connect

    engine = create_async_engine(
        "postgresql+asyncpg://", poolclass=sa.NullPool, async_creator=lambda: connect(url)
    )
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(_run_locked, target, root, options)
    finally:
        await engine.dispose()


def _run_locked(
    connection: sa.Connection, target: str, root: Path, options: dict[str, object]
) -> list[str]:
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    return _run(connection, target, root, options)


def _run(
    connection: sa.Connection, target: str, root: Path, options: dict[str, object]
) -> list[str]:
    script = ScriptDirectory(str(root), version_locations=[str(folder) for folder in folders(root)])
    ran: list[str] = []
    wanted = [target]

    def steps(heads: tuple[str, ...], _: MigrationContext) -> list[Any]:
        return script._upgrade_revs(wanted[0], heads)  # pyright: ignore[reportArgumentType, reportPrivateUsage] # noqa: SLF001 # what `alembic upgrade` itself calls

    def note(*, step: Any, **_: object) -> None:
        ran.append(step.up_revision_id)

    context = MigrationContext.configure(
        connection,
        opts={"fn": steps, "target_metadata": metadata, "script": script,
              "on_version_apply": (note,), "transactional_ddl": True, **options},
    )  # fmt: skip
    with Operations.context(context):
        for wanted[0] in (f"{_FIRST}@head", target):
            context.run_migrations()
        if ran:
            let_read("alembic_version")  # so that the server can see whether it may start
        grant_what_is_noted()
    return ran
