"""Access tokens for the management API, and what is in a token."""

import sys
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from typing import Any

import click

from limen.platform.cli.commands import noun
from limen.platform.cli.errors import CliError
from limen.platform.cli.operations import operations
from limen.platform.cli.output import emit, emit_list, say, wants_json
from limen.platform.cli.resolve import client_id, user_id

command = noun("token", __doc__)


@command.command("create", example="limen token create --for ada@example.com --scope users:read")
@click.option("--for", "user", metavar="USER", help="The person it acts for.")
@click.option("--app", metavar="APP", help="The application it acts for.")
@click.option("--scope", "scopes", multiple=True, help="A permission; may be repeated.")
def create(user: str | None, app: str | None, scopes: Sequence[str]) -> None:
    """Make an access token for the management API; it holds no more than its owner may."""
    if (user is None) == (app is None):
        raise click.UsageError("give either --for or --app.")
    calls = operations()
    body: dict[str, Any] = {"scopes": [name for scope in scopes for name in scope.split()]}
    if user is not None:
        body["user"] = user_id(calls, user)
    else:
        body["client"] = client_id(calls, app or "")
    made = calls.call("tokens.create", body=body)
    if wants_json():
        emit(made)
    else:
        click.echo(made["access_token"])


@command.command("families", example="limen token families --app Shop --user ada@example.com")
@click.option("--user", help="Only this person's (an id, an address or a username).")
@click.option("--app", help="Only of this application (a client id or a name).")
@click.option("--session", help="Only of this session.")
@click.option("--grant", help="Only of this grant.")
@click.option("--limit", default=100, show_default=True, help="At most this many.")
def families(user: str | None, app: str | None, limit: int, **more: str | None) -> None:
    """List live families of refresh tokens."""
    calls = operations()
    query = {name: value for name, value in more.items() if value}
    if user:
        query["user"] = user_id(calls, user)
    if app:
        query["client"] = client_id(calls, app)
    columns = ("id", "user", "client", "scope", "started_at", "used_at", "expires_at")
    emit_list(calls.list_("token_families.list", limit=limit, query=query), columns)


@command.command("revoke-family", example="limen token revoke-family 0198c0de-0000-7000-8000-…")
@click.argument("family")
def revoke_family(family: str) -> None:
    """Revoke FAMILY: its refresh tokens, and the access tokens that rest on it."""
    operations().call("token_families.revoke", params={"id": family})
    say("Revoked.")


@command.command("decode", example="limen token create --for ada@example.com | limen token decode")
def decode() -> None:
    """Print the header and the claims of the JWT on standard input; nothing is verified."""
    import msgspec

    parts = sys.stdin.readline().strip().split(".")
    if len(parts) != 3:
        raise CliError("standard input holds no signed JWT (three parts with dots between).")
    try:
        header, claims = (
            msgspec.json.decode(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
            for part in parts[:2]
        )
    except ValueError as error:  # base64 and JSON alike
        raise CliError(f"this JWT cannot be read: {error}.") from error
    if wants_json():
        emit({"header": header, "claims": claims})
        return
    emit(header)
    click.echo("")
    emit(claims)
