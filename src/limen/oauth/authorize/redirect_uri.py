"""Where the answer goes: byte-exact, or a page (R001-R004, A001-A007)."""

from limen.oauth.api import Client
from limen.oauth.errors import RedirectUriMismatch
from limen.oauth.model.redirects import matches
from limen.oauth.parameters import Parameters


def check(parameters: Parameters, client: Client) -> str:
    """Return the redirect URI.  Raises RedirectUriMismatch, for a missing one too."""
    received = parameters.get("redirect_uri")
    if received is None or not matches(received, client.redirect_uris, client.type):
        raise RedirectUriMismatch(received, client.redirect_uris, client.name)
    return received
