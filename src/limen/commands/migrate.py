"""Bring the store's schema up to date."""

import asyncio

import click

from limen.platform.cli.commands import verb
from limen.platform.cli.errors import CliError, Exit
from limen.platform.cli.output import emit, say, wants_json
from limen.platform.cli.store import load_config


@verb("migrate", example="limen migrate --check")
@click.option("--check", is_flag=True, help="Change nothing; exit 1 when any is pending.")
@click.option("--dry-run", is_flag=True, help="Change nothing; name what would run.")
def command(check: bool, dry_run: bool) -> None:
    """Run the migrations that the store has not had, all of them or none."""
    from limen.commands._store import migrate_store, pending_migrations

    config = load_config()
    if check or dry_run:
        pending = asyncio.run(pending_migrations(config))
        _tell("pending", pending)
        if check and pending:
            raise CliError(f"{len(pending)} migrations are pending.", Exit.FAILURE)
        return
    if config.is_sqlite and not config.database_file.exists():
        say(f"Making a new store at {config.database_file}.")
    _tell("ran", asyncio.run(migrate_store(config)))


def _tell(word: str, names: list[str]) -> None:
    if wants_json():
        emit({word: names})
    elif names:
        for name in names:
            click.echo(name)
    else:
        say(f"Nothing {word}: the store is up to date.")
