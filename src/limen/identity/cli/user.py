"""People's accounts: create, show, change, suspend, delete."""

import sys
from collections.abc import Iterator
from typing import Any

import click

from limen.platform.cli.commands import chosen, noun, read_secret
from limen.platform.cli.errors import CliError, Exit
from limen.platform.cli.operations import Operations, operations
from limen.platform.cli.output import emit, emit_list, say, wants_json
from limen.platform.cli.resolve import resolve, user_id

command = noun("user", __doc__)

_FIELDS = ("id", "username", "email", "status", "status_reason", "created_at", "last_sign_in_at")
_COLUMNS = ("id", "email", "username", "status", "last_sign_in_at")
_ADMINISTRATOR = "administrator"


@command.command("create", example="limen user create --email ada@example.com --admin --verified")
@click.option("--email", help="The e-mail address.")
@click.option("--username", help="The name to sign in with, besides the address.")
@click.option("--name", help="The full name.")
@click.option("--verified", is_flag=True, help="Take the address as proven; the account is active.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--admin", is_flag=True, help="Give the administrator role.")
def create(
    email: str | None,
    username: str | None,
    name: str | None,
    verified: bool,
    password_stdin: bool,
    admin: bool,
) -> None:
    """Create an account, all of it or nothing."""
    if email is None and username is None:
        raise click.UsageError("give --email, --username, or both.")
    password = read_secret("Password", from_stdin=True) if password_stdin else None
    body = chosen((("email", email), ("username", username)))
    body["profile"] = chosen((("name", name),))
    body["email_verified"] = verified
    body["status"] = "active" if verified or email is None else "pending"
    user = create_user(operations(), body, password, admin=admin)
    emit(user, () if wants_json() else _FIELDS)


def create_user(
    calls: Operations, body: dict[str, object], password: str | None, *, admin: bool
) -> dict[str, Any]:
    """Create an account with its password and role; what fails leaves no account behind."""
    user = calls.call("users.create", body=body)
    try:
        _complete(calls, user["id"], password, admin=admin)
    except CliError:
        calls.call("users.delete", params={"id": user["id"]})
        raise
    return user


def _complete(calls: Operations, user: str, password: str | None, *, admin: bool) -> None:
    if password is not None:
        calls.call("users.set_password", params={"id": user}, body={"password": password})
    if admin:
        role = resolve(calls, "roles.list", _ADMINISTRATOR, "name")
        calls.call("roles.assign", params={"id": role}, body={"kind": "user", "id": user})


@command.command("list", example="limen user list --status suspended")
@click.option(
    "--status",
    type=click.Choice(("pending", "active", "suspended", "inactive")),
    help="Only these.",
)
@click.option("--search", metavar="TEXT", help="How an address or a username begins.")
@click.option("--limit", default=100, show_default=True, help="At most this many.")
def list_(status: str | None, search: str | None, limit: int) -> None:
    """List accounts."""
    query = {"status": status, "q": search}
    emit_list(operations().list_("users.list", limit=limit, query=query), _COLUMNS)


@command.command("show", example="limen user show ada@example.com")
@click.argument("user")
def show(user: str) -> None:
    """Show the account of USER (an id, an address or a username)."""
    calls = operations()
    found = calls.call("users.get", params={"id": user_id(calls, user)})
    emit(found, () if wants_json() else _FIELDS)


def _move(operation: str, user: str, body: object, said: str) -> None:
    calls = operations()
    found = calls.call(operation, params={"id": user_id(calls, user)}, body=body)
    say(said)
    emit(found, () if wants_json() else _FIELDS)


@command.command("suspend", example="limen user suspend ada@example.com --reason 'lost laptop'")
@click.argument("user")
@click.option("--reason", required=True, help="Why; kept with the account and in the log.")
def suspend(user: str, reason: str) -> None:
    """Suspend an account: its sessions and tokens stop at once."""
    _move("users.suspend", user, {"reason": reason}, "Suspended.")


@command.command("activate", example="limen user activate ada@example.com")
@click.argument("user")
def activate(user: str) -> None:
    """Make an account active, or active again."""
    _move("users.activate", user, None, "Active.")


@command.command("deactivate", example="limen user deactivate ada@example.com")
@click.argument("user")
def deactivate(user: str) -> None:
    """Make an account inactive."""
    _move("users.deactivate", user, None, "Inactive.")


@command.command("set-password", example="limen user set-password ada@example.com")
@click.argument("user")
@click.option("--password-stdin", is_flag=True, help="Read it from standard input; no prompt.")
def set_password(user: str, password_stdin: bool) -> None:
    """Set a password without the old one; every session ends."""
    password = read_secret("New password", from_stdin=password_stdin)
    calls = operations()
    params = {"id": user_id(calls, user)}
    calls.call("users.set_password", params=params, body={"password": password})
    say("The password is set.")


@command.command("require-new-password", example="limen user require-new-password ada@example.com")
@click.argument("user")
def require_new_password(user: str) -> None:
    """Sign USER out everywhere and let only a new password in: the one they have is known."""
    calls = operations()
    calls.call("users.require_new_password", params={"id": user_id(calls, user)})
    say("At the next sign-in a new password is asked for.")


@command.command("delete", example="limen user delete ada@example.com --yes")
@click.argument("user")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(user: str, yes: bool) -> None:
    """Delete an account; its names are free again."""
    if not yes:
        click.confirm(f"Delete the account of {user}?", abort=True, err=True)
    calls = operations()
    calls.call("users.delete", params={"id": user_id(calls, user)})
    say("Deleted.")


@command.command("import", example="limen user import people.jsonl")
@click.argument("file", type=click.File("rb"))
def import_(file: Any) -> None:
    """Create accounts from FILE: one JSON object a line, as `users.create` takes it.

    A `password_hash` beside it (Argon2 or bcrypt) lets people keep their passwords.
    Lines that are refused are named with their reason; the others are kept.
    """
    calls = operations()
    created = 0
    refused = 0
    for number, body in _lines(file):
        try:
            _import(calls, body)
            created += 1
        except CliError as error:
            refused += 1
            say(f"line {number}: {error}")
    emit({"created": created, "refused": refused})
    if refused:
        raise CliError(f"{refused} of {created + refused} lines were refused.", Exit.FAILURE)


def _import(calls: Operations, body: dict[str, Any]) -> None:
    hashed = body.pop("password_hash", None)
    user = calls.call("users.create", body=body)
    if hashed is None:
        return
    try:
        calls.call("users.import_password", params={"id": user["id"]}, body={"hash": hashed})
    except CliError:
        calls.call("users.delete", params={"id": user["id"]})
        raise


def _lines(file: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    import msgspec

    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            yield number, msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise CliError(f"line {number} is no JSON object: {error}.") from error


@command.command("export", example="limen user export > people.jsonl")
def export() -> None:
    """Print every account, one JSON object a line."""
    import msgspec

    for user in operations().list_("users.list", limit=sys.maxsize):
        click.echo(msgspec.json.encode(user).decode())
