"""POST /oauth2/token (RFC 6749 §3.2)."""

from collections.abc import Mapping

import msgspec

from limen.kernel.errors import Refusal, TooMany
from limen.oauth.api import TOKEN_REFUSED
from limen.oauth.bindings import Bindings, certificate_thumbprint
from limen.oauth.client_auth import ClientAuthenticator
from limen.oauth.errors import UnauthorizedClient, UnsupportedGrantType
from limen.oauth.grants import Grant, TokenAnswer, TokenRequest
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
from limen.platform.limits import Limit, Limiter

_encode = msgspec.json.Encoder().encode


class TokenEndpoint:
    def __init__(
        self,
        grants: Mapping[str, Grant],
        authenticator: ClientAuthenticator,
        refusals: RefusalLog,
        bindings: Bindings,
        limiter: Limiter,
        limit: Limit,
    ) -> None:
        self._grants, self._authenticator, self._refusals = grants, authenticator, refusals
        self._bindings, self._limiter, self._limit = bindings, limiter, limit

    async def __call__(self, request: Request) -> Response:
        progress = Progress()
        try:
            answer = await self._respond(request, progress)
        except Refusal as refusal:
            return await self._refusals.answer(request, TOKEN_REFUSED, refusal, progress)
        return Response(200, _encode(answer), JSON, list(NO_STORE))

    async def _respond(self, request: Request, progress: Progress) -> TokenAnswer:
        parameters = await read_form(request)
        progress.client = parameters.get("client_id")
        client = await self._authenticator.authenticate(back_channel(request, parameters))
        progress.client = client
        wait = self._limiter.take(f"token:{request.tenant.id}:{client.id}", self._limit)
        if wait:
            raise TooMany(f"token requests of {client.id}", retry_after=int(wait) + 1)
        grant_type = parameters.need("grant_type")
        grant = self._grants.get(grant_type)
        if grant is None:
            raise UnsupportedGrantType
        if grant_type not in client.grant_types:
            raise UnauthorizedClient(grant_type, reason="grant_type_not_allowed")
        return await grant(
            TokenRequest(
                client=client,
                parameters=parameters,
                store=request.store,
                tenant=request.tenant,
                cause=as_client(request.cause, client),
                confirmation=await self._bindings.confirm(request, client),
                certificate=certificate_thumbprint(request),
            )
        )
