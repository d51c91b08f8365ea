"""urn:ietf:params:oauth:grant-type:device_code: a device comes for its tokens (RFC 8628 §3.4)."""

from typing import ClassVar

from limen.oauth.api import ClientType
from limen.oauth.decoupled.polling import PolledStore, Polling
from limen.oauth.device import model
from limen.oauth.grants import GrantServices, TokenAnswer, TokenRequest


class DeviceCodeGrant:
    grant_type: ClassVar[str] = model.GRANT_TYPE
    client_types: ClassVar[frozenset[ClientType]] = frozenset({"device", "native", "web"})

    def __init__(self, services: GrantServices, devices: PolledStore) -> None:
        self._polling = Polling(services, devices, "device_code")

    async def __call__(self, request: TokenRequest) -> TokenAnswer:
        return await self._polling.answer(request, request.parameters.need("device_code"))
