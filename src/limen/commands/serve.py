"""The server."""

import click

from limen.platform.cli.commands import verb
from limen.platform.cli.errors import CliError, Exit
from limen.platform.cli.store import load_config, require_store
from limen.platform.config import Config


@verb("serve", example="limen serve --host 0.0.0.0 --port 8400 --workers 4")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8400, show_default=True)
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True)
@click.option("--only", metavar="NAMES", help="Serve these contexts alone: auth,users,…")
@click.option(
    "--with-worker/--without-worker",
    default=None,
    help="Do the background work too; the default on SQLite.",
)
def command(host: str, port: int, workers: int, only: str | None, with_worker: bool | None) -> None:
    """Serve until stopped; requests in flight are finished."""
    config = load_config()
    if workers > 1:
        refuse_on_sqlite(config, "--workers")
    if only is not None:
        refuse_on_sqlite(config, "--only")
    require_store(config)
    from limen import server

    server.serve(
        config,
        host=host,
        port=port,
        workers=workers,
        only=frozenset(only.split(",")) if only else None,
        with_worker=config.is_sqlite if with_worker is None else with_worker,
    )


def refuse_on_sqlite(config: Config, what: str) -> None:
    """One process writes the file; what needs more is refused with the way out."""
    if config.is_sqlite:
        raise CliError(
            f"{what} needs PostgreSQL: one process alone writes SQLite's file. "
            "Set LIMEN_DATABASE_URL=postgresql://USER:PASSWORD@HOST/NAME.",
            Exit.USAGE,
        )
