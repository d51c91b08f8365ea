"""refresh_token: the next tokens of a sign-in (RFC 6749 §6, RFC 9700 §4.14.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from limen.kernel.ids import new_id
from limen.kernel.standing import Principal
from limen.kernel.uow import Tx
from limen.oauth.api import ClientType
from limen.oauth.errors import InvalidGrant, InvalidTarget
from limen.oauth.grants import GrantServices, TokenAnswer, TokenRequest
from limen.oauth.model.resources import Catalog
from limen.oauth.model.scopes import OPENID, narrow, parse_scope
from limen.oauth.tokens import Issue, Person
from limen.sessions.api import Family, Refused


@dataclass(frozen=True, slots=True)
class _Refreshed:
    refresh_token: str
    issue: Issue
    person: Person


class RefreshTokenGrant:
    """Rotates first, in a unit that a wrong scope or standing undoes; narrowing changes no family.

    A replay is no such refusal: it is returned, and the end of its family is committed.
    """

    grant_type: ClassVar[str] = "refresh_token"
    client_types: ClassVar[frozenset[ClientType]] = frozenset({"web", "spa", "native", "device"})

    def __init__(self, services: GrantServices) -> None:
        self._services = services

    async def __call__(self, request: TokenRequest) -> TokenAnswer:
        services, store, tenant = self._services, request.store, request.tenant
        presented = request.parameters.need("refresh_token")
        catalog = await services.directory.catalog(store)

        async def work(tx: Tx) -> _Refreshed | Refused:
            return await self._rotate(tx, request, presented, catalog)

        outcome = await store.transact(work)
        if isinstance(outcome, Refused):
            raise InvalidGrant(outcome.reason, reason=outcome.reason)
        issue = outcome.issue
        signed = await services.tokens.access_token(store, tenant, issue, catalog)
        id_token = None
        if OPENID in issue.scope:
            # No nonce: it belongs to the first ID token (Core §12.2).
            id_token = await services.tokens.id_token(
                store, tenant, client=request.client, person=outcome.person, nonce=None,
                access_token=signed.token, claims={},
            )  # fmt: skip
        return TokenAnswer(
            access_token=signed.token,
            expires_in=signed.expires_in,
            scope=signed.scope,
            refresh_token=outcome.refresh_token,
            id_token=id_token,
        )

    async def _rotate(
        self, tx: Tx, request: TokenRequest, presented: str, catalog: Catalog
    ) -> _Refreshed | Refused:
        """Rotate, check and record in one unit.  What raises undoes the rotation."""
        services = self._services
        decided: list[tuple[Issue, Person]] = []

        def issue(family: Family) -> Mapping[str, object]:
            decided.append(_issue(request, family, catalog))
            token, _ = decided[0]
            return {"grant": self.grant_type, "token": str(token.token), "scope": token.scope}

        outcome = await services.refresh_tokens.rotate(
            tx, presented, client=request.client.id, key_binding=None, cause=request.cause,
            issue=issue,
        )  # fmt: skip
        if isinstance(outcome, Refused):
            return outcome
        refusal = await services.gate.refusal(tx, _principal(outcome.family))
        if refusal is not None:
            raise InvalidGrant(refusal, reason=refusal)
        return _Refreshed(outcome.refresh_token, *decided[0])


def _issue(request: TokenRequest, family: Family, catalog: Catalog) -> tuple[Issue, Person]:
    """Return the access token to be.  Raises InvalidScope, InvalidTarget (R031)."""
    text = request.parameters.get("scope")
    scope = narrow(family.scope, None if text is None else parse_scope(text))
    asked = request.parameters.resources
    if not set(asked) <= set(family.resources):
        raise InvalidTarget("wider than granted", reason="resource_widened")
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
    issue = Issue(
        client=request.client,
        scope=catalog.scope_for(scope, resources, issuer),
        resources=resources,
        token=new_id(),
        person=person,
    )
    return issue, person


def _principal(family: Family) -> Principal:
    return Principal(
        user=family.user,
        session=None if family.offline else family.session,
        client=family.client,
        grant=family.grant,
        family=family.id,
    )


grant = RefreshTokenGrant
