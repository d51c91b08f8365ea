"""Asking again until somebody decided: what RFC 8628 §3.4 and CIBA §10.1 have in common.

Whoever waits costs one conditional write by primary key, by which the interval is kept.
"""

from datetime import timedelta
from typing import Final, Protocol
from uuid import UUID

from limen.kernel.uow import Reader, Tx
from limen.oauth.decoupled.approvals import entitled
from limen.oauth.decoupled.model import Allowed, Waiting
from limen.oauth.errors import (
    AuthorizationPending,
    Declined,
    ExpiredToken,
    InvalidGrant,
    OAuthRefusal,
    SlowDown,
)
from limen.oauth.grants import GrantServices, TokenAnswer, TokenRequest
from limen.oauth.issuing import Begun, Issuing
from limen.oauth.model.resources import Catalog
from limen.platform.crypto import digest_of

SLOWER: Final = timedelta(seconds=5)
"""By how much each request that came too soon lengthens the interval (RFC 8628 §3.5)."""
SLOWEST: Final = timedelta(seconds=60)


def slower(interval: timedelta) -> timedelta:
    return min(interval + SLOWER, max(SLOWEST, interval))


class PolledStore(Protocol):
    """Requests that are asked after, each by the digest of its secret."""

    async def find(self, reader: Reader, digest: bytes) -> Waiting | None:
        """Return how it stands, read by its primary key."""
        ...

    async def polled(self, tx: Tx, digest: bytes, client: UUID) -> bool:
        """Note a client's question about what it waits for, where it comes in time.

        True for what is pending and live; the next may come after the interval.
        """
        ...

    async def slow_down(self, tx: Tx, digest: bytes, *, interval: timedelta) -> None: ...

    async def redeem(self, tx: Tx, digest: bytes, client: UUID) -> Allowed | None:
        """Use it up.  Exactly one caller gets what was approved, while it is live."""
        ...


class Polling:
    """Answers a poll; `noun` begins the reasons that the log of facts gets."""

    def __init__(self, services: GrantServices, store: PolledStore, noun: str) -> None:
        self._store, self._noun, self._issuing = store, noun, Issuing(services)

    async def answer(self, request: TokenRequest, secret: str) -> TokenAnswer:
        """Return tokens once.  Raises what RFC 8628 §3.5 and CIBA §11 name."""
        digest, client = digest_of(secret), request.client.id
        if await request.store.transact(lambda tx: self._store.polled(tx, digest, client)):
            raise AuthorizationPending
        waiting = await self._store.find(request.store, digest)
        if waiting is None:
            raise InvalidGrant("unknown", reason=f"{self._noun}_unknown")
        if waiting.client_id != request.client.id:
            raise InvalidGrant("another client's", reason=f"{self._noun}_of_another_client")
        if waiting.state == "approved" and waiting.is_live:
            return await self._redeem(request, digest)
        if waiting.state == "pending" and waiting.is_live:
            await self._slow_down(request, digest, waiting)
            raise SlowDown
        raise self._over(waiting)

    async def _slow_down(self, request: TokenRequest, digest: bytes, waiting: Waiting) -> None:
        """Lengthen the interval for good, in every process."""
        interval = slower(timedelta(seconds=waiting.interval))
        await request.store.transact(
            lambda tx: self._store.slow_down(tx, digest, interval=interval)
        )

    async def _redeem(self, request: TokenRequest, digest: bytes) -> TokenAnswer:
        """Use the secret up, for one of however many ask; what raises undoes the use."""
        catalog = await self._issuing.catalog(request)

        async def work(tx: Tx) -> Begun:
            return await self._begin(tx, request, digest, catalog)

        begun = await request.store.transact(work)
        return await self._issuing.answer(request, begun)

    async def _begin(self, tx: Tx, request: TokenRequest, digest: bytes, catalog: Catalog) -> Begun:
        allowed = await self._store.redeem(tx, digest, request.client.id)
        if allowed is None:
            raise InvalidGrant("redeemed meanwhile", reason=f"{self._noun}_used")
        given = entitled(allowed.wish, allowed.approval)
        return await self._issuing.begin(tx, request, given, catalog)

    def _over(self, waiting: Waiting) -> OAuthRefusal:
        if waiting.state == "denied":
            return Declined("the person refused", reason="consent_refused")
        if waiting.state == "redeemed":
            return InvalidGrant("used before", reason=f"{self._noun}_used")
        return ExpiredToken()
