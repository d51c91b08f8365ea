"""Sector documents: the list, at sector_identifier_uri, of those who belong to a sector.

OpenID Connect Registration §5 has every redirect URI of the client listed there, so that nobody
joins a sector that is not theirs.  Where tokens come without a redirect, a redirect URI proves
nothing: then the address of the client's keys has to be listed (CIBA Core §4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from limen.kernel.errors import FieldError, Invalid
from limen.oauth.api import Registered
from limen.oauth.model.sectors import DECOUPLED
from limen.oauth.options import ClientOptions
from limen.platform.fetch import Fetcher, FetchFailed

MAX_SIZE: Final = 64 * 1024
Why = Literal["sector_unread", "sector_lacks_redirect_uri", "sector_lacks_jwks_uri"]
SAYS: Final[dict[Why, str]] = {
    "sector_unread": "sector_identifier_uri: its document cannot be read.",
    "sector_lacks_redirect_uri": "A redirect URI is not listed at sector_identifier_uri.",
    "sector_lacks_jwks_uri": "A pairwise client of these grant types needs a "
    "sector_identifier_uri whose document lists its jwks_uri.",
}


@dataclass(frozen=True, slots=True)
class Claimed:
    """What says to which sector a client wants to belong."""

    options: ClientOptions
    redirect_uris: Sequence[str]
    grant_types: Sequence[str]
    registered: Registered

    @property
    def needs_keys(self) -> bool:
        """True where redirect URIs prove nothing, or there are none."""
        if self.options.subject_type != "pairwise":
            return False
        decoupled = self.registered != "managed" and not DECOUPLED.isdisjoint(self.grant_types)
        named = self.options.sector_identifier_uri is not None
        return (decoupled and bool(self.redirect_uris)) or (named and not self.redirect_uris)


class SectorDocuments:
    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def refusal(self, claimed: Claimed) -> Why | None:
        """Return why the client cannot be of that sector.  Outside any unit: it may fetch."""
        uri, keys = claimed.options.sector_identifier_uri, claimed.options.jwks_uri
        if claimed.needs_keys and (uri is None or keys is None):
            return "sector_lacks_jwks_uri"
        if uri is None:
            return None
        listed = await self._listed(uri)
        if listed is None:
            return "sector_unread"
        if not listed.issuperset(claimed.redirect_uris):
            return "sector_lacks_redirect_uri"
        return "sector_lacks_jwks_uri" if claimed.needs_keys and keys not in listed else None

    async def check(self, claimed: Claimed) -> None:
        """Raises Invalid."""
        why = await self.refusal(claimed)
        if why is not None:
            raise Invalid(FieldError("options.sector_identifier_uri", why, SAYS[why]))

    async def _listed(self, uri: str) -> frozenset[str] | None:
        try:
            answer = await self._fetcher.get(uri, limit_bytes=MAX_SIZE)
            listed = msgspec.json.decode(answer.body, type=list[str])
        except (FetchFailed, msgspec.DecodeError, UnicodeDecodeError):
            return None
        return frozenset(listed) if answer.status == 200 else None
