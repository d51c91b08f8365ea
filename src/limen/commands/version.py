"""Print the version."""

from importlib.metadata import PackageNotFoundError, version

import click

from limen.platform.cli.commands import verb
from limen.platform.cli.output import emit, wants_json


@verb("version", example="limen version --json")
def command() -> None:
    """Print the version."""
    try:
        found = version("limen")
    except PackageNotFoundError:
        found = "0 (not installed)"
    if wants_json():
        emit({"version": found})
    else:
        click.echo(found)
