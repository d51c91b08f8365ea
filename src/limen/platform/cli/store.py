"""The configuration of a command, and the store that it acts on."""

from collections.abc import Mapping

from limen.platform.cli.errors import CliError
from limen.platform.config import Config, ConfigError, load


def load_config(flags: Mapping[str, object] | None = None) -> Config:
    """Return the effective settings.  Raises CliError with a line for each fault."""
    try:
        return load(flags)
    except ConfigError as error:
        raise CliError(str(error)) from error


def require_store(config: Config) -> None:
    """Refuse where there is no store yet: a second one is never made in silence."""
    if config.is_sqlite and not config.database_file.exists():
        raise CliError(
            f"there is no store at {config.database_file}; "
            "go to its folder, or make one with `limen dev` or `limen init`."
        )
    require_master_key(config)


def require_master_key(config: Config) -> None:
    """Raises CliError where no master key is set or found."""
    if not config.core.master_key:
        raise CliError("there is no master key; set LIMEN_MASTER_KEY_FILE or run `limen init`.")
