"""Applications (OAuth clients): create, show, change, new secret, delete."""

from typing import Any

import click

from limen.platform.cli.commands import chosen, noun
from limen.platform.cli.operations import operations
from limen.platform.cli.output import emit, emit_list, say, wants_json
from limen.platform.cli.resolve import client_id

command = noun("app", __doc__)

_TYPES = ("web", "spa", "native", "m2m", "device")
_FIELDS = (
    "client_id",
    "name",
    "type",
    "enabled",
    "auth_method",
    "redirect_uris",
    "grant_types",
    "scopes",
    "audiences",
)


@command.command(
    "create",
    example="limen app create --name Shop --type web --redirect-uri https://shop.example.com/callback",
)
@click.option("--name", required=True, help="What people read when they sign in to it.")
@click.option("--type", "type", type=click.Choice(_TYPES), required=True, help="What it is.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Exact; may be repeated.")
@click.option(
    "--post-logout-redirect-uri",
    "post_logout_redirect_uris",
    multiple=True,
    help="May be repeated.",
)
@click.option("--origin", "origins", multiple=True, help="A browser origin that may call us.")
@click.option("--grant", "grant_types", multiple=True, help="A grant type; may be repeated.")
@click.option("--scope", "scopes", multiple=True, help="A scope it may ask for; may be repeated.")
@click.option("--audience", "audiences", multiple=True, help="An API it may call.")
@click.option("--auth-method", help="client_secret_basic, client_secret_post or none.")
@click.option("--skip-consent", is_flag=True, default=None, help="Our own: people are not asked.")
def create(**given: Any) -> None:
    """Register an application; its secret is printed now and never again."""
    body = chosen(given.items())
    _print_secret(operations().call("clients.create", body=body))


def _print_secret(client: dict[str, object]) -> None:
    client = {**client, "client_secret": client.get("client_secret")}
    emit(client, () if wants_json() else ("client_id", "client_secret", "name", "type"))
    if client["client_secret"]:
        say("Keep the secret now: it is not shown again.")


@command.command("list", example="limen app list")
@click.option("--limit", default=100, show_default=True, help="At most this many.")
def list_(limit: int) -> None:
    """List applications."""
    columns = ("client_id", "name", "type", "enabled", "grant_types")
    emit_list(operations().list_("clients.list", limit=limit), columns)


@command.command("show", example="limen app show Shop")
@click.argument("app")
def show(app: str) -> None:
    """Show APP (a client id or a name)."""
    calls = operations()
    found = calls.call("clients.get", params={"id": client_id(calls, app)})
    emit(found, () if wants_json() else _FIELDS)


@command.command("update", example="limen app update Shop --redirect-uri https://shop.example/cb")
@click.argument("app")
@click.option("--name", help="A new name.")
@click.option(
    "--redirect-uri", "redirect_uris", multiple=True, help="All of them; may be repeated."
)
@click.option(
    "--post-logout-redirect-uri", "post_logout_redirect_uris", multiple=True, help="All of them."
)
@click.option("--origin", "origins", multiple=True, help="All of them.")
@click.option("--grant", "grant_types", multiple=True, help="All of them.")
@click.option("--scope", "scopes", multiple=True, help="All of them.")
@click.option("--audience", "audiences", multiple=True, help="All of them.")
@click.option("--skip-consent/--ask-consent", default=None, help="Whether people are asked.")
def update(app: str, **given: Any) -> None:
    """Change APP; a list that is given replaces the whole list."""
    body = chosen(given.items())
    if not body:
        raise click.UsageError("say what to change; see --help.")
    calls = operations()
    found = calls.call("clients.update", params={"id": client_id(calls, app)}, body=body)
    emit(found, () if wants_json() else _FIELDS)


@command.command("rotate-secret", example="limen app rotate-secret Shop")
@click.argument("app")
def rotate_secret(app: str) -> None:
    """Give APP a new secret; the old one stops working."""
    calls = operations()
    _print_secret(calls.call("clients.rotate_secret", params={"id": client_id(calls, app)}))


@command.command("enable", example="limen app enable Shop")
@click.argument("app")
def enable(app: str) -> None:
    """Let a disabled APP work again."""
    calls = operations()
    calls.call("clients.enable", params={"id": client_id(calls, app)})
    say("Enabled.")


@command.command("disable", example="limen app disable Shop")
@click.argument("app")
def disable(app: str) -> None:
    """Stop APP: its tokens stop at once."""
    calls = operations()
    calls.call("clients.disable", params={"id": client_id(calls, app)})
    say("Disabled.")


@command.command("delete", example="limen app delete Shop --yes")
@click.argument("app")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(app: str, yes: bool) -> None:
    """Delete APP with its grants and tokens."""
    if not yes:
        click.confirm(f"Delete the application {app}?", abort=True, err=True)
    calls = operations()
    calls.call("clients.delete", params={"id": client_id(calls, app)})
    say("Deleted.")
