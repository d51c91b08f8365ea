"""refresh_token: the next tokens of a sign-in (RFC 6749 §6, RFC 9700 §4.14.2)."""

from typing import ClassVar

from limen.kernel.ids import UserId, new_id
from limen.kernel.standing import Principal
from limen.kernel.uow import Tx
from limen.oauth.api import TOKEN_ISSUED, ClientType
from limen.oauth.errors import InvalidGrant, InvalidTarget
from limen.oauth.grants import GrantServices, TokenAnswer, TokenRequest
from limen.oauth.model.scopes import OPENID, narrow, parse_scope
from limen.oauth.tokens import Issue, Person
from limen.sessions.api import Family, Refused, Rotated


class RefreshTokenGrant:
    """Client, scope and resource are checked before rotating; narrowing changes no family."""

    grant_type: ClassVar[str] = "refresh_token"
    client_types: ClassVar[frozenset[ClientType]] = frozenset({"web", "spa", "native", "device"})

    def __init__(self, services: GrantServices) -> None:
        self._services = services

    async def __call__(self, request: TokenRequest) -> TokenAnswer:
        services, client = self._services, request.client
        presented = request.parameters.need("refresh_token")
        family = await services.refresh_tokens.find(request.store, presented)
        if family is None or family.client != client.id:
            raise InvalidGrant("no such family", reason="refresh_token_unknown")
        issue = await self._issue(request, family)
        outcome = await self._rotate(request, presented, issue)
        if isinstance(outcome, Refused):
            raise InvalidGrant(outcome.reason, reason=outcome.reason)
        catalog = await services.directory.catalog(request.store)
        store, tenant = request.store, request.tenant
        signed = await services.tokens.access_token(store, tenant, issue, catalog)
        id_token = None
        if OPENID in issue.scope and issue.person is not None:
            # No nonce: it belongs to the first ID token (Core §12.2).
            id_token = await services.tokens.id_token(
                store, tenant, client=client, person=issue.person, nonce=None,
                access_token=signed.token, claims={},
            )  # fmt: skip
        return TokenAnswer(
            access_token=signed.token,
            expires_in=signed.expires_in,
            scope=signed.scope,
            refresh_token=outcome.refresh_token,
            id_token=id_token,
        )

    async def _issue(self, request: TokenRequest, family: Family) -> Issue:
        """Return the access token to be.  Raises InvalidScope, InvalidTarget."""
        text = request.parameters.get("scope")
        scope = narrow(family.scope, None if text is None else parse_scope(text))
        asked = request.parameters.resources
        if not set(asked) <= set(family.resources):
            raise InvalidTarget("wider than granted", reason="resource_widened")
        catalog = await self._services.directory.catalog(request.store)
        issuer = request.tenant.issuer
        resources = catalog.check_resources(asked, request.client, issuer) or family.resources
        person = Person(
            user=family.user,
            grant=family.grant,
            auth_time=family.authenticated_at,
            acr=family.acr,
            amr=family.amr,
            session=family.session,
            offline=family.offline,
            family=family.id,
        )
        return Issue(
            client=request.client,
            scope=catalog.scope_for(scope, resources, issuer),
            resources=resources,
            token=new_id(),
            person=person,
        )

    async def _rotate(
        self, request: TokenRequest, presented: str, issue: Issue
    ) -> Rotated | Refused:
        """Rotate and record in one unit; a replay is returned, its revocation committed."""
        services, client, person = self._services, request.client, issue.person
        if person is None:  # pragma: no cover - a family always has a person
            raise InvalidGrant
        principal = Principal(
            user=person.user,
            session=None if person.offline else person.session,
            client=client.id,
            grant=person.grant,
            family=person.family,
        )
        fact = TOKEN_ISSUED(
            ("client", client.id),
            data={"grant": self.grant_type, "token": str(issue.token), "scope": issue.scope,
                  "family": str(person.family)},
            person=UserId(person.user),
        )  # fmt: skip

        async def work(tx: Tx) -> Rotated | Refused:
            refusal = await services.gate.refusal(tx, principal)
            if refusal is not None:
                return Refused(refusal, revoked=False)
            outcome = await services.refresh_tokens.rotate(
                tx, presented, client=client.id, key_binding=None, cause=request.cause
            )
            if isinstance(outcome, Rotated):
                await services.recorder.record(tx, fact, request.cause)
            return outcome

        return await request.store.transact(work)


grant = RefreshTokenGrant
