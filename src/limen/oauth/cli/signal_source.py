"""Sources of security events: other providers that say whose session or account has ended."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from limen.platform.cli.commands import chosen, noun
from limen.platform.cli.operations import Operations, operations
from limen.platform.cli.output import emit, emit_list, say, wants_json
from limen.platform.cli.resolve import search

command = noun("signal-source", __doc__)

_FIELDS = ("id", "issuer", "name", "enabled", "actions", "match_email", "push_url", "poll_error")


def _source_id(calls: Operations, text: str) -> str:
    return search(calls, "signal_sources.list", text, "issuer")


def _actions(given: Sequence[str]) -> dict[str, list[str]]:
    """Read `event=action`; an event may be named more than once."""
    found: dict[str, list[str]] = {}
    for text in given:
        event, equals, action = text.rpartition("=")
        if not event or not equals or not action:
            raise click.BadParameter(f"{text!r} is not event=action")
        found.setdefault(event, []).append(action)
    return found


@command.command(
    "create",
    example="limen signal-source create --name IdP --issuer https://idp.example.com"
    " --action caep:session-revoked=end_sessions",
)
@click.option("--name", required=True, help="What administrators read.")
@click.option("--issuer", required=True, help="The `iss` of its events.")
@click.option("--jwks-uri", help="Where its keys are; without it, its configuration says.")
@click.option("--jwks-file", type=click.Path(path_type=Path, exists=True), help="Its keys.")
@click.option("--audience", "audiences", multiple=True, help="What its events may call us.")
@click.option("--algorithm", "algorithms", multiple=True, help="May be repeated.")
@click.option("--action", "actions", multiple=True, help="event=action, may be repeated.")
@click.option("--match-email", is_flag=True, default=None, help="Find people by address.")
@click.option("--own-subjects", is_flag=True, default=None, help="It knows our own `sub`.")
@click.option("--max-age", type=int, help="The oldest event that is taken, in seconds.")
@click.option("--poll-url", help="Where we ask for events.")
@click.option("--token-url", help="Where the secret gets us a token to ask with.")
@click.option("--client-id", help="Who we are there.")
@click.option("--scope", help="What the token is to be for.")
@click.option("--secret-file", type=click.File("r"), help="The secret for polls; - for stdin.")
def create(jwks_file: Path | None, actions: Sequence[str], secret_file: Any, **given: Any) -> None:
    """Listen to the security events of an issuer."""
    body = chosen(given.items())
    if actions:
        body["actions"] = _actions(actions)
    if jwks_file is not None:
        body["jwks"] = json.loads(jwks_file.read_text(encoding="utf-8"))
    if secret_file is not None:
        body["secret"] = secret_file.read().strip()
    made = operations().call("signal_sources.create", body=body)
    emit(made, () if wants_json() else (*_FIELDS, "push_secret"))


@command.command("list", example="limen signal-source list")
@click.option("--limit", default=100, show_default=True, help="At most this many.")
def list_(limit: int) -> None:
    """List whose security events are listened to."""
    columns = ("id", "issuer", "name", "enabled", "poll_error")
    emit_list(operations().list_("signal_sources.list", limit=limit), columns)


@command.command("show", example="limen signal-source show https://idp.example.com")
@click.argument("source")
def show(source: str) -> None:
    """Show SOURCE (an id or its `iss`)."""
    calls = operations()
    found = calls.call("signal_sources.get", params={"id": _source_id(calls, source)})
    emit(found, () if wants_json() else _FIELDS)


@command.command(
    "actions",
    example="limen signal-source actions https://idp.example.com"
    " --action risc:account-disabled=suspend",
)
@click.argument("source")
@click.option("--action", "actions", multiple=True, help="event=action; without any, nothing.")
def actions(source: str, actions: Sequence[str]) -> None:
    """Say what the events of SOURCE do; what is not named is only recorded."""
    calls = operations()
    params, body = {"id": _source_id(calls, source)}, {"actions": _actions(actions)}
    calls.call("signal_sources.update", params=params, body=body)
    say("Changed.")


def _switch(source: str, *, enabled: bool) -> None:
    calls = operations()
    params = {"id": _source_id(calls, source)}
    calls.call("signal_sources.update", params=params, body={"enabled": enabled})


@command.command("enable", example="limen signal-source enable https://idp.example.com")
@click.argument("source")
def enable(source: str) -> None:
    """Listen to a disabled SOURCE again."""
    _switch(source, enabled=True)
    say("Enabled.")


@command.command("disable", example="limen signal-source disable https://idp.example.com")
@click.argument("source")
def disable(source: str) -> None:
    """Stop listening to SOURCE for now."""
    _switch(source, enabled=False)
    say("Disabled.")


@command.command("delete", example="limen signal-source delete https://idp.example.com --yes")
@click.argument("source")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(source: str, yes: bool) -> None:
    """Listen to SOURCE no more."""
    if not yes:
        click.confirm(f"Stop listening to {source}?", abort=True, err=True)
    calls = operations()
    calls.call("signal_sources.delete", params={"id": _source_id(calls, source)})
    say("Deleted.")
