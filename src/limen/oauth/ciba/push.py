"""What is pushed: the token response with its ID token bound to it (CIBA Core §10.3.1), or why not.

The answer is made once and kept sealed until it is delivered: however often it is tried, the
client gets the same tokens, and no others were made for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from limen.kernel.ids import UserId
from limen.kernel.request import Actor, Cause
from limen.kernel.uow import Store, Tx
from limen.kernel.vault import Vault
from limen.oauth.api import Client
from limen.oauth.ciba.api import CIBA_PUSHED
from limen.oauth.ciba.model import GRANT_TYPE
from limen.oauth.ciba.ports import Outgoing, RequestStore
from limen.oauth.ciba.usecases.ask import place_of
from limen.oauth.decoupled.approvals import entitled
from limen.oauth.errors import OAuthRefusal
from limen.oauth.grants import GrantServices, TokenRequest
from limen.oauth.issuing import Begun, Issuing
from limen.oauth.model.resources import Catalog
from limen.oauth.parameters import Parameters
from limen.oauth.tokens import half_hash
from limen.tenancy.api import Tenants

AUTH_REQ_ID: Final = "urn:openid:params:jwt:claim:auth_req_id"
RT_HASH: Final = "urn:openid:params:jwt:claim:rt_hash"
_SAYS: Final = {
    "denied": ("access_denied", "The person did not allow this."),
    "expired": ("expired_token", "The person did not decide in time."),
    "failed": ("transaction_failed", "The tokens could not be issued."),
}


@dataclass(frozen=True, slots=True)
class Pushed:
    """One answer to be pushed."""

    request: UUID
    auth_req_id: str
    client: Client
    outgoing: Outgoing


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushing:
    requests: RequestStore
    services: GrantServices
    vault: Vault
    tenants: Tenants

    async def may_speak(self, store: Store) -> bool:
        """False for a suspended tenant: it answers nothing, and calls nobody back (A033)."""
        tenant = await self.tenants.get(store.tenant)
        return await self.tenants.by_slug(tenant.slug) is not None

    async def body(self, store: Store, pushed: Pushed) -> bytes:
        """Return what the client gets."""
        outgoing = pushed.outgoing
        if outgoing.answer is not None:
            keyring = await self.vault.keyring(store)
            return keyring.open(place_of(pushed.request, "answer"), outgoing.answer)
        if outgoing.state in _SAYS:
            return _error(pushed, outgoing.state)
        try:
            return await self._issued(store, pushed)
        except OAuthRefusal:  # somebody may not act any more
            return _error(pushed, "failed")

    async def _issued(self, store: Store, pushed: Pushed) -> bytes:
        request = await self._token_request(store, pushed)
        issuing = Issuing(self.services)
        catalog = await issuing.catalog(request)

        async def work(tx: Tx) -> Begun | None:
            return await self._begin(tx, request, pushed, catalog)

        begun = await store.transact(work)
        if begun is None:
            return _error(pushed, "failed")
        body = await self._signed(request, pushed, begun)
        keyring = await self.vault.keyring(store)
        sealed = keyring.seal(place_of(pushed.request, "answer"), body)
        await store.transact(lambda tx: self.requests.keep_answer(tx, pushed.request, sealed))
        return body

    async def _begin(
        self, tx: Tx, request: TokenRequest, pushed: Pushed, catalog: Catalog
    ) -> Begun | None:
        allowed = await self.requests.push(tx, pushed.request)
        if allowed is None:
            return None
        given = entitled(allowed.wish, allowed.approval)
        begun = await Issuing(self.services).begin(tx, request, given, catalog)
        fact = CIBA_PUSHED(
            ("client", pushed.client.id), data={"request": str(pushed.request)},
            person=UserId(pushed.outgoing.user_id),
        )  # fmt: skip
        await self.services.recorder.record(tx, fact, request.cause)
        return begun

    async def _signed(self, request: TokenRequest, pushed: Pushed, begun: Begun) -> bytes:
        claims: dict[str, object] = {AUTH_REQ_ID: pushed.auth_req_id}
        if begun.refresh_token is not None:
            claims[RT_HASH] = half_hash(begun.refresh_token, pushed.client.id_token_alg)
        answer = await Issuing(self.services).answer(request, begun, id_token_claims=claims)
        content: Mapping[str, object] = {
            "auth_req_id": pushed.auth_req_id, **msgspec.to_builtins(answer)
        }  # fmt: skip
        return msgspec.json.encode(content)

    async def _token_request(self, store: Store, pushed: Pushed) -> TokenRequest:
        return TokenRequest(
            client=pushed.client,
            parameters=Parameters({"grant_type": GRANT_TYPE}),
            store=store,
            tenant=await self.tenants.get(store.tenant),
            cause=Cause(Actor("client", pushed.client.id), request_id=str(pushed.request)),
        )


def _error(pushed: Pushed, why: str) -> bytes:
    """Return the push error payload (CIBA Core §12)."""
    error, says = _SAYS[why]
    return msgspec.json.encode(
        {"auth_req_id": pushed.auth_req_id, "error": error, "error_description": says}
    )
