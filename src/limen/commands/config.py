"""Settings: show, validate, schema."""

import click

from limen.platform.cli.commands import noun
from limen.platform.cli.output import emit, emit_list, say, wants_json
from limen.platform.cli.store import load_config

command = noun("config", __doc__)


@command.command("show", example="limen config show --origin")
@click.option("--origin", is_flag=True, help="Also print where each value came from.")
def show(origin: bool) -> None:
    """Print the effective settings; secrets are masked."""
    rows = load_config().show()
    if wants_json():
        emit_list([{"key": r.key, "value": r.value, "origin": r.origin} for r in rows], ())
        return
    width = max(len(row.key) for row in rows)
    for row in rows:
        where = f"  # {row.origin}" if origin else ""
        click.echo(f"{row.key.ljust(width)} = {row.value}{where}")


@command.command("validate", example="limen config validate")
def validate() -> None:
    """Check the settings; every fault is named with its origin and its mend."""
    config = load_config()
    if wants_json():
        emit({"valid": True, "root": str(config.root)})
    else:
        say(f"The settings are valid ({config.root}).")


@command.command("schema", example="limen config schema > limen.schema.json")
def schema() -> None:
    """Print the JSON Schema of limen.toml."""
    import msgspec

    from limen.platform.config.schema import schema_of_all

    click.echo(msgspec.json.format(msgspec.json.encode(schema_of_all()), indent=2).decode())
