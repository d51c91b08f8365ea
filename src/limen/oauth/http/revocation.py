"""POST /oauth2/revoke (RFC 7009): a client ends its own tokens."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from limen.kernel.errors import Refusal, Unavailable
from limen.kernel.events import Recorder
from limen.kernel.ids import UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.oauth.access_tokens import AccessTokens
from limen.oauth.api import TOKEN_REVOKED, Client
from limen.oauth.client_auth import ClientAuthenticator
from limen.oauth.http.protocol import (
    NO_STORE,
    answer_refusal,
    as_client,
    back_channel,
    read_form,
)
from limen.oauth.model.opaque import is_access_token
from limen.oauth.ports import RevokedTokens
from limen.platform.http.messages import Request, Response
from limen.sessions.api import RefreshTokens

_log = logging.getLogger("limen.oauth")


@dataclass(frozen=True, slots=True)
class RevocationEndpoint:
    """Answers 200 only for what is revoked and durable, or was no token of the client's."""

    authenticator: ClientAuthenticator
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    revoked: RevokedTokens
    recorder: Recorder

    async def __call__(self, request: Request) -> Response:
        try:
            await self._respond(request)
        except Refusal as refusal:
            return answer_refusal(request, refusal)
        except Exception:  # noqa: BLE001 - never 200 for what was not revoked (RFC 7009 §2.2.1)
            _log.exception("revocation failed", extra={"request_id": request.cause.request_id})
            return answer_refusal(request, Unavailable("store", retry_after=1))
        return Response(200, b"", None, list(NO_STORE))

    async def _respond(self, request: Request) -> None:
        parameters = await read_form(request)
        client = await self.authenticator.authenticate(back_channel(request, parameters))
        token = parameters.need("token")
        cause = as_client(request.cause, client)
        # token_type_hint only says where to look first, and the form of a token says it better.
        if is_access_token(token):
            await self._revoke_access(request, client, token, cause)
        else:
            await self._revoke_refresh(request, client, token, cause)

    async def _revoke_access(
        self, request: Request, client: Client, token: str, cause: Cause
    ) -> None:
        claims = await self.access_tokens.read(request.store, request.tenant, token)
        if claims is None or claims.client_id != client.client_id:
            return
        fact = TOKEN_REVOKED(
            ("client", client.id),
            data={"token": str(claims.jti)},
            person=UserId(claims.user) if claims.user else None,
        )
        ends = datetime.fromtimestamp(claims.exp, UTC)

        async def work(tx: Tx) -> None:
            if await self.revoked.add(tx, claims.jti, ends):
                await self.recorder.record(tx, fact, cause)

        await request.store.transact(work)

    async def _revoke_refresh(
        self, request: Request, client: Client, token: str, cause: Cause
    ) -> None:
        """Revoke the family: with it ends every access token that rests on it (§2.1)."""
        family = await self.refresh_tokens.find(request.store, token)
        if family is None or family.client != client.id:
            return

        async def work(tx: Tx) -> None:
            await self.refresh_tokens.revoke(tx, family.id, cause, reason="revoked_by_client")

        await request.store.transact(work)
