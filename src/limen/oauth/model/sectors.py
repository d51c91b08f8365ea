"""Sectors: which clients know a person by the same subject (OpenID Connect Core §8.1).

Nobody gets into a sector that is not theirs: it is a host that the client's own redirect URIs
are of, or one that lists them (`oauth.sectors`).  A loopback address and a client without
redirect URIs are nobody's place, so such a client is a sector of its own.
"""

from typing import Final
from urllib.parse import urlsplit

from limen.oauth.api import Client

_LOOPBACK: Final = frozenset(("localhost", "127.0.0.1", "::1"))
DECOUPLED: Final = frozenset(
    (
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:openid:params:grant-type:ciba",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    )
)
"""Grants that bring tokens without a redirect: a redirect URI proves nothing for them."""


def is_pairwise(client: Client) -> bool:
    return client.options.subject_type == "pairwise"


def sector_of(client: Client) -> str:
    """Return the sector identifier: a host, or the client itself."""
    named = client.options.sector_identifier_uri
    if named is not None:
        return f"host:{_host_of(named)}"
    hosts = {_host_of(uri) for uri in client.redirect_uris}
    if len(hosts) != 1 or not _LOOPBACK.isdisjoint(hosts):
        return f"client:{client.id}"
    return f"host:{hosts.pop()}"


def _host_of(uri: str) -> str:
    parts = urlsplit(uri)
    return parts.hostname or f"{parts.scheme}:"
