"""What the tenant asks of all its applications: show, change."""

import click

from limen.oauth.cli._profiles import PROFILES, confirm_profile, rows_of
from limen.platform.cli.commands import noun
from limen.platform.cli.operations import operations
from limen.platform.cli.output import emit, emit_list, say, wants_json
from limen.platform.cli.values import parse_fields

command = noun("oauth-policy", __doc__)


@command.command("show", example="limen oauth-policy show")
def show() -> None:
    """Show the policy."""
    emit(operations().call("oauth_policy.get"))


@command.command("update", example="limen oauth-policy update --set registration=open")
@click.option(
    "--set", "fields", multiple=True, required=True, metavar="NAME=JSON",
    help="A field and its value; null is the default; may be repeated.",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Do not ask, though applications would stop.")
def update(fields: tuple[str, ...], yes: bool) -> None:
    """Change fields of the policy; says first which applications a profile would stop."""
    body = parse_fields("--set", fields)
    calls = operations()
    confirm_profile(calls, body.get("profile"), yes=yes)
    emit(calls.call("oauth_policy.update", body=body))


@command.command("check", example="limen oauth-policy check --profile fapi2")
@click.option("--profile", type=PROFILES, help="The one that holds now without it.")
def check(profile: str | None) -> None:
    """List the applications that would stop if the tenant had this profile."""
    query = {} if profile is None else {"profile": profile}
    found = operations().call("oauth_policy.check_profile", query=query)
    if wants_json():
        emit(found)
        return
    columns = ("client_id", "name", "field", "requirement", "message")
    emit_list(rows_of(found["clients"]), columns)
    stop = len(found["clients"])
    say(f"{stop} of {found['checked']} applications would stop under {found['profile']}.")
