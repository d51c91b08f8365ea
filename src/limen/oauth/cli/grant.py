"""What people allowed applications: list, revoke."""

import click

from limen.platform.cli.commands import noun
from limen.platform.cli.operations import operations
from limen.platform.cli.output import emit_list, say
from limen.platform.cli.resolve import client_id, user_id

command = noun("grant", __doc__)


@command.command("list", example="limen grant list --user ada@example.com")
@click.option("--user", help="Only this person's (an id, an address or a username).")
@click.option("--app", help="Only of this application (a client id or a name).")
@click.option("--limit", default=100, show_default=True, help="At most this many.")
def list_(user: str | None, app: str | None, limit: int) -> None:
    """List grants."""
    calls = operations()
    query = {"user": user_id(calls, user)} if user else {}
    if app:
        query["client"] = client_id(calls, app)
    columns = ("id", "user", "client", "scopes", "granted_at", "last_used_at")
    emit_list(calls.list_("grants.list", limit=limit, query=query), columns)


@command.command("revoke", example="limen grant revoke 0198c0de-0000-7000-8000-000000000001")
@click.argument("grant")
def revoke(grant: str) -> None:
    """Withdraw GRANT with every token that rests on it."""
    operations().call("grants.revoke", params={"id": grant})
    say("Revoked.")
