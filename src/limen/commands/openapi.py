"""Print the OpenAPI document of the management API."""

import click

from limen.platform.cli.commands import verb
from limen.platform.cli.operations import Backend
from limen.platform.cli.store import load_config


@verb("openapi", example="limen openapi > openapi.json")
def command() -> None:
    """Print the OpenAPI 3.1 document, as `/api/v1/openapi.json` serves it."""
    import msgspec

    from limen.platform.http.api import VERSION
    from limen.platform.http.openapi import document

    backend: Backend = click.get_current_context().find_root().obj()
    found = document(backend.routes(), load_config().issuer, VERSION)
    click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
