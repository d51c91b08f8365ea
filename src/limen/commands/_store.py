"""The store, below the application: its migrations and its master key."""

from pathlib import Path
from urllib.parse import urlsplit

from limen.platform.cli.errors import CliError
from limen.platform.config import Config


async def migrate_store(config: Config) -> list[str]:
    """Run what is pending and return its names; the running role gets its rights."""
    from limen.platform.db.migrate import migrate

    role = None
    if not config.is_sqlite and config.migrate_url != config.database_url:
        role = urlsplit(config.database_url).username
    try:
        return await migrate(config.migrate_url, runtime_role=role)
    except (OSError, ValueError) as error:
        raise CliError(f"cannot migrate: {error}.") from error


async def pending_migrations(config: Config) -> list[str]:
    """Return the migrations that the store has not had, by name."""
    from limen.platform.db.pending import pending

    try:
        return sorted(await pending(config.migrate_url))
    except (OSError, ValueError) as error:
        raise CliError(f"cannot read the store: {error}.") from error


def ensure_master_key(config: Config) -> Path | None:
    """Make the data folder's master key where none is set; return its file if it was made.

    Never where the store holds keys that another master key wrapped.
    """
    from limen.platform.crypto.master import MasterKeyError, create_master_key_file

    if config.core.master_key:
        return None
    file = config.data_dir / "master.key"
    wrapped = config.is_sqlite and config.database_file.exists()
    try:
        create_master_key_file(file, wrapped_keys_exist=wrapped)
    except MasterKeyError as error:
        raise CliError(str(error)) from error
    return file
