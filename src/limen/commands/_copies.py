"""Backup and restore, over the composed application."""

from pathlib import Path
from typing import TYPE_CHECKING

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
    """Put a copy in the store's place and make it fit to be served; return its new epoch."""
    from limen.commands._store import migrate_store
    from limen.platform.backup.copies import restore_postgresql, restore_sqlite
    from limen.platform.backup.manifest import BackupError

    try:
        if config.is_sqlite:
            manifest = restore_sqlite(folder, config.database_file, force=force)
        else:
            manifest = await restore_postgresql(folder, backup_url(config), force=force)
    except BackupError as error:
        raise CliError(str(error)) from error
    await migrate_store(config)
    return manifest, await _begin_anew(config)


async def _begin_anew(config: Config) -> int:
    """End what must not live again, in every tenant, and let the logs go on in a new epoch."""
    from limen.app import compose
    from limen.kernel.clock import SystemClock
    from limen.platform.backup.effects import PlatformEffects
    from limen.platform.db import open_database
    from limen.sessions.store.restored import SessionEffects

    database = await open_database(config.database_url, SystemClock(), patience=10.0)
    try:
        app = compose(config, database)
        tenants = await app.base.all_tenants()
        ends = (PlatformEffects(), SessionEffects())
        return await app.contexts.audit.recover(tenants, ends)
    finally:
        await database.aclose()
