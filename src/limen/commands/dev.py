"""Try Limen: embedded store, demo application, mail inbox, set-up link."""

import asyncio
from pathlib import Path

import click

from limen.platform.cli.commands import verb
from limen.platform.cli.errors import CliError, Exit
from limen.platform.cli.store import load_config
from limen.platform.config import Config

PORT = 8400


@verb("dev", example="limen dev --port 8500")
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True)
@click.option("--host", default="127.0.0.1", hidden=True)
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where its data is kept.")
@click.option("--reload", is_flag=True, help="Start again when the code changes.")
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.option("--i-know", is_flag=True, hidden=True)
def command(
    port: int, host: str, data_dir: Path | None, reload: bool, no_browser: bool, i_know: bool
) -> None:
    """Start on this machine with an embedded store; a second start finds its data again."""
    from limen.platform.config.core import is_loopback

    if not is_loopback(host) and not i_know:
        raise CliError(
            f"dev listens on this machine only, not on {host}: it has no https and shows all "
            "mail. Use `limen serve` for others to reach it.",
            Exit.USAGE,
        )
    config = prepare(port, data_dir)
    from limen import server

    server.dev(config, host=host, port=port, reload=reload, browser=not no_browser)


def prepare(port: int, data_dir: Path | None) -> Config:
    """Make or find the data folder: key, store, and the address for other commands."""
    from limen.commands._store import ensure_master_key, migrate_store

    flags: dict[str, object] = {"dev": True, "issuer": f"http://localhost:{port}"}
    if data_dir is not None:
        flags["data_dir"] = str(data_dir.absolute())
    config = load_config(flags)
    config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if ensure_master_key(config) is not None:
        config = load_config(flags)
    asyncio.run(migrate_store(config))
    state = config.data_dir / "dev.toml"
    state.write_text(f'# Written by `limen dev`.\nissuer = "{config.issuer}"\ndev = true\n')
    return config
