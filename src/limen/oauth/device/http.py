"""POST /oauth2/device (RFC 8628 §3.1): a device asks; a person will decide."""

from dataclasses import dataclass

import msgspec

from limen.kernel.errors import Refusal, TooMany
from limen.kernel.events import Recorder
from limen.kernel.vault import Vault
from limen.oauth.api import AUTHORIZATION_REFUSED, Client
from limen.oauth.client_auth import ClientAuthenticator
from limen.oauth.decoupled.model import wish_of
from limen.oauth.device.model import GRANT_TYPE, show_user_code
from limen.oauth.device.ports import DeviceStore
from limen.oauth.device.settings import DeviceSettings
from limen.oauth.device.usecases.start_device import Codes, start_device
from limen.oauth.directory import Directory
from limen.oauth.errors import UnauthorizedClient
from limen.oauth.http.protocol import (
    JSON,
    NO_STORE,
    Progress,
    RefusalLog,
    as_client,
    back_channel,
    read_form,
)
from limen.platform.http.messages import Request, Response
from limen.platform.http.origin import bucket
from limen.platform.limits import Limit, Limiter

_encode = msgspec.json.Encoder().encode


class DeviceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 8628 §3.2; times are in seconds."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceEndpoint:
    authenticator: ClientAuthenticator
    directory: Directory
    devices: DeviceStore
    vault: Vault
    recorder: Recorder
    refusals: RefusalLog
    limiter: Limiter
    settings: DeviceSettings

    async def __call__(self, request: Request) -> Response:
        progress = Progress()
        try:
            answer = await self._respond(request, progress)
        except Refusal as refusal:
            return await self.refusals.answer(request, AUTHORIZATION_REFUSED, refusal, progress)
        return Response(200, _encode(answer), JSON, list(NO_STORE))

    async def _respond(self, request: Request, progress: Progress) -> DeviceAnswer:
        parameters = await read_form(request)
        progress.client = parameters.get("client_id")
        client = await self.authenticator.authenticate(back_channel(request, parameters))
        progress.client = client
        if GRANT_TYPE not in client.grant_types:
            raise UnauthorizedClient(GRANT_TYPE, reason="grant_type_not_allowed")
        self._limit(request, client)
        catalog = await self.directory.catalog(request.store)
        wish = wish_of(parameters, client, catalog, request.tenant.issuer)
        codes = await start_device(
            request.store, wish, cause=as_client(request.cause, client),
            interval=self.settings.interval, lifetime=self.settings.code_lifetime,
            devices=self.devices, vault=self.vault, recorder=self.recorder,
        )  # fmt: skip
        return self._answer(request, codes)

    def _limit(self, request: Request, client: Client) -> None:
        """Bound what waits (A135): by address, and by application."""
        of_address = Limit(self.settings.requests_per_minute, 60)
        of_client = Limit(self.settings.codes_per_minute, 60)
        tenant = request.tenant.id
        wait = max(
            self.limiter.take(f"device:{tenant}:{bucket(request.client_ip)}", of_address),
            self.limiter.take(f"device:{tenant}:{client.id}", of_client),
        )
        if wait:
            raise TooMany("device requests", retry_after=int(wait) + 1)

    def _answer(self, request: Request, codes: Codes) -> DeviceAnswer:
        page = f"{request.tenant.issuer}/device"
        shown = show_user_code(codes.user_code)
        return DeviceAnswer(
            device_code=codes.device_code,
            user_code=shown,
            verification_uri=page,
            verification_uri_complete=f"{page}?user_code={shown}",
            expires_in=int(self.settings.code_lifetime.total_seconds()),
            interval=int(self.settings.interval.total_seconds()),
        )
