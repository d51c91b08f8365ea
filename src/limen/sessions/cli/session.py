"""Sign-ins: who is signed in where; end them."""

import click

from limen.platform.cli.commands import noun
from limen.platform.cli.operations import operations
from limen.platform.cli.output import emit, emit_list, say, wants_json
from limen.platform.cli.resolve import client_id, user_id

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


@command.command("applications", example="limen session applications 0198c1f0-…")
@click.argument("session")
def applications(session: str) -> None:
    """List the applications of SESSION, and whether each knows that it ended."""
    found = operations().list_("sessions.applications", limit=1000, params={"id": session})
    emit_list(found, ("name", "client", "status", "attempts", "answered", "error", "logout"))


@command.command("logouts", example="limen session logouts --status failed")
@click.option("--app", help="Only those of this application (a client id or a name).")
@click.option(
    "--status",
    type=click.Choice(["waiting", "delivered", "failed", "withdrawn"]),
    help="Only those that got so far.",
)
@click.option("--limit", default=100, show_default=True, help="At most this many.")
def logouts(app: str | None, status: str | None, limit: int) -> None:
    """List which applications were told that a session ended (back-channel logout)."""
    calls = operations()
    query = {"client": client_id(calls, app)} if app else {}
    if status:
        query["status"] = status
    columns = ("id", "client", "session", "status", "attempts", "answered", "error", "next_at")
    emit_list(calls.list_("logouts.list", limit=limit, query=query), columns)


@command.command("retry", example="limen session retry 0198c1f0-…")
@click.argument("logout")
def retry(logout: str) -> None:
    """Tell an application again after LOGOUT (its id in `session logouts`) was given up."""
    emit(operations().call("logouts.retry", params={"id": logout}))
