"""What the tenant asks of all its applications: show, change."""

import click

from limen.platform.cli.commands import noun
from limen.platform.cli.operations import operations
from limen.platform.cli.output import emit
from limen.platform.cli.values import parse_fields

command = noun("oauth-policy", __doc__)


@command.command("show", example="limen oauth-policy show")
def show() -> None:
    """Show the policy."""
    emit(operations().call("oauth_policy.get"))


@command.command("update", example="limen oauth-policy update --set registration=open")
@click.option(
    "--set", "fields", multiple=True, required=True, metavar="NAME=JSON",
    help="A field and its value; null is the default; may be repeated.",
)  # fmt: skip
def update(fields: tuple[str, ...]) -> None:
    """Change fields of the policy."""
    body = parse_fields("--set", fields)
    emit(operations().call("oauth_policy.update", body=body))
