"""Entities that we vouch for in an OpenID Federation."""

import json
from pathlib import Path
from typing import Any

import click

from limen.platform.cli.commands import chosen, noun
from limen.platform.cli.operations import Operations, operations
from limen.platform.cli.output import emit, emit_list, say, wants_json
from limen.platform.cli.resolve import search

command = noun("subordinate", __doc__)

_FIELDS = ("id", "entity_id", "name", "enabled", "entity_types", "intermediate")
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


def _id(calls: Operations, text: str) -> str:
    return search(calls, "federation_subordinates.list", text, "entity_id")


def _body(files: dict[str, Path | None], given: dict[str, Any]) -> dict[str, Any]:
    read = {k: json.loads(v.read_text(encoding="utf-8")) for k, v in files.items() if v is not None}
    return {**chosen(given.items()), **read}


def _print(found: dict[str, object]) -> None:
    emit(found, () if wants_json() else _FIELDS)


@command.command(
    "create",
    example="limen subordinate create https://app.example.com --jwks-file app.jwks.json",
)
@click.argument("entity_id")
@click.option("--jwks-file", type=_FILE, required=True, help="Its federation keys.")
@click.option("--name", help="What administrators read.")
@click.option("--type", "entity_types", multiple=True, help="An entity type; may be repeated.")
@click.option("--intermediate", is_flag=True, default=None, help="It vouches for others itself.")
@click.option("--policy-file", type=_FILE, help="metadata_policy, as JSON.")
@click.option("--constraints-file", type=_FILE, help="constraints, as JSON.")
def create(
    jwks_file: Path, policy_file: Path | None, constraints_file: Path | None, **given: Any
) -> None:
    """Vouch for ENTITY_ID."""
    files = {
        "jwks": jwks_file, "metadata_policy": policy_file, "constraints": constraints_file,
    }  # fmt: skip
    _print(operations().call("federation_subordinates.create", body=_body(files, given)))


@command.command("list", example="limen subordinate list")
@click.option("--limit", default=100, show_default=True, help="At most this many.")
def list_(limit: int) -> None:
    """List subordinates."""
    emit_list(operations().list_("federation_subordinates.list", limit=limit), _FIELDS)


@command.command("show", example="limen subordinate show https://app.example.com")
@click.argument("subordinate")
def show(subordinate: str) -> None:
    """Show SUBORDINATE (an id or its entity identifier)."""
    calls = operations()
    params = {"id": _id(calls, subordinate)}
    emit(calls.call("federation_subordinates.get", params=params))


@command.command(
    "update",
    example="limen subordinate update https://app.example.com --policy-file policy.json",
)
@click.argument("subordinate")
@click.option("--jwks-file", type=_FILE, help="Its federation keys.")
@click.option("--name", help="What administrators read.")
@click.option("--enable/--disable", "enabled", default=None, help="Whether we vouch for it.")
@click.option("--policy-file", type=_FILE, help="metadata_policy, as JSON.")
@click.option("--constraints-file", type=_FILE, help="constraints, as JSON.")
def update(
    subordinate: str,
    jwks_file: Path | None,
    policy_file: Path | None,
    constraints_file: Path | None,
    **given: Any,
) -> None:
    """Change what we say of SUBORDINATE."""
    calls = operations()
    files = {
        "jwks": jwks_file, "metadata_policy": policy_file, "constraints": constraints_file,
    }  # fmt: skip
    params = {"id": _id(calls, subordinate)}
    _print(calls.call("federation_subordinates.update", params=params, body=_body(files, given)))


@command.command("delete", example="limen subordinate delete https://app.example.com --yes")
@click.argument("subordinate")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(subordinate: str, yes: bool) -> None:
    """Vouch for SUBORDINATE no more."""
    if not yes:
        click.confirm(f"Stop vouching for {subordinate}?", abort=True, err=True)
    calls = operations()
    calls.call("federation_subordinates.delete", params={"id": _id(calls, subordinate)})
    say("Deleted.")
