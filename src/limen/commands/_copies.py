"""Backup and restore, over the composed application."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from limen.platform.cli.errors import CliError, Exit
from limen.platform.config import Config

if TYPE_CHECKING:
    from limen.platform.backup.manifest import Manifest


async def back_up(config: Config, folder: Path) -> "Manifest":
    """Copy the store into the new `folder`, while it is used.  Raises CliError."""
    from limen import __version__
    from limen.app import open_app
    from limen.platform.backup.copies import backup_postgresql, backup_sqlite
    from limen.platform.backup.manifest import BackupError, State
    from limen.platform.db import OpenDatabase

    async with open_app(config) as app:
        tenants = await app.base.all_tenants()

        async def describe(database: OpenDatabase) -> State:
            return await app.contexts.audit.describe(tenants, database)

        clock = app.base.platform.clock
        try:
            if config.is_sqlite:
                return await backup_sqlite(
                    app.database, folder, describe=describe, clock=clock, version=__version__
                )
            return await backup_postgresql(
                app.database, backup_url(config), folder,
                describe=describe, clock=clock, version=__version__,
            )  # fmt: skip
        except BackupError as error:
            raise CliError(str(error)) from error


def backup_url(config: Config) -> str:
    """Return the URL of the role that may read every tenant.  Raises CliError without one."""
    if config.database.backup_url is None:
        raise CliError(
            "set LIMEN_DATABASE__BACKUP_URL to a role that reads past row-level security "
            "(a superuser, or one with BYPASSRLS).",
            Exit.USAGE,
        )
    return config.database.backup_url


async def restore(config: Config, folder: Path, *, force: bool) -> tuple["Manifest", int]:
    """Put a copy in the store's place, fit to be served; return its new epoch.

    Cut off anywhere, it can be run again: until it is done an SQLite store is the old one, and
    a database on a server is marked as unfinished and not served.
    """
    from limen.platform.backup.manifest import BackupError

    try:
        if config.is_sqlite:
            manifest, epoch = await _restore_file(config, folder, force=force)
        else:
            manifest, epoch = await _restore_server(config, folder, force=force)
    except BackupError as error:
        raise CliError(str(error)) from error
    await _tell_witness(config)
    return manifest, epoch


async def _restore_file(config: Config, folder: Path, *, force: bool) -> tuple["Manifest", int]:
    from limen.platform.backup.copies import draft_sqlite, place_sqlite
    from limen.platform.db.migrate import migrate

    manifest, draft = draft_sqlite(folder, config.database_file, force=force)
    url = f"sqlite:///{draft}"
    await migrate(url)
    epoch = await _begin_anew(config, url, patience=10.0)
    place_sqlite(draft, config.database_file)
    return manifest, epoch


async def _restore_server(config: Config, folder: Path, *, force: bool) -> tuple["Manifest", int]:
    from limen.commands._store import migrate_store
    from limen.platform.backup.copies import finish_postgresql, restore_postgresql

    url = backup_url(config)
    manifest = await restore_postgresql(folder, url, force=force)
    await migrate_store(config)
    epoch = await _begin_anew(config, config.database_url, unfinished=True)
    await finish_postgresql(url)
    return manifest, epoch


async def _begin_anew(config: Config, url: str, **options: Any) -> int:
    """End what must not live again, in every tenant, and let the logs go on in a new epoch."""
    from limen.app import compose
    from limen.kernel.clock import SystemClock
    from limen.platform.backup.effects import PlatformEffects
    from limen.platform.db import open_database
    from limen.sessions.store.restored import SessionEffects

    database = await open_database(url, SystemClock(), **options)
    try:
        app = compose(config, database)
        tenants = await app.base.all_tenants()
        ends = (PlatformEffects(), SessionEffects())
        return await app.contexts.audit.recover(tenants, ends)
    finally:
        await database.aclose()


async def _tell_witness(config: Config) -> None:
    """Write the new epoch and its heads outside the store; a start would do it too."""
    from limen.app import open_app

    async with open_app(config):
        pass
