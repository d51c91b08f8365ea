"""From what was allowed to tokens: the one way that every grant takes.

A grant decides what it gives in a unit of its own, and there calls `begin` (a person's) or
`begin_machine`; what was decided is committed with it.  `answer` signs what is committed.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from limen.kernel.errors import Refusal
from limen.kernel.ids import SessionId, UserId, new_id
from limen.kernel.standing import Principal
from limen.kernel.uow import Tx
from limen.oauth.api import TOKEN_ISSUED, Client
from limen.oauth.bindings import bound_for
from limen.oauth.errors import InvalidGrant, InvalidTarget
from limen.oauth.grants import GrantServices, TokenAnswer, TokenRequest
from limen.oauth.model.claims import claims_about
from limen.oauth.model.details import enriched, is_enriched, narrow
from limen.oauth.model.resources import Catalog
from limen.oauth.model.scopes import OFFLINE, OPENID
from limen.oauth.options import EnrichSource
from limen.oauth.tokens import Draft, Issue, Person
from limen.sessions.api import NewFamily


class Entitled(msgspec.Struct, frozen=True, kw_only=True):
    """What a person allowed a client, in whichever way they were asked.

    `token` is the jti that the access token gets.  `userinfo_claims` and `id_token_claims` are
    those asked by name.  Without a grant there is no refresh token.
    """

    person: Person
    scope: tuple[str, ...]
    resources: tuple[str, ...] = ()
    token: UUID = msgspec.field(default_factory=new_id)
    nonce: str | None = None
    userinfo_claims: tuple[str, ...] = ()
    id_token_claims: tuple[str, ...] = ()
    authorization_details: tuple[dict[str, Any], ...] = ()
    act: dict[str, Any] | None = None
    may_act: dict[str, Any] | None = None


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens that are decided and committed; `person` is None for a machine's."""

    draft: Draft
    person: Person | None = None
    scope: tuple[str, ...] = ()
    nonce: str | None = None
    id_token_claims: tuple[str, ...] = ()
    refresh_token: str | None = None


class Issuing:
    def __init__(self, services: GrantServices) -> None:
        self._services = services

    async def catalog(self, request: TokenRequest) -> Catalog:
        """Return the APIs; to be asked before the unit.

        Raises CannotEncrypt for a client that could not read its ID token.
        """
        await self._services.tokens.check_client(request.client)
        return await self._services.directory.catalog(request.store)

    async def begin(
        self,
        tx: Tx,
        request: TokenRequest,
        entitled: Entitled,
        catalog: Catalog,
        *,
        refreshable: bool = True,
    ) -> Begun:
        """Check standing, start the family where the client has refresh tokens, and record.

        The request's `resource`s narrow what was allowed.  Raises InvalidTarget, InvalidGrant.
        """
        client, person = request.client, entitled.person
        resources = narrowed(request, entitled.resources)
        if entitled.authorization_details:
            entitled = await self._enriched(tx, client, entitled, catalog)
        await self._check(tx, request, person)
        if person.session is not None:
            participants = self._services.participants
            await participants.note(tx, client, session=person.session, user=person.user)
        refresh_token = None
        if refreshable and person.grant is not None and "refresh_token" in client.grant_types:
            person, refresh_token = await self._start_family(tx, request, entitled, person.grant)
        issue = Issue(
            client=client,
            scope=catalog.scope_for(entitled.scope, resources, request.tenant.issuer),
            resources=resources,
            token=entitled.token,
            person=person,
            userinfo_claims=entitled.userinfo_claims,
            confirmation=bound_for(request, catalog, resources),
            authorization_details=narrowed_details(
                request, entitled.authorization_details, catalog, resources
            ),
            act=entitled.act,
            may_act=entitled.may_act,
        )
        draft = await self._draft(tx, request, issue, catalog, entitled.scope)
        return Begun(
            draft=draft, person=person, scope=entitled.scope, nonce=entitled.nonce,
            id_token_claims=entitled.id_token_claims, refresh_token=refresh_token,
        )  # fmt: skip

    async def _enriched(
        self, tx: Tx, client: Client, entitled: Entitled, catalog: Catalog
    ) -> Entitled:
        """Add to the details what their types want to know of the person (RFC 9396 §7.1).

        The id is the client's `sub`: a pairwise one learns no other (R043).
        """
        details = entitled.authorization_details
        if not is_enriched(details, catalog):
            return entitled
        user = await self._services.users.find(tx, UserId(entitled.person.user))
        values: dict[EnrichSource, str | None] = {
            "user.id": await self._services.tokens.subject(tx, client, entitled.person.user),
            "user.email": user.primary_email.address if user and user.primary_email else None,
            "user.username": user.username if user else None,
            "user.name": user.profile.name if user else None,
        }
        found = enriched(details, values, catalog)
        return msgspec.structs.replace(entitled, authorization_details=found)

    async def begin_machine(
        self,
        tx: Tx,
        request: TokenRequest,
        scope: tuple[str, ...],
        resources: tuple[str, ...],
        catalog: Catalog,
        **more: Any,
    ) -> Begun:
        """Check standing and record: the client speaks for itself.  `more` is of Issue."""
        await self._check(tx, request, None)
        issue = Issue(
            client=request.client,
            scope=catalog.scope_for(scope, resources, request.tenant.issuer),
            resources=resources,
            token=new_id(),
            confirmation=bound_for(request, catalog, resources),
            **more,
        )
        return Begun(draft=await self._draft(tx, request, issue, catalog, issue.scope))

    async def answer(
        self,
        request: TokenRequest,
        begun: Begun,
        *,
        id_token_claims: Mapping[str, object] | None = None,
        **more: Any,
    ) -> TokenAnswer:
        """Sign what is committed, the ID token with more claims.  `more` is of TokenAnswer."""
        tokens, claims = self._services.tokens, begun.draft.claims
        access_token = await tokens.access_token(request.store, begun.draft)
        if begun.person is not None and OPENID in begun.scope:
            more["id_token"] = await tokens.id_token(
                request.store,
                request.tenant,
                client=request.client,
                person=begun.person,
                nonce=begun.nonce,
                access_token=access_token,
                scope=begun.scope,
                claims=await self._asked_claims(request, begun) | {**(id_token_claims or {})},
            )
        return TokenAnswer(
            access_token=access_token,
            token_type=claims.cnf.token_type if claims.cnf else "Bearer",
            expires_in=begun.draft.lifetime,
            scope=claims.scope,
            refresh_token=begun.refresh_token,
            authorization_details=claims.authorization_details,
            **more,
        )

    async def _check(self, tx: Tx, request: TokenRequest, person: Person | None) -> None:
        """Raises InvalidGrant where anything that the tokens would rest on may not act."""
        principal = Principal(
            user=person and person.user,
            session=person and person.session,
            client=request.client.id,
            grant=person and person.grant,
        )
        refusal = await self._services.gate.refusal(tx, principal)
        if refusal is not None:
            raise InvalidGrant(refusal, reason=refusal)

    async def _start_family(
        self, tx: Tx, request: TokenRequest, entitled: Entitled, grant: UUID
    ) -> tuple[Person, str]:
        new = _new_family(request, entitled, grant)
        try:
            family, secret = await self._services.refresh_tokens.start(tx, new, request.cause)
        except Refusal as refusal:  # the session ended a moment ago
            raise InvalidGrant(refusal.code, reason=refusal.code) from refusal
        person = entitled.person
        return msgspec.structs.replace(person, family=family.id, offline=new.offline), secret

    async def _draft(
        self,
        tx: Tx,
        request: TokenRequest,
        issue: Issue,
        catalog: Catalog,
        scope: tuple[str, ...],
    ) -> Draft:
        services, person = self._services, issue.person
        draft = services.tokens.draft(request.tenant, issue, catalog)
        draft = await services.tokens.keep(tx, draft)
        data: dict[str, object] = {
            "grant": request.parameters.get("grant_type"), "token": str(issue.token),
            "scope": scope,
        }  # fmt: skip
        if person is not None:
            data["family"] = person.family and str(person.family)
        fact = TOKEN_ISSUED(
            ("client", request.client.id),
            data=data,
            person=UserId(person.user) if person else None,
        )
        await services.recorder.record(tx, fact, request.cause)
        return draft

    async def _asked_claims(self, request: TokenRequest, begun: Begun) -> dict[str, object]:
        if begun.person is None or not begun.id_token_claims:
            return {}
        user = await self._services.users.find(request.store, UserId(begun.person.user))
        return claims_about(user, begun.id_token_claims) if user else {}


def narrowed(request: TokenRequest, granted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the resources asked now, of those granted.  Raises InvalidTarget (R031)."""
    asked = request.parameters.resources
    if not set(asked) <= set(granted):
        raise InvalidTarget("wider than granted", reason="resource_widened")
    return asked or granted


def narrowed_details(
    request: TokenRequest,
    granted: tuple[dict[str, Any], ...],
    catalog: Catalog,
    resources: tuple[str, ...],
) -> tuple[dict[str, Any], ...]:
    """Return what was granted in detail, as far as it is asked now and means something there.

    Raises InvalidAuthorizationDetails (RFC 9396 §6).
    """
    return narrow(granted, request.parameters.get("authorization_details"), catalog, resources)


def key_binding(request: TokenRequest) -> str | None:
    """Return what the family of a public client is bound to (RFC 9449 §5, RFC 8705 §4).

    That of a confidential one is bound to the client's authentication already.
    """
    if request.confirmation is None or not request.client.is_public:
        return None
    return request.confirmation.binding


def _new_family(request: TokenRequest, entitled: Entitled, grant: UUID) -> NewFamily:
    client, person = request.client, entitled.person
    seconds = client.refresh_token_lifetime
    return NewFamily(
        user=UserId(person.user),
        client=client.id,
        session=None if person.session is None else SessionId(person.session),
        grant=grant,
        scope=entitled.scope,
        resources=entitled.resources,
        offline=OFFLINE in entitled.scope,
        confidential=not client.is_public,
        key_binding=key_binding(request),
        authenticated_at=person.auth_time,
        acr=person.acr,
        amr=person.amr,
        nonce=entitled.nonce,
        claims=entitled.userinfo_claims,
        authorization_details=entitled.authorization_details,
        lifetime=None if seconds is None else timedelta(seconds=seconds),
    )
