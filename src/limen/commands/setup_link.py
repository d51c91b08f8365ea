"""Print a one-time link that makes an administrator."""

import click

from limen.platform.cli.commands import verb
from limen.platform.cli.operations import operations
from limen.platform.cli.output import emit, say, wants_json


@verb("setup-link", example="limen setup-link")
def command() -> None:
    """Print a link, good once and for 30 minutes, that makes an administrator.

    It also recovers a lost one.
    """
    made = operations().call("setup.link", body={})
    if wants_json():
        emit(made)
        return
    click.echo(made["url"])
    say("It works once, within 30 minutes.")
