"""Copy the store into a folder, while it is used."""

import asyncio
from pathlib import Path

import click

from limen.platform.cli.commands import verb
from limen.platform.cli.output import emit, say, wants_json
from limen.platform.cli.store import load_config, require_store


@verb("backup", example="limen backup /var/backups/limen-2026-11-22")
@click.argument("folder", type=click.Path(exists=False, path_type=Path))
def command(folder: Path) -> None:
    """Copy the store into the new FOLDER; the master key is not part of it."""
    from limen.commands._copies import back_up

    config = load_config()
    require_store(config)
    manifest = asyncio.run(back_up(config, folder))
    made = {"folder": str(folder), "file": manifest.file, "size": manifest.size,
            "sha256": manifest.sha256, "made_at": manifest.made_at}  # fmt: skip
    emit(made)
    if not wants_json():
        say("The master key is not in it: keep a copy of that elsewhere.")
