"""Issuers whose tokens are believed besides our own: CI systems, clusters, other providers."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from limen.platform.cli.commands import chosen, noun
from limen.platform.cli.operations import Operations, operations
from limen.platform.cli.output import emit, emit_list, say, wants_json
from limen.platform.cli.resolve import client_id, search, user_id

command = noun("issuer", __doc__)

_PRESETS = ("generic", "github", "gitlab", "kubernetes")
_USES = ("grant", "subject_token", "client_assertion", "id_jag")
_FIELDS = ("id", "issuer", "name", "enabled", "preset", "uses", "links", "scopes", "match_email")


def _issuer_id(calls: Operations, text: str) -> str:
    return search(calls, "issuers.list", text, "issuer")


def _conditions(given: Sequence[str]) -> list[dict[str, object]]:
    """Read `claim=value`; a value with a star is a glob, a claim with dots in it stays whole."""
    found: list[dict[str, object]] = []
    for text in given:
        claim, equals, value = text.partition("=")
        if not claim or not equals or not value:
            raise click.BadParameter(f"{text!r} is not claim=value")
        path = claim.split("/")
        name = claim if len(path) == 1 else path
        found.append({"claim": name, "glob" if "*" in value else "equals": value})
    return found


@command.command(
    "create",
    example="limen issuer create --preset github --name 'GitHub Actions'",
)
@click.option("--name", required=True, help="What administrators read.")
@click.option("--issuer", help="The `iss` of its tokens; a preset may know it.")
@click.option("--preset", type=click.Choice(_PRESETS), help="What kind of issuer it is.")
@click.option("--use", "uses", multiple=True, type=click.Choice(_USES), help="What for.")
@click.option("--jwks-uri", help="Where its keys are; without it, discovery says.")
@click.option("--jwks-file", type=click.Path(path_type=Path, exists=True), help="Its keys.")
@click.option("--audience", "audiences", multiple=True, help="What its tokens may call us.")
@click.option("--algorithm", "algorithms", multiple=True, help="May be repeated.")
@click.option("--max-lifetime", type=int, help="The longest life of its tokens, in seconds.")
@click.option("--single-use/--many-uses", default=None, help="Whether each token works once.")
@click.option("--condition", "conditions", multiple=True, help="claim=value, of every token.")
@click.option("--scope", "scopes", multiple=True, help="What tokens for people may hold.")
@click.option("--match-email", is_flag=True, default=None, help="Find people by address, once.")
def create(jwks_file: Path | None, conditions: Sequence[str], **given: Any) -> None:
    """Trust an issuer."""
    body = chosen(given.items())
    if conditions:
        body["conditions"] = _conditions(conditions)
    if jwks_file is not None:
        body["jwks"] = json.loads(jwks_file.read_text(encoding="utf-8"))
    _print(operations().call("issuers.create", body=body))


def _print(issuer: dict[str, object]) -> None:
    emit(issuer, () if wants_json() else _FIELDS)


@command.command("list", example="limen issuer list")
@click.option("--limit", default=100, show_default=True, help="At most this many.")
def list_(limit: int) -> None:
    """List trusted issuers."""
    columns = ("id", "issuer", "name", "enabled", "preset", "uses")
    emit_list(operations().list_("issuers.list", limit=limit), columns)


@command.command("show", example="limen issuer show https://gitlab.com")
@click.argument("issuer")
def show(issuer: str) -> None:
    """Show ISSUER (an id or its `iss`)."""
    calls = operations()
    _print(calls.call("issuers.get", params={"id": _issuer_id(calls, issuer)}))


@command.command(
    "link-app",
    example="limen issuer link-app https://gitlab.com Deploy --condition project_path=acme/shop",
)
@click.argument("issuer")
@click.argument("app")
@click.option("--condition", "conditions", multiple=True, required=True, help="claim=value.")
@click.option("--scope", "scopes", multiple=True, help="Instead of all that the app has.")
def link_app(issuer: str, app: str, conditions: Sequence[str], scopes: Sequence[str]) -> None:
    """Let tokens of ISSUER whose claims meet all conditions speak for APP."""
    calls = operations()
    found = _issuer_id(calls, issuer)
    before = calls.call("issuers.get", params={"id": found})
    link: dict[str, object] = {
        "client": client_id(calls, app),
        "conditions": _conditions(conditions),
        "scopes": list(scopes) or None,
    }
    body = {"links": [*before["links"], link]}
    _print(calls.call("issuers.update", params={"id": found}, body=body))


@command.command(
    "link-user",
    example="limen issuer link-user https://idp.example.com 2482 ada@example.com",
)
@click.argument("issuer")
@click.argument("subject")
@click.argument("user")
def link_user(issuer: str, subject: str, user: str) -> None:
    """Let tokens of ISSUER about SUBJECT speak for USER (an id, an address or a username)."""
    calls = operations()
    body = {"subject": subject, "user": user_id(calls, user)}
    params = {"id": _issuer_id(calls, issuer)}
    emit(calls.call("issuers.link_subject", params=params, body=body))


@command.command("users", example="limen issuer users https://idp.example.com")
@click.argument("issuer")
@click.option("--limit", default=100, show_default=True, help="At most this many.")
def users(issuer: str, limit: int) -> None:
    """List whom the subjects of ISSUER speak for."""
    calls = operations()
    params = {"id": _issuer_id(calls, issuer)}
    listed = calls.list_("issuers.list_subjects", limit=limit, params=params)
    emit_list(listed, ("id", "subject", "user", "created_at"))


@command.command(
    "unlink-user",
    example="limen issuer unlink-user https://idp.example.com 0198c0de-0000-7000-8000-000000000001",
)
@click.argument("issuer")
@click.argument("link")
def unlink_user(issuer: str, link: str) -> None:
    """Take back LINK (an id that `limen issuer users` shows)."""
    calls = operations()
    params = {"id": _issuer_id(calls, issuer), "subject": link}
    calls.call("issuers.unlink_subject", params=params)
    say("Unlinked.")


@command.command("enable", example="limen issuer enable https://gitlab.com")
@click.argument("issuer")
def enable(issuer: str) -> None:
    """Trust a disabled ISSUER again."""
    calls = operations()
    calls.call("issuers.enable", params={"id": _issuer_id(calls, issuer)})
    say("Enabled.")


@command.command("disable", example="limen issuer disable https://gitlab.com")
@click.argument("issuer")
def disable(issuer: str) -> None:
    """Stop trusting ISSUER for now; what rests on it stops at once."""
    calls = operations()
    calls.call("issuers.disable", params={"id": _issuer_id(calls, issuer)})
    say("Disabled.")


@command.command("delete", example="limen issuer delete https://gitlab.com --yes")
@click.argument("issuer")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(issuer: str, yes: bool) -> None:
    """Trust ISSUER no more."""
    if not yes:
        click.confirm(f"Stop trusting {issuer}?", abort=True, err=True)
    calls = operations()
    calls.call("issuers.delete", params={"id": _issuer_id(calls, issuer)})
    say("Deleted.")
