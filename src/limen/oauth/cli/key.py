"""Signing keys: list, rotate, revoke."""

import click

from limen.platform.cli.commands import chosen, noun
from limen.platform.cli.operations import operations
from limen.platform.cli.output import emit, emit_list, say

command = noun("key", __doc__)


@command.command("list", example="limen key list")
def list_() -> None:
    """List the keys that sign, will sign, or still verify."""
    columns = ("kid", "alg", "status", "active_from", "retires_at")
    emit_list(operations().list_("keys.list", limit=200), columns)


@command.command("rotate", example="limen key rotate --alg ES256")
@click.option("--alg", help="The algorithm; all that are in use without it.")
def rotate(alg: str | None) -> None:
    """Let a new key sign from now on; tokens of the old one stay valid."""
    emit(operations().call("keys.rotate", body=chosen((("alg", alg),))))


@command.command("revoke", example="limen key revoke KID --yes")
@click.argument("kid")
@click.option("--yes", is_flag=True, help="Do not ask.")
def revoke(kid: str, yes: bool) -> None:
    """Take a key out at once: every token that it signed is refused."""
    if not yes:
        click.confirm(f"Refuse every token signed by {kid}?", abort=True, err=True)
    operations().call("keys.revoke", params={"kid": kid})
    say("Revoked.")
