"""Signing keys: list, rotate, revoke."""

import click

from limen.platform.cli.commands import chosen, noun
from limen.platform.cli.operations import operations
from limen.platform.cli.output import emit, emit_list, say, wants_json

command = noun("key", __doc__)

_COLUMNS = ("kid", "alg", "status", "active_from", "retires_at", "expires_at")


@command.command("list", example="limen key list")
def list_() -> None:
    """List the keys that sign, will sign, or still verify."""
    emit_list(operations().list_("keys.list", limit=200), _COLUMNS)


@command.command("rotate", example="limen key rotate --alg ES256")
@click.option("--alg", help="The algorithm; all that are in use without it.")
@click.option("--now", is_flag=True, help="Sign with it at once, whoever cached the old set.")
def rotate(alg: str | None, now: bool) -> None:
    """Let a new key take over; tokens that the old one signed stay valid."""
    body = {**chosen((("alg", alg),)), "now": now}
    rotation = operations().call("keys.rotate", body=body)
    if wants_json():
        emit(rotation)
    else:
        emit_list(rotation["keys"], _COLUMNS)


@command.command("revoke", example="limen key revoke KID --reason 'its disk was stolen' --yes")
@click.argument("kid")
@click.option("--reason", help="Why, for the log of facts.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def revoke(kid: str, reason: str | None, yes: bool) -> None:
    """Take a key out at once: every token that it signed is refused, and the next key signs.

    Refresh tokens stay: applications get new access tokens with them.
    """
    if not yes:
        click.confirm(f"Refuse every token signed by {kid}?", abort=True, err=True)
    body = chosen((("reason", reason),))
    operations().call("keys.revoke", params={"kid": kid}, body=body)
    say("Revoked.")


@command.command("rewrap", example="LIMEN_PREVIOUS_MASTER_KEY_FILE=old.key limen key rewrap")
def rewrap() -> None:
    """Bring every tenant's keys under the present master key; the one before opens them.

    Only the wrapping changes: nothing that was sealed, signed or hashed with them does.  Cut off
    anywhere, it can be run again; servers that know both keys go on meanwhile.
    """
    done = operations().call("keys.rewrap")
    if wants_json():
        emit(done)
    else:
        say(f"{done['keys']} keys were brought under the new master key.")
