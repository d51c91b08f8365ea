"""Print the version."""

import click

from limen import __version__
from limen.platform.cli.commands import verb
from limen.platform.cli.output import emit, wants_json


@verb("version", example="limen version --json")
def command() -> None:
    """Print the version."""
    if wants_json():
        emit({"version": __version__})
    else:
        click.echo(__version__)
