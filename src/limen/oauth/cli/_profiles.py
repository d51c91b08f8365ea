"""Profiles on the command line: what a new application gets, and what others lack."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

from limen.platform.cli.errors import CliError, Exit
from limen.platform.cli.operations import Operations
from limen.platform.cli.output import emit, emit_list, say, wants_json

PROFILES: Final = click.Choice(["oauth21", "fapi2", "fapi2_message_signing"])
_COLUMNS: Final = ("field", "standard", "section", "message")


def with_profile(body: dict[str, Any], options: dict[str, Any]) -> None:
    """Fill in what a FAPI profile asks for, where nothing else was said."""
    if options.get("profile") not in ("fapi2", "fapi2_message_signing"):
        return
    body.setdefault("auth_method", "private_key_jwt")
    if "tls_client_certificate_bound_access_tokens" not in options:
        options.setdefault("dpop_bound_access_tokens", True)


def show_client(found: Mapping[str, Any]) -> None:
    """Print what an application lacks.  Raises CliError where it lacks anything."""
    if wants_json():
        emit(found)
    elif found["weaknesses"]:
        emit_list(found["weaknesses"], _COLUMNS)
    if not found["satisfied"]:
        raise CliError(f"This application does not satisfy {found['profile']}.", Exit.CHECK_FAILED)
    if not wants_json():
        say(f"This application satisfies {found['profile']}.")


def rows_of(clients: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return one line for each thing that an application lacks."""
    return [
        {"client_id": client["client_id"], "name": client["name"], "field": weak["field"],
         "requirement": f"{weak['standard']} {weak['section']}", "message": weak["message"]}
        for client in clients
        for weak in client["weaknesses"]
    ]  # fmt: skip


def confirm_profile(calls: Operations, profile: object, *, yes: bool) -> None:
    """Show which applications would stop, and ask, before a tenant becomes stricter."""
    if profile not in ("fapi2", "fapi2_message_signing"):
        return
    found = calls.call("oauth_policy.check_profile", query={"profile": profile})
    if not found["clients"]:
        return
    for row in rows_of(found["clients"]):
        say(f"{row['name']} ({row['client_id']}): {row['field']}: {row['message']}")
    count = len(found["clients"])
    if not yes:
        click.confirm(f"{count} application(s) would stop working. Go on?", abort=True, err=True)
