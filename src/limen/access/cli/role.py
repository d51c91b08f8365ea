"""Roles: named permissions, given to people and to applications."""

from collections.abc import Sequence

import click

from limen.platform.cli.commands import chosen, noun
from limen.platform.cli.operations import Operations, operations
from limen.platform.cli.output import emit, emit_list, say
from limen.platform.cli.resolve import client_id, resolve, user_id

command = noun("role", __doc__)


def _role_id(calls: Operations, text: str) -> str:
    return resolve(calls, "roles.list", text, "name")


def _subject(calls: Operations, user: str | None, app: str | None) -> dict[str, str]:
    if (user is None) == (app is None):
        raise click.UsageError("give either --user or --app.")
    if user is not None:
        return {"kind": "user", "id": user_id(calls, user)}
    return {"kind": "client", "id": client_id(calls, app or "")}


@command.command("list", example="limen role list")
def list_() -> None:
    """List roles."""
    columns = ("id", "name", "built_in", "permissions")
    emit_list(operations().list_("roles.list", limit=1000), columns)


@command.command("create", example="limen role create helpdesk --permission users:read")
@click.argument("name")
@click.option("--permission", "permissions", multiple=True, help="resource:action; repeatable.")
@click.option("--says", default="", help="What the role is for.")
def create(name: str, permissions: Sequence[str], says: str) -> None:
    """Create the role NAME."""
    body = {"name": name, "says": says, "permissions": list(permissions)}
    emit(operations().call("roles.create", body=body))


@command.command("show", example="limen role show helpdesk")
@click.argument("role")
def show(role: str) -> None:
    """Show ROLE (an id or a name)."""
    calls = operations()
    emit(calls.call("roles.get", params={"id": _role_id(calls, role)}))


@command.command("update", example="limen role update helpdesk --permission users:write")
@click.argument("role")
@click.option("--name", help="A new name.")
@click.option("--permission", "permissions", multiple=True, help="All of them; repeatable.")
@click.option("--says", help="What the role is for.")
def update(role: str, name: str | None, permissions: Sequence[str], says: str | None) -> None:
    """Change ROLE; permissions that are given replace all of them."""
    body = chosen((("name", name), ("permissions", permissions), ("says", says)))
    if not body:
        raise click.UsageError("say what to change; see --help.")
    calls = operations()
    emit(calls.call("roles.update", params={"id": _role_id(calls, role)}, body=body))


@command.command("delete", example="limen role delete helpdesk")
@click.argument("role")
def delete(role: str) -> None:
    """Delete ROLE; whoever held it holds it no more."""
    calls = operations()
    calls.call("roles.delete", params={"id": _role_id(calls, role)})
    say("Deleted.")


@command.command("assign", example="limen role assign helpdesk --user ada@example.com")
@click.argument("role")
@click.option("--user", help="The person (an id, an address or a username).")
@click.option("--app", help="The application (a client id or a name).")
def assign(role: str, user: str | None, app: str | None) -> None:
    """Give ROLE to a person or to an application."""
    calls = operations()
    subject = _subject(calls, user, app)
    calls.call("roles.assign", params={"id": _role_id(calls, role)}, body=subject)
    say("Given.")


@command.command("unassign", example="limen role unassign helpdesk --user ada@example.com")
@click.argument("role")
@click.option("--user", help="The person (an id, an address or a username).")
@click.option("--app", help="The application (a client id or a name).")
def unassign(role: str, user: str | None, app: str | None) -> None:
    """Take ROLE from a person or from an application."""
    calls = operations()
    subject = _subject(calls, user, app)
    calls.call("roles.unassign", params={"id": _role_id(calls, role)}, body=subject)
    say("Taken.")
