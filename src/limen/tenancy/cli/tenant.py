"""Tenants: realms with their own issuer, keys, users and settings."""

from collections.abc import Sequence
from typing import Any

import click

from limen.platform.cli.commands import noun
from limen.platform.cli.operations import Operations, operations
from limen.platform.cli.output import emit, emit_list, say
from limen.platform.cli.resolve import resolve

command = noun("tenant", __doc__)

_FIELDS = ("id", "slug", "name", "issuer", "status")


def _tenant_id(calls: Operations, text: str) -> str:
    return resolve(calls, "tenants.list", text, "slug")


@command.command("create", example="limen tenant create acme --name 'Acme Inc.'")
@click.argument("slug", required=False)
@click.option("--slug", "named", metavar="SLUG", help="The slug, where you would rather name it.")
@click.option("--name", help="What people read; the slug without it.")
def create(slug: str | None, named: str | None, name: str | None) -> None:
    """Create the tenant SLUG; its issuer is the base URL with /t/SLUG."""
    if (slug is None) == (named is None):
        raise click.UsageError("give the slug, once.")
    slug = slug or named
    emit(operations().call("tenants.create", body={"slug": slug, "name": name or slug}))


@command.command("list", example="limen tenant list")
@click.option("--limit", default=100, show_default=True, help="At most this many.")
def list_(limit: int) -> None:
    """List tenants."""
    emit_list(operations().list_("tenants.list", limit=limit), _FIELDS)


@command.command("show", example="limen tenant show acme")
@click.argument("slug")
def show(slug: str) -> None:
    """Show a tenant."""
    calls = operations()
    emit(calls.call("tenants.get", params={"id": _tenant_id(calls, slug)}))


@command.command("suspend", example="limen tenant suspend acme")
@click.argument("slug")
def suspend(slug: str) -> None:
    """Suspend a tenant: it answers nothing."""
    calls = operations()
    calls.call("tenants.suspend", params={"id": _tenant_id(calls, slug)})
    say("Suspended.")


@command.command("activate", example="limen tenant activate acme")
@click.argument("slug")
def activate(slug: str) -> None:
    """Activate a suspended tenant."""
    calls = operations()
    calls.call("tenants.activate", params={"id": _tenant_id(calls, slug)})
    say("Active.")


@command.command("settings", example="limen tenant settings acme sign_up=closed")
@click.argument("slug")
@click.argument("changes", nargs=-1, metavar="[NAME=VALUE]...")
def settings(slug: str, changes: Sequence[str]) -> None:
    """Show a tenant's settings, or change some; `NAME=` goes back to the default."""
    calls = operations()
    params = {"id": _tenant_id(calls, slug)}
    if changes:
        body = dict(_change(change) for change in changes)
        emit(calls.call("tenants.change_settings", params=params, body=body))
    else:
        emit(calls.call("tenants.get", params=params).get("settings") or {})


def _change(text: str) -> tuple[str, Any]:
    """Read `name=value`; the value is JSON where it is some, else text."""
    import msgspec

    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"write NAME=VALUE, not {text!r}.")
    if not value:
        return name, None
    try:
        return name, msgspec.json.decode(value.encode())
    except msgspec.DecodeError:
        return name, value
