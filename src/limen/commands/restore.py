"""Put a copy in the store's place; everybody signs in again."""

import asyncio
from pathlib import Path

import click

from limen.platform.cli.commands import verb
from limen.platform.cli.output import emit, say, wants_json
from limen.platform.cli.store import load_config, require_master_key


@verb("restore", example="limen restore /var/backups/limen-2026-11-22 --force")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Put the store that is there aside.")
def command(folder: Path, force: bool) -> None:
    """Restore FOLDER, with the server stopped.

    Sessions, refresh tokens, codes and links of the copy end, erased people's keys are
    destroyed again, and the log goes on in a new epoch after its last known head.
    """
    from limen.commands._copies import restore

    config = load_config()
    require_master_key(config)
    manifest, epoch = asyncio.run(restore(config, folder, force=force))
    emit({"restored": str(folder), "made_at": manifest.made_at, "epoch": epoch})
    if not wants_json():
        say("Everybody signs in again; start the server when you are ready.")
