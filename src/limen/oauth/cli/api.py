"""APIs (resource servers) and their scopes."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from limen.platform.cli.commands import chosen, noun
from limen.platform.cli.operations import Operations, operations
from limen.platform.cli.output import emit, emit_list, say
from limen.platform.cli.resolve import search
from limen.platform.cli.values import parse_fields

command = noun("api", __doc__)


_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--token-format", {"type": click.Choice(["jwt", "opaque"]),
                        "help": "Whether its tokens can be read, or only introspected."}),
    ("--dpop-bound-access-tokens/--bearer-access-tokens",
     {"default": None, "help": "Whether it takes only tokens bound to a DPoP key."}),
    ("--option", {"multiple": True, "metavar": "NAME=JSON",
                  "help": "Any other metadata; null removes it; may be repeated."}),
)  # fmt: skip


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    for name, settings in reversed(_OPTIONS):
        function = click.option(name, **settings)(function)
    return function


def _taken(
    token_format: str | None, bound: bool | None, others: Sequence[str]
) -> dict[str, object]:
    flags = (("token_format", token_format), ("dpop_bound_access_tokens", bound))
    return {**chosen(flags), **parse_fields("--option", others)}


def _merged(before: dict[str, object], options: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in {**before, **options}.items() if value is not None}


def _api_id(calls: Operations, text: str) -> str:
    return search(calls, "apis.list", text, "identifier")


def _scopes(scopes: Sequence[str]) -> list[dict[str, str]]:
    """Read `name` or `name=what it allows, in plain words`."""
    parts = (scope.partition("=") for scope in scopes)
    return [{"name": name, "title": title or name} for name, _, title in parts]


@command.command(
    "create",
    example="limen api create --identifier https://api.example.com --name Shop --scope orders:read",
)
@click.option("--identifier", required=True, help="The URI that clients send as `resource`.")
@click.option("--name", required=True, help="What people read.")
@click.option("--scope", "scopes", multiple=True, help="`name` or `name=in plain words`.")
@_options
def create(
    identifier: str,
    name: str,
    scopes: Sequence[str],
    token_format: str | None,
    dpop_bound_access_tokens: bool | None,
    option: Sequence[str],
) -> None:
    """Register an API."""
    options = _merged({}, _taken(token_format, dpop_bound_access_tokens, option))
    body = {"identifier": identifier, "name": name, "scopes": _scopes(scopes), "options": options}
    emit(operations().call("apis.create", body=body))


@command.command("list", example="limen api list")
@click.option("--limit", default=100, show_default=True, help="At most this many.")
def list_(limit: int) -> None:
    """List APIs."""
    emit_list(operations().list_("apis.list", limit=limit), ("id", "identifier", "name"))


@command.command("show", example="limen api show https://api.example.com")
@click.argument("api")
def show(api: str) -> None:
    """Show API (an id or an identifier)."""
    calls = operations()
    emit(calls.call("apis.get", params={"id": _api_id(calls, api)}))


@command.command("update", example="limen api update https://api.example.com --name Orders")
@click.argument("api")
@click.option("--name", help="A new name.")
@click.option("--scope", "scopes", multiple=True, help="All of them; `name=in plain words`.")
@_options
def update(
    api: str,
    name: str | None,
    scopes: Sequence[str],
    token_format: str | None,
    dpop_bound_access_tokens: bool | None,
    option: Sequence[str],
) -> None:
    """Change API; scopes that are given replace all of them."""
    body = chosen((("name", name), ("scopes", _scopes(scopes) or None)))
    options = _taken(token_format, dpop_bound_access_tokens, option)
    if not body and not options:
        raise click.UsageError("say what to change; see --help.")
    calls = operations()
    params = {"id": _api_id(calls, api)}
    if options:
        body["options"] = _merged(calls.call("apis.get", params=params)["options"], options)
    emit(calls.call("apis.update", params=params, body=body))


@command.command("delete", example="limen api delete https://api.example.com --yes")
@click.argument("api")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(api: str, yes: bool) -> None:
    """Delete API; no further token is made for it."""
    if not yes:
        click.confirm(f"Delete the API {api}?", abort=True, err=True)
    calls = operations()
    calls.call("apis.delete", params={"id": _api_id(calls, api)})
    say("Deleted.")
