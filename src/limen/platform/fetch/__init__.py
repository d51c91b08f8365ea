"""Outgoing requests: the one client for addresses that somebody else chose (R135, A117).

Read `targets` (what may be asked), `pinned` (how it is reached), `fetcher`, then `documents`
(JSON that is kept for a while).  Nobody fetches inside a transaction.
"""

from limen.platform.fetch.errors import FetchFailed
from limen.platform.fetch.fetcher import Fetched, Fetcher
from limen.platform.fetch.settings import FetchSettings

__all__ = ["FetchFailed", "FetchSettings", "Fetched", "Fetcher"]
