"""POST /oauth2/ciba (CIBA Core §7): an application asks for a person's decision."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import Final

import msgspec

from limen.kernel.errors import Refusal, TooMany
from limen.oauth.api import AUTHORIZATION_REFUSED, Client
from limen.oauth.ciba.model import GRANT_TYPE, Prepared, prepare
from limen.oauth.ciba.settings import CibaSettings
from limen.oauth.ciba.signed import SignedRequests
from limen.oauth.ciba.usecases.ask import Asking, Begun
from limen.oauth.ciba.whom import People
from limen.oauth.client_auth import ClientAuthenticator
from limen.oauth.decoupled.model import Wish, wish_of
from limen.oauth.directory import Directory
from limen.oauth.errors import InvalidScope, UnauthorizedClient
from limen.oauth.http.protocol import (
    JSON,
    NO_STORE,
    Progress,
    RefusalLog,
    as_client,
    back_channel,
    read_form,
)
from limen.oauth.model.scopes import OPENID
from limen.oauth.parameters import Parameters
from limen.platform.http.messages import Request, Response
from limen.platform.limits import Limit, Limiter

_encode = msgspec.json.Encoder().encode
_BY_CLIENT: Final = Limit(6000, 60)


class CibaAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """CIBA Core §7.3; times are in seconds.  Whoever is pushed to has no interval."""

    auth_req_id: str
    expires_in: int
    interval: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CibaEndpoint:
    authenticator: ClientAuthenticator
    directory: Directory
    signed: SignedRequests
    people: People
    asking: Asking
    refusals: RefusalLog
    limiter: Limiter
    settings: CibaSettings

    async def __call__(self, request: Request) -> Response:
        progress = Progress()
        try:
            answer = await self._respond(request, progress)
        except Refusal as refusal:
            return await self.refusals.answer(request, AUTHORIZATION_REFUSED, refusal, progress)
        return Response(200, _encode(answer), JSON, list(NO_STORE))

    async def _respond(self, request: Request, progress: Progress) -> CibaAnswer:
        parameters = await read_form(request)
        progress.client = parameters.get("client_id")
        client = await self.authenticator.authenticate(back_channel(request, parameters))
        progress.client = client
        if GRANT_TYPE not in client.grant_types or client.is_public:
            raise UnauthorizedClient(GRANT_TYPE, reason="grant_type_not_allowed")
        wait = self.limiter.take(f"ciba:{request.tenant.id}:{client.id}", _BY_CLIENT)
        if wait:
            raise TooMany("backchannel requests", retry_after=int(wait) + 1)
        store, tenant = request.store, request.tenant
        parameters = await self.signed.open(store, tenant, client, parameters)
        prepared = prepare(parameters, client)
        wish = await self._wish(request, parameters, client, prepared)
        async with unhurried(self.settings.least_time):
            user = await self.people.find(store, tenant, client, prepared.whom)
            begun = await self.asking.ask(
                store, tenant, client=client, user=user, wish=wish, prepared=prepared,
                cause=as_client(request.cause, client),
            )  # fmt: skip
        return self._answer(begun, prepared)

    async def _wish(
        self, request: Request, parameters: Parameters, client: Client, prepared: Prepared
    ) -> Wish:
        """Raises InvalidScope without openid (CIBA Core §7.1), UnauthorizedClient where the
        tokens must be bound to a key that nobody proves when they are pushed."""
        options = client.options
        bound = (
            options.dpop_bound_access_tokens or options.tls_client_certificate_bound_access_tokens
        )
        if prepared.mode == "push" and bound:
            raise UnauthorizedClient("bound tokens", reason="ciba_push_unbound")
        catalog = await self.directory.catalog(request.store)
        issuer = request.tenant.issuer
        wish = wish_of(parameters, client, catalog, issuer, acr_values=prepared.acr_values)
        if OPENID not in wish.scope:
            raise InvalidScope("openid", hint="The scope must hold openid.")
        return wish

    def _answer(self, begun: Begun, prepared: Prepared) -> CibaAnswer:
        interval = int(self.settings.interval.total_seconds())
        return CibaAnswer(
            auth_req_id=begun.auth_req_id,
            expires_in=int(begun.lifetime.total_seconds()),
            interval=None if prepared.mode == "push" else interval,
        )


@asynccontextmanager
async def unhurried(floor: timedelta) -> AsyncGenerator[None]:
    """Let the block take at least `floor`, however it ends (A063)."""
    until = perf_counter() + floor.total_seconds()
    try:
        yield
    finally:
        left = until - perf_counter()
        if left > 0:
            await asyncio.sleep(left)
