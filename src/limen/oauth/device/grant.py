"""urn:ietf:params:oauth:grant-type:device_code: ask again until somebody decided (RFC 8628 §3.4).

A waiting device costs one read by primary key, and one write that the interval is kept by.
"""

from datetime import timedelta
from typing import ClassVar

from limen.kernel.uow import Tx
from limen.oauth.api import ClientType
from limen.oauth.decoupled.approvals import entitled
from limen.oauth.device import model
from limen.oauth.device.ports import DeviceStore, Waiting
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


class DeviceCodeGrant:
    grant_type: ClassVar[str] = model.GRANT_TYPE
    client_types: ClassVar[frozenset[ClientType]] = frozenset({"device", "native", "web"})

    def __init__(self, services: GrantServices, devices: DeviceStore) -> None:
        self._devices, self._issuing = devices, Issuing(services)

    async def __call__(self, request: TokenRequest) -> TokenAnswer:
        digest = digest_of(request.parameters.need("device_code"))
        waiting = await self._devices.find(request.store, digest)
        if waiting is None:
            raise InvalidGrant("unknown", reason="device_code_unknown")
        if waiting.client_id != request.client.id:
            raise InvalidGrant("another client's", reason="device_code_of_another_client")
        if waiting.state == "approved" and waiting.is_live:
            return await self._redeem(request, digest)
        if waiting.state == "pending" and waiting.is_live:
            raise await self._not_yet(request, digest, waiting)
        raise _over(waiting)

    async def _not_yet(
        self, request: TokenRequest, digest: bytes, waiting: Waiting
    ) -> OAuthRefusal:
        """Keep the interval, across processes: the store says who asked too soon."""
        interval = timedelta(seconds=waiting.interval)
        slower = model.slower(interval)

        async def work(tx: Tx) -> bool:
            if await self._devices.polled(tx, digest, wait=interval - model.LENIENCY):
                return True
            await self._devices.slow_down(tx, digest, interval=slower)
            return False

        in_time = await request.store.transact(work)
        return AuthorizationPending() if in_time else SlowDown()

    async def _redeem(self, request: TokenRequest, digest: bytes) -> TokenAnswer:
        """Use the code up, for one of however many ask; what raises undoes the use."""
        catalog = await self._issuing.catalog(request)

        async def work(tx: Tx) -> Begun:
            return await self._begin(tx, request, digest, catalog)

        begun = await request.store.transact(work)
        return await self._issuing.answer(request, begun)

    async def _begin(self, tx: Tx, request: TokenRequest, digest: bytes, catalog: Catalog) -> Begun:
        allowed = await self._devices.redeem(tx, digest, request.client.id)
        if allowed is None:
            raise InvalidGrant("redeemed meanwhile", reason="device_code_used")
        given = entitled(allowed.wish, allowed.approval)
        return await self._issuing.begin(tx, request, given, catalog)


def _over(waiting: Waiting) -> OAuthRefusal:
    if waiting.state == "denied":
        return Declined("the person refused", reason="consent_refused")
    if waiting.state == "redeemed":
        return InvalidGrant("used before", reason="device_code_used")
    return ExpiredToken()
