"""POST /oauth2/register (RFC 7591 §3) and what manages a registration (RFC 7592 §2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from limen.kernel.clock import Clock
from limen.kernel.errors import Invalid, Malformed, Refusal, TooMany
from limen.oauth.api import Client
from limen.oauth.errors import OAuthRefusal
from limen.oauth.http.protocol import JSON, NO_STORE, RefusalLog, answer_refusal, authorization_of
from limen.oauth.registration.api import REGISTRATION_REFUSED
from limen.oauth.registration.errors import (
    InvalidClientMetadata,
    InvalidRegistrationToken,
    RegistrationClosed,
)
from limen.oauth.registration.model.metadata import render
from limen.oauth.registration.ports import Registration
from limen.oauth.registration.service import RegistrationService
from limen.oauth.registration.settings import RegistrationSettings
from limen.oauth.registration.usecases.register import Submitted
from limen.platform.http.messages import Handler, Request, Response
from limen.platform.http.origin import bucket
from limen.platform.limits import Limit, Limiter

_HOUR: Final = 3600
_NOT_SENT: Final = ("registration_access_token", "registration_client_uri",
                    "client_secret_expires_at", "client_id_issued_at")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationEndpoint:
    service: RegistrationService
    refusals: RefusalLog
    limiter: Limiter
    settings: RegistrationSettings
    clock: Clock

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "registration.create": self._answering(self.create),
            "registration.get": self._answering(self.get),
            "registration.update": self._answering(self.update),
            "registration.delete": self._answering(self.delete),
        }

    def _answering(self, run: Handler) -> Handler:
        async def handle(request: Request) -> Response:
            try:
                return await run(request)
            except Refusal as refusal:
                return await self._refuse(request, refusal)

        return handle

    async def create(self, request: Request) -> Response:
        self._take(request, "registration", self.settings.requests_per_minute, 60)
        admitted = await self.service.admit(request.store, _token(request))
        if admitted.initial is None:
            self._take_open(request)
        metadata = await _read(request)
        made = await self.service.register(request.store, admitted, metadata, request.cause)
        return _answer(request, made, 201)

    async def get(self, request: Request) -> Response:
        client, _ = await self._find(request)
        address = _address(request, client.client_id)
        content = {**render(client), "registration_client_uri": address}
        return Response(200, msgspec.json.encode(content), JSON, list(NO_STORE))

    async def update(self, request: Request) -> Response:
        client, registration = await self._find(request)
        metadata = await _read(request)
        if metadata.get("client_id") != client.client_id:
            raise InvalidClientMetadata("client_id", hint="client_id: must be that of the address.")
        if any(name in metadata for name in _NOT_SENT):
            hint = "A field was sent that only answers hold (RFC 7592 section 2.2)."
            raise InvalidClientMetadata("not to be sent", hint=hint)
        await self._check_secret(request, client.client_id, metadata.get("client_secret"))
        changed = await self.service.update(
            request.store, client, registration, metadata, request.cause
        )
        return _answer(request, changed, 200)

    async def _check_secret(self, request: Request, client_id: str, secret: object) -> None:
        """A secret that is sent is the one that there is: nobody chooses one (R053)."""
        if secret is None:
            return
        record = await self.service.clients.directory.client(request.store, client_id)
        now = self.clock.now()
        if not isinstance(secret, str) or record is None or not record.accepts(secret, now):
            raise InvalidClientMetadata("secret", hint="client_secret: is not that of the client.")

    async def delete(self, request: Request) -> Response:
        client, _ = await self._find(request)
        await self.service.delete(request.store, client.id, request.cause)
        return Response(204, b"", None, list(NO_STORE))

    async def _find(self, request: Request) -> tuple[Client, Registration]:
        self._take(request, "registration", self.settings.requests_per_minute, 60)
        client_id = request.params["client_id"]
        return await self.service.find(request.store, client_id, _token(request))

    def _take_open(self, request: Request) -> None:
        """R057: registering without a token is slow, from one place and in all."""
        self._take(request, "registration.open", self.settings.open_per_address, _HOUR)
        key = f"registration.open:{request.tenant.id}"
        self._limit(key, Limit(self.settings.open_per_tenant, _HOUR))

    def _take(self, request: Request, name: str, count: int, seconds: float) -> None:
        key = f"{name}:{request.tenant.id}:{bucket(request.client_ip)}"
        self._limit(key, Limit(count, seconds))

    def _limit(self, key: str, limit: Limit) -> None:
        wait = self.limiter.take(key, limit)
        if wait:
            raise TooMany(key, retry_after=int(wait) + 1)

    async def _refuse(self, request: Request, refusal: Refusal) -> Response:
        reason = refusal.reason if isinstance(refusal, OAuthRefusal) else refusal.code
        if not isinstance(refusal, RegistrationClosed):
            await self.refusals.note(request, REGISTRATION_REFUSED, reason, client=None)
        response = answer_refusal(request, refusal)
        if isinstance(refusal, InvalidRegistrationToken):
            challenge = f'Bearer realm="{request.tenant.issuer}"'
            if _shows_token(request):
                challenge += ', error="invalid_token"'
            response.headers = [pair for pair in response.headers if pair[0] != b"www-authenticate"]
            response.headers.append((b"www-authenticate", challenge.encode()))
        return response


def _token(request: Request) -> str | None:
    """Return the bearer token.  Raises InvalidRegistrationToken for another scheme."""
    header = authorization_of(request)
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token) <= 500:
        raise InvalidRegistrationToken("scheme", reason="token_malformed")
    return token


def _shows_token(request: Request) -> bool:
    return authorization_of(request) is not None


async def _read(request: Request) -> Mapping[str, Any]:
    """Return the metadata.  Raises InvalidClientMetadata for what is no JSON object."""
    try:
        return await request.json(dict[str, Any])
    except (Malformed, Invalid) as error:
        hint = "Send a JSON object as application/json."
        raise InvalidClientMetadata(error.detail, hint=hint, reason="metadata_unread") from error


def _address(request: Request, client_id: str) -> str:
    return f"{request.tenant.issuer}/oauth2/register/{client_id}"


def _answer(request: Request, submitted: Submitted, status: int) -> Response:
    client = submitted.client
    content: dict[str, object] = {
        **render(client),
        "client_id_issued_at": int(client.created_at.timestamp()),
        "registration_access_token": submitted.access_token,
        "registration_client_uri": _address(request, client.client_id),
    }
    if submitted.secret is not None:
        content |= {"client_secret": submitted.secret, "client_secret_expires_at": 0}
    return Response(status, msgspec.json.encode(content), JSON, list(NO_STORE))
