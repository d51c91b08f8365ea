"""authorization_code: redeem a code once, with its PKCE proof (OAuth 2.1 §4.1.3)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from limen.kernel.errors import Refusal
from limen.kernel.ids import FamilyId, SessionId, UserId
from limen.kernel.one_time import Entry
from limen.kernel.standing import Principal
from limen.kernel.uow import Tx
from limen.oauth.api import CODE_REPLAYED, TOKEN_ISSUED, ClientType
from limen.oauth.errors import InvalidGrant, InvalidRequest, InvalidTarget
from limen.oauth.grants import GrantServices, TokenAnswer, TokenRequest
from limen.oauth.model.claims import claims_about
from limen.oauth.model.pkce import is_verifier, verifies
from limen.oauth.model.request import CodePayload
from limen.oauth.model.scopes import OFFLINE, OPENID
from limen.oauth.tokens import Issue, Person
from limen.sessions.api import NewFamily

CODE = "authorization_code"
_LONGEST_ACCESS_TOKEN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Redeemed:
    payload: CodePayload
    family: FamilyId | None
    refresh_token: str | None


@dataclass(frozen=True, slots=True)
class _Replayed:
    """The code was used before; what it had issued is revoked, and that is committed."""


class AuthorizationCodeGrant:
    grant_type: ClassVar[str] = CODE
    client_types: ClassVar[frozenset[ClientType]] = frozenset({"web", "spa", "native"})

    def __init__(self, services: GrantServices) -> None:
        self._services = services

    async def __call__(self, request: TokenRequest) -> TokenAnswer:
        code = request.parameters.need("code")
        redirect_uri = request.parameters.need("redirect_uri")
        verifier = request.parameters.need("code_verifier")
        if not is_verifier(verifier):
            hint = "code_verifier must have 43 to 128 unreserved characters."
            raise InvalidRequest("verifier", hint=hint)

        async def work(tx: Tx) -> _Redeemed | _Replayed:
            return await self._redeem(tx, request, code, redirect_uri, verifier)

        outcome = await request.store.transact(work)
        if isinstance(outcome, _Replayed):
            raise InvalidGrant("code used before", reason="code_replayed")
        return await self._answer(request, outcome)

    async def _redeem(
        self, tx: Tx, request: TokenRequest, code: str, redirect_uri: str, verifier: str
    ) -> _Redeemed | _Replayed:
        """Use the code.  What raises undoes the use: only the right client uses a code up."""
        entry = await self._services.one_time.consume(tx, CODE, code, CodePayload)
        if entry is None:
            raise InvalidGrant("unknown or expired", reason="code_unknown")
        payload = entry.payload
        if payload.client != request.client.id:
            raise InvalidGrant("another client's", reason="code_of_another_client")
        if entry.consumed_at is not None:
            await self._revoke_what_it_issued(tx, request, entry, entry.consumed_at)
            return _Replayed()
        if payload.redirect_uri != redirect_uri:
            raise InvalidGrant("redirect_uri", reason="redirect_uri_mismatch")
        if not verifies(verifier, payload.challenge):
            raise InvalidGrant("PKCE", reason="pkce_mismatch")
        self._resources(request, payload)
        await self._check_standing(tx, payload)
        return await self._issue(tx, request, payload)

    async def _check_standing(self, tx: Tx, payload: CodePayload) -> None:
        principal = Principal(
            user=payload.user, session=payload.session, client=payload.client, grant=payload.grant
        )
        refusal = await self._services.gate.refusal(tx, principal)
        if refusal is not None:
            raise InvalidGrant(refusal, reason=refusal)

    async def _issue(self, tx: Tx, request: TokenRequest, payload: CodePayload) -> _Redeemed:
        """Start the refresh-token family where the client has that grant, and record."""
        services, client = self._services, request.client
        family, refresh_token = None, None
        if "refresh_token" in client.grant_types:
            new = _new_family(request, payload)
            try:
                started, refresh_token = await services.refresh_tokens.start(tx, new, request.cause)
            except Refusal as refusal:  # the session ended a moment ago
                raise InvalidGrant(refusal.code, reason=refusal.code) from refusal
            family = started.id
        fact = TOKEN_ISSUED(
            ("client", client.id),
            data={"grant": self.grant_type, "token": str(payload.token), "scope": payload.scope,
                  "family": family and str(family)},
            person=UserId(payload.user),
        )  # fmt: skip
        await services.recorder.record(tx, fact, request.cause)
        return _Redeemed(payload, family, refresh_token)

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

    async def _answer(self, request: TokenRequest, redeemed: _Redeemed) -> TokenAnswer:
        """Sign what the committed redemption allows."""
        services, payload, store = self._services, redeemed.payload, request.store
        catalog = await services.directory.catalog(store)
        resources = self._resources(request, payload)
        issuer = request.tenant.issuer
        person = _person(payload, redeemed.family)
        issue = Issue(
            client=request.client,
            scope=catalog.scope_for(payload.scope, resources, issuer),
            resources=resources,
            token=payload.token,
            person=person,
            userinfo_claims=payload.claims.userinfo,
        )
        signed = await services.tokens.access_token(store, request.tenant, issue, catalog)
        id_token = None
        if OPENID in payload.scope:
            id_token = await services.tokens.id_token(
                store,
                request.tenant,
                client=request.client,
                person=person,
                nonce=payload.nonce,
                access_token=signed.token,
                claims=await self._requested_claims(request, payload),
            )
        return TokenAnswer(
            access_token=signed.token,
            expires_in=signed.expires_in,
            scope=signed.scope,
            refresh_token=redeemed.refresh_token,
            id_token=id_token,
        )

    @staticmethod
    def _resources(request: TokenRequest, payload: CodePayload) -> tuple[str, ...]:
        asked = request.parameters.resources
        if not set(asked) <= set(payload.resources):
            raise InvalidTarget("wider than granted", reason="resource_widened")
        return asked or payload.resources

    async def _requested_claims(
        self, request: TokenRequest, payload: CodePayload
    ) -> dict[str, object]:
        if not payload.claims.id_token:
            return {}
        user = await self._services.users.find(request.store, UserId(payload.user))
        return claims_about(user, payload.claims.id_token) if user else {}


def _new_family(request: TokenRequest, payload: CodePayload) -> NewFamily:
    client = request.client
    seconds = client.refresh_token_lifetime
    return NewFamily(
        user=UserId(payload.user),
        client=client.id,
        session=SessionId(payload.session),
        grant=payload.grant,
        scope=payload.scope,
        resources=payload.resources,
        offline=OFFLINE in payload.scope,
        confidential=not client.is_public,
        authenticated_at=payload.auth_time,
        acr=payload.acr,
        amr=payload.amr,
        nonce=payload.nonce,
        lifetime=None if seconds is None else timedelta(seconds=seconds),
    )


def _person(payload: CodePayload, family: FamilyId | None) -> Person:
    person = Person(
        user=payload.user,
        grant=payload.grant,
        auth_time=payload.auth_time,
        acr=payload.acr,
        amr=payload.amr,
        session=payload.session,
        offline=OFFLINE in payload.scope and family is not None,
    )
    return person if family is None else replace(person, family=family)


grant = AuthorizationCodeGrant
