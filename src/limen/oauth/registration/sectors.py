"""Sector identifiers of those who register themselves (OpenID Connect Registration §5)."""

from limen.oauth.api import NewClient
from limen.oauth.registration.errors import InvalidClientMetadata, InvalidRedirectUri
from limen.oauth.sectors import SAYS, Claimed, SectorDocuments
from limen.platform.fetch import Fetcher


class Sectors:
    def __init__(self, fetcher: Fetcher) -> None:
        self._documents = SectorDocuments(fetcher)

    async def check(self, new: NewClient) -> None:
        """Ask the document, outside any unit.  Raises InvalidClientMetadata, InvalidRedirectUri."""
        claimed = Claimed(new.options, new.redirect_uris, new.grant_types or (), new.registered)
        why = await self._documents.refusal(claimed)
        if why == "sector_lacks_redirect_uri":
            raise InvalidRedirectUri("sector", hint=SAYS[why], reason=why)
        if why is not None:
            raise InvalidClientMetadata("sector", hint=SAYS[why], reason=why)
