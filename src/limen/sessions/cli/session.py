"""Sign-ins: who is signed in where; end them."""

import click

from limen.platform.cli.commands import noun
from limen.platform.cli.operations import operations
from limen.platform.cli.output import emit, emit_list, say, wants_json
from limen.platform.cli.resolve import user_id

command = noun("session", __doc__)


@command.command("list", example="limen session list --user ada@example.com")
@click.option("--user", help="Only this person's (an id, an address or a username).")
@click.option("--limit", default=100, show_default=True, help="At most this many.")
def list_(user: str | None, limit: int) -> None:
    """List live sessions."""
    calls = operations()
    query = {"user": user_id(calls, user)} if user else {}
    columns = ("id", "user", "last_active_at", "ip", "user_agent", "expires_at")
    emit_list(calls.list_("sessions.list", limit=limit, query=query), columns)


@command.command("revoke", example="limen session revoke --user ada@example.com")
@click.argument("session", required=False)
@click.option("--user", help="End all of this person's, with their tokens.")
def revoke(session: str | None, user: str | None) -> None:
    """End SESSION, or all sessions of a person."""
    if (session is None) == (user is None):
        raise click.UsageError("give either a session's id or --user.")
    calls = operations()
    if session is not None:
        calls.call("sessions.revoke", params={"id": session})
        say("Ended.")
        return
    ended = calls.call("sessions.revoke_all", params={"user": user_id(calls, user or "")})
    if wants_json():
        emit(ended)
    else:
        say(f"Ended {ended['ended']} session(s).")
