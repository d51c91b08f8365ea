"""Sector identifiers: the document that lists all redirect URIs of one sector.

OpenID Connect Registration §5: the document at sector_identifier_uri is a list that holds
every redirect URI of the client, so that nobody joins a sector that is not theirs.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from limen.oauth.options import ClientOptions
from limen.oauth.registration.errors import InvalidClientMetadata, InvalidRedirectUri
from limen.platform.fetch import Fetcher, FetchFailed

MAX_SIZE: Final = 64 * 1024


class Sectors:
    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def check(self, options: ClientOptions, redirect_uris: Sequence[str]) -> None:
        """Ask the document, outside any unit.  Raises InvalidClientMetadata, InvalidRedirectUri."""
        if options.sector_identifier_uri is None:
            return
        hint = "sector_identifier_uri: its document cannot be read."
        try:
            answer = await self._fetcher.get(options.sector_identifier_uri, limit_bytes=MAX_SIZE)
            listed = msgspec.json.decode(answer.body, type=list[str])
        except (FetchFailed, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InvalidClientMetadata(str(error), hint=hint, reason="sector_unread") from error
        if answer.status != 200:
            raise InvalidClientMetadata(str(answer.status), hint=hint, reason="sector_unread")
        if not set(redirect_uris) <= set(listed):
            hint = "A redirect URI is not listed at sector_identifier_uri."
            raise InvalidRedirectUri("sector", hint=hint, reason="sector_lacks_redirect_uri")
