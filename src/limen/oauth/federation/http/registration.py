"""POST /oauth2/federation/register: explicit registration (§12.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import msgspec

from limen.kernel.clock import Clock
from limen.kernel.errors import Invalid
from limen.oauth.api import Client
from limen.oauth.errors import InvalidRequest
from limen.oauth.federation.chains import Chains
from limen.oauth.federation.clients import FederationClients
from limen.oauth.federation.errors import (
    FederationOff,
    InvalidMetadata,
    InvalidTrustChain,
    NoTrust,
)
from limen.oauth.federation.http.protocol import FederationEndpoints
from limen.oauth.federation.model.chains import Chain
from limen.oauth.federation.model.entities import RELYING_PARTY, is_entity
from limen.oauth.federation.model.statements import (
    MAX_SIZE,
    MEDIA_TYPE,
    Statement,
    check_signed,
    read_statement,
)
from limen.oauth.federation.own import Statements
from limen.oauth.http.protocol import NO_STORE
from limen.oauth.registration.model.metadata import refusal, render
from limen.platform.http.messages import Handler, Request, Response
from limen.platform.jose.verify import InvalidToken

CHAIN: Final = "application/trust-chain+json"
ANSWER: Final = "explicit-registration-response+jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplicitRegistration:
    endpoints: FederationEndpoints
    clients: FederationClients
    chains: Chains
    statements: Statements
    clock: Clock

    def handlers(self) -> Mapping[str, Handler]:
        return {"federation.register": self.endpoints.answering(self.register)}

    async def register(self, request: Request) -> Response:
        """Register who hands in what it says of itself, for us, where a chain vouches for it."""
        policy = await self.endpoints.policy(request)
        if "explicit" not in policy.federation_registration:
            raise FederationOff("explicit")
        self.endpoints.take(request)
        token = await _token(request)
        says = self._read(request, token)
        try:
            chain = await self.chains.find(request.store, says.sub, policy, leaf=token)
        except NoTrust as error:
            raise InvalidTrustChain(error.reason, reason=error.reason.partition(":")[0]) from error
        try:
            client = await self.clients.keep(request.store, says.sub, chain, policy, "explicit")
        except Invalid as invalid:
            found = refusal(invalid)
            raise InvalidMetadata(found.detail, hint=found.shown, reason=found.reason) from invalid
        return await self._answer(request, client, chain)

    def _read(self, request: Request, token: str) -> Statement:
        """Return the statement: of an entity about itself, and meant for us (§12.2.1)."""
        try:
            signed = read_statement(token, self.clock.now().timestamp())
            check_signed(signed.unverified, signed.says.jwks)
        except InvalidToken as error:
            hint = "The entity configuration is not valid."
            raise InvalidRequest(error.reason, hint=hint, reason="statement") from error
        says = signed.says
        if says.iss != says.sub or not is_entity(says.sub, dev=self.endpoints.dev):
            raise InvalidRequest("sub", hint="The statement must be about its issuer.")
        if says.audiences != (request.tenant.issuer,):
            raise InvalidRequest("aud", hint="The aud of the statement must be our identifier.")
        return says

    async def _answer(self, request: Request, client: Client, chain: Chain) -> Response:
        """Return the registration as an entity statement (§12.2.3)."""
        ends = await self.clients.ends_at(request.store, client)
        claims: dict[str, Any] = {
            "iss": request.tenant.issuer,
            "sub": client.client_id,
            "aud": client.client_id,
            "iat": self.statements.times()["iat"],
            "exp": int(ends.timestamp()) if ends else chain.expires_at,
            "jwks": chain.subject.says.jwks,
            "trust_anchor": chain.anchor.says.iss,
            "authority_hints": [chain.statements[min(1, len(chain.statements) - 1)].says.iss],
            "metadata": {RELYING_PARTY: {**render(client), **_types(chain)}},
        }
        token = await self.statements.sign(request.store, ANSWER, claims)
        kind = f"application/{ANSWER}".encode()
        return Response(200, token.encode(), kind, list(NO_STORE))


def _types(chain: Chain) -> dict[str, Any]:
    return {"client_registration_types": ["explicit"]} if RELYING_PARTY in chain.metadata else {}


async def _token(request: Request) -> str:
    """Return the entity configuration: alone, or the first of a chain, whose rest we ask for."""
    kind = (request.header(b"content-type") or "").partition(";")[0].strip().lower()
    body = await request.body()
    if kind == CHAIN:
        return _first(body)
    if kind != MEDIA_TYPE:
        raise InvalidRequest("content type", hint=f"Send {MEDIA_TYPE}.")
    if len(body) > MAX_SIZE or not body.isascii():
        raise InvalidRequest("body")
    return body.decode("ascii").strip()


def _first(body: bytes) -> str:
    try:
        listed = cast("object", msgspec.json.decode(body))
    except msgspec.DecodeError as error:
        raise InvalidRequest("chain") from error
    first = cast("list[object]", listed)[0] if isinstance(listed, list) and listed else None
    if not isinstance(first, str):
        raise InvalidRequest("chain")
    return first
