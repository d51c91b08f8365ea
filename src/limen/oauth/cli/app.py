"""Applications (OAuth clients): create, show, change, new secret, delete."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from limen.oauth.cli._jwks_file import read_jwks
from limen.oauth.cli._profiles import PROFILES, show_client, with_profile
from limen.platform.cli.commands import chosen, noun
from limen.platform.cli.operations import operations
from limen.platform.cli.output import emit, emit_list, say, wants_json
from limen.platform.cli.resolve import client_id, user_id
from limen.platform.cli.values import parse_fields

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
    "options",
)
_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--jwks-uri", {"help": "Where its public keys are."}),
    ("--jwks-file", {"type": click.Path(exists=True, dir_okay=False, path_type=Path),
                     "help": "Its public keys: a JWK Set, or PEM keys or certificates."}),
    ("--backchannel-logout-uri", {"help": "Where it is told that a session ended."}),
    ("--frontchannel-logout-uri", {"help": "The page of it that is loaded on sign-out."}),
    ("--subject-type", {"type": click.Choice(["public", "pairwise"]),
                        "help": "One number for a person everywhere, or one for this app."}),
    ("--dpop-bound-access-tokens/--bearer-access-tokens",
     {"default": None, "help": "Whether its tokens are bound to a key of its own."}),
    ("--require-pushed-authorization-requests/--allow-plain-authorization-requests",
     {"default": None, "help": "Whether it must push its requests."}),
    ("--profile", {"type": PROFILES,
                   "help": "What is refused; the tenant's policy without it."}),
    ("--option", {"multiple": True, "metavar": "NAME=JSON",
                  "help": "Any other registered metadata; null removes it; may be repeated."}),
)  # fmt: skip


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    for name, settings in reversed(_OPTIONS):
        function = click.option(name, **settings)(function)
    return function


def _taken(given: dict[str, Any]) -> dict[str, object]:
    """Take the options out of what was given: those with a flag, then the others by name."""
    names = [name.partition("/")[0].removeprefix("--").replace("-", "_") for name, _ in _OPTIONS]
    file: Path | None = given.pop("jwks_file")
    flags = [(name, given.pop(name)) for name in names if name not in ("option", "jwks_file")]
    flags.append(("jwks", None if file is None else read_jwks(file)))
    return {**chosen(flags), **parse_fields("--option", given.pop("option"))}


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
@click.option("--auth-method", help="client_secret_basic, private_key_jwt, tls_client_auth, ….")
@click.option("--skip-consent", is_flag=True, default=None, help="Our own: people are not asked.")
@_options
def create(**given: Any) -> None:
    """Register an application; its secret is printed now and never again."""
    options = _taken(given)
    body = chosen(given.items())
    with_profile(body, options)
    if options:
        body["options"] = _merged({}, options)
    _print_secret(operations().call("clients.create", body=body))


def _merged(before: dict[str, object], options: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in {**before, **options}.items() if value is not None}


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
@click.option("--auth-method", help="client_secret_basic, private_key_jwt, tls_client_auth, ….")
@_options
def update(app: str, **given: Any) -> None:
    """Change APP; a list that is given replaces the whole list."""
    options = _taken(given)
    body = chosen(given.items())
    if not body and not options:
        raise click.UsageError("say what to change; see --help.")
    calls = operations()
    params = {"id": client_id(calls, app)}
    if options:
        body["options"] = _merged(calls.call("clients.get", params=params)["options"], options)
    found = calls.call("clients.update", params=params, body=body)
    emit(found, () if wants_json() else _FIELDS)


@command.command("preview-claims", example="limen app preview-claims Shop --user ada@example.com")
@click.argument("app")
@click.option("--user", required=True, help="The person (an id, an address or a username).")
@click.option("--scope", "scopes", multiple=True, help="In place of all that the person allows.")
@click.option("--resource", help="The API that the access token is for.")
def preview_claims(app: str, user: str, scopes: tuple[str, ...], resource: str | None) -> None:
    """Show which claims APP would get about a person, and why it does not get the others."""
    calls = operations()
    body = chosen((("scopes", [*scopes] or None), ("resource", resource)))
    found = calls.call(
        "clients.preview_claims", params={"id": client_id(calls, app)},
        body={"user": user_id(calls, user), **body},
    )  # fmt: skip
    if wants_json():
        emit(found)
        return
    emit(found, ("subject", "scopes"))
    emit_list(found["claims"], ("into", "claim", "value", "why", "scope", "source"))


@command.command("resolve-subject", example="limen app resolve-subject Shop SUBJECT")
@click.argument("app")
@click.argument("subject")
def resolve_subject(app: str, subject: str) -> None:
    """Tell whom APP knows by SUBJECT; that you asked is written down."""
    calls = operations()
    params = {"id": client_id(calls, app)}
    found = calls.call("clients.resolve_subject", params=params, body={"subject": subject})
    emit(found, ("subject", "user", "sector"))


@command.command("check", example="limen app check Shop --profile fapi2")
@click.argument("app")
@click.option("--profile", type=PROFILES, help="The one that holds now without it.")
def check(app: str, profile: str | None) -> None:
    """Say what APP lacks for a profile; exit code 6 where it lacks anything."""
    calls = operations()
    params = {"id": client_id(calls, app)}
    query = {} if profile is None else {"profile": profile}
    show_client(calls.call("clients.check_profile", params=params, query=query))


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


@command.command(
    "registration-token", example="limen app registration-token --uses 5 --name Partner"
)
@click.option("--name", help="Whom it is for.")
@click.option("--uses", type=int, help="How many applications it registers; one without it.")
@click.option("--lifetime", type=int, metavar="SECONDS", help="A week without it.")
@click.option("--scope", "scopes", multiple=True, help="In place of the policy's; may be repeated.")
@click.option("--grant", "grant_types", multiple=True, help="In place of the policy's.")
@click.option("--redirect-host", "redirect_hosts", multiple=True, help="In place of the policy's.")
def registration_token(**given: Any) -> None:
    """Make a token that lets applications register themselves; it is printed once."""
    made = operations().call("registration_tokens.create", body=chosen(given.items()))
    emit(made, () if wants_json() else ("initial_access_token", "uses", "expires_at"))


@command.command("list-registration-tokens", example="limen app list-registration-tokens")
def list_registration_tokens() -> None:
    """List the tokens that let applications register themselves."""
    columns = ("id", "name", "uses_left", "expires_at", "revoked_at")
    emit_list(operations().list_("registration_tokens.list", limit=1000), columns)


@command.command("revoke-registration-token", example="limen app revoke-registration-token ID")
@click.argument("token_id", metavar="ID")
def revoke_registration_token(token_id: str) -> None:
    """Withdraw a token; what was registered with it stays."""
    operations().call("registration_tokens.revoke", params={"id": token_id})
    say("Withdrawn.")
