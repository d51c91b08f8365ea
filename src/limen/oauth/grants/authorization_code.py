"""authorization_code: redeem a code once, with its PKCE proof (OAuth 2.1 §4.1.3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from limen.kernel.ids import UserId
from limen.kernel.one_time import Entry
from limen.kernel.uow import Tx
from limen.oauth.api import CODE_REPLAYED, ClientType
from limen.oauth.errors import InvalidGrant, InvalidRequest
from limen.oauth.grants import GrantServices, TokenAnswer, TokenRequest
from limen.oauth.issuing import Begun, Entitled, Issuing
from limen.oauth.model.pkce import is_verifier, verifies
from limen.oauth.model.request import CodePayload
from limen.oauth.model.resources import Catalog
from limen.oauth.tokens import Person
from limen.platform.crypto import equal

CODE = "authorization_code"
_LONGEST_ACCESS_TOKEN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Presented:
    code: str
    redirect_uri: str
    verifier: str


@dataclass(frozen=True, slots=True)
class _Replayed:
    """The code was used before; what it had issued is revoked, and that is committed."""


class AuthorizationCodeGrant:
    grant_type: ClassVar[str] = CODE
    client_types: ClassVar[frozenset[ClientType]] = frozenset({"web", "spa", "native"})

    def __init__(self, services: GrantServices) -> None:
        self._services, self._issuing = services, Issuing(services)

    async def __call__(self, request: TokenRequest) -> TokenAnswer:
        code = request.parameters.need("code")
        redirect_uri = request.parameters.need("redirect_uri")
        verifier = request.parameters.need("code_verifier")
        if not is_verifier(verifier):
            hint = "code_verifier must have 43 to 128 unreserved characters."
            raise InvalidRequest("verifier", hint=hint)

        presented = _Presented(code, redirect_uri, verifier)
        catalog = await self._issuing.catalog(request)

        async def work(tx: Tx) -> Begun | _Replayed:
            return await self._redeem(tx, request, presented, catalog)

        outcome = await request.store.transact(work)
        if isinstance(outcome, _Replayed):
            raise InvalidGrant("code used before", reason="code_replayed")
        return await self._issuing.answer(request, outcome)

    async def _redeem(
        self, tx: Tx, request: TokenRequest, presented: _Presented, catalog: Catalog
    ) -> Begun | _Replayed:
        """Use the code.  What raises undoes the use: only the right client uses a code up."""
        entry = await self._services.one_time.consume(tx, CODE, presented.code, CodePayload)
        if entry is None:
            raise InvalidGrant("unknown or expired", reason="code_unknown")
        payload = entry.payload
        if payload.client != request.client.id:
            raise InvalidGrant("another client's", reason="code_of_another_client")
        if entry.consumed_at is not None:
            await self._revoke_what_it_issued(tx, request, entry, entry.consumed_at)
            return _Replayed()
        if payload.redirect_uri != presented.redirect_uri:
            raise InvalidGrant("redirect_uri", reason="redirect_uri_mismatch")
        if not verifies(presented.verifier, payload.challenge):
            raise InvalidGrant("PKCE", reason="pkce_mismatch")
        _check_key(request, payload)
        return await self._issuing.begin(tx, request, _entitled(payload), catalog)

    async def _revoke_what_it_issued(
        self, tx: Tx, request: TokenRequest, entry: Entry[CodePayload], used_at: datetime
    ) -> None:
        """R024: the access token by its id, and the families that this sign-in gave the client.

        Their later access tokens rest on the family, and end with it.
        """
        services, payload = self._services, entry.payload
        for family in await services.refresh_tokens.list_of(tx, UserId(payload.user)):
            if family.grant == payload.grant and family.session == payload.session:
                await services.refresh_tokens.revoke(
                    tx, family.id, request.cause, reason="code_replayed"
                )
        first = await services.revoked.add(tx, payload.token, used_at + _LONGEST_ACCESS_TOKEN)
        if first:
            fact = CODE_REPLAYED(
                ("client", payload.client),
                data={"token": str(payload.token)},
                person=UserId(payload.user),
                reason="code_replayed",
            )
            await services.recorder.record(tx, fact, request.cause)


def _check_key(request: TokenRequest, payload: CodePayload) -> None:
    """RFC 9449 §10: whom the code was bound to at its request, redeems it."""
    if payload.dpop_jkt is None:
        return
    proven = request.confirmation and request.confirmation.jkt
    if proven is None or not equal(proven, payload.dpop_jkt):
        hint = "This code is bound to a DPoP key (dpop_jkt), and that key was not proven."
        raise InvalidGrant("dpop_jkt", hint=hint, reason="dpop_jkt_mismatch")


def _entitled(payload: CodePayload) -> Entitled:
    return Entitled(
        person=Person(
            user=payload.user,
            grant=payload.grant,
            auth_time=payload.auth_time,
            acr=payload.acr,
            amr=payload.amr,
            session=payload.session,
        ),
        scope=payload.scope,
        resources=payload.resources,
        token=payload.token,
        nonce=payload.nonce,
        userinfo_claims=payload.claims.userinfo,
        id_token_claims=payload.claims.id_token,
        authorization_details=payload.authorization_details,
    )


grant = AuthorizationCodeGrant
