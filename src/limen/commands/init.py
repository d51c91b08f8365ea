"""Set up a server: limen.toml, a master key, the store, the first administrator."""

import asyncio
import sys
from pathlib import Path

import click

from limen.platform.cli.commands import read_secret, verb
from limen.platform.cli.operations import operations
from limen.platform.cli.output import say
from limen.platform.cli.store import load_config
from limen.platform.config import Config


@verb("init", example="limen init --issuer https://id.example.com --email ada@example.com")
@click.option("--issuer", help="The public base URL.")
@click.option("--email", help="The address of the first administrator.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def command(issuer: str | None, email: str | None, password_stdin: bool) -> None:
    """Write a commented limen.toml and a master key (0600), and make the first administrator.

    What is there already is kept.
    """
    from limen.commands._store import ensure_master_key, migrate_store

    file = Path.cwd() / "limen.toml"
    if file.exists():
        say(f"{file} is there already and is kept.")
    else:
        write_sample(file, issuer)
        say(f"Wrote {file}.")
    config = load_config()
    config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = ensure_master_key(config)
    if key is not None:
        say(f"Wrote the master key to {key}; keep a copy in a safe place, apart from backups.")
    asyncio.run(migrate_store(config))
    _first_administrator(config, email, password_stdin=password_stdin)


def write_sample(file: Path, issuer: str | None) -> None:
    """Write the commented file with the issuer set, readable by its owner alone."""
    from limen.platform.config.schema import sample, toml_value

    lines = list(sample())
    if issuer:
        place = next(i for i, line in enumerate(lines) if line.startswith("# issuer = "))
        lines[place] = f"issuer = {toml_value(issuer)}"
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _first_administrator(config: Config, email: str | None, *, password_stdin: bool) -> None:
    if email is None and sys.stdin.isatty():
        email = click.prompt("The first administrator's e-mail address", err=True)
    if email is None:
        say(f"No administrator yet: run `limen setup-link` for {config.issuer}.")
        return
    from limen.identity.cli.user import create_user

    password = read_secret("Password", from_stdin=password_stdin)
    create_user(
        operations(),
        {"email": email, "email_verified": True, "status": "active", "profile": {}},
        password,
        admin=True,
    )
    say(f"{email} is the first administrator; sign in at {config.issuer}/signin")
