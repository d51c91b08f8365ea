"""refresh_token: the next tokens of a sign-in (RFC 6749 §6, RFC 9700 §4.14.2)."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from limen.kernel.ids import new_id
from limen.kernel.uow import Tx
from limen.oauth.api import ClientType
from limen.oauth.bindings import bound_for
from limen.oauth.errors import InvalidGrant
from limen.oauth.grants import GrantServices, TokenAnswer, TokenRequest
from limen.oauth.issuing import Begun, Issuing, key_binding, narrowed, narrowed_details
from limen.oauth.model.resources import Catalog
from limen.oauth.model.rests import principal_of
from limen.oauth.model.scopes import narrow, parse_scope
from limen.oauth.profiles.model import is_strict
from limen.oauth.tokens import Issue, Person
from limen.sessions.api import Family, Refused


class RefreshTokenGrant:
    """Rotates first, in a unit that a wrong scope or standing undoes; narrowing changes no family.

    A replay is no such refusal: it is returned, and the end of its family is committed.
    """

    grant_type: ClassVar[str] = "refresh_token"
    client_types: ClassVar[frozenset[ClientType]] = frozenset({"web", "spa", "native", "device"})

    def __init__(self, services: GrantServices) -> None:
        self._services, self._issuing = services, Issuing(services)

    async def __call__(self, request: TokenRequest) -> TokenAnswer:
        presented = request.parameters.need("refresh_token")
        catalog = await self._issuing.catalog(request)

        async def work(tx: Tx) -> Begun | Refused:
            return await self._rotate(tx, request, presented, catalog)

        outcome = await request.store.transact(work)
        if isinstance(outcome, Refused):
            raise InvalidGrant(outcome.reason, reason=outcome.reason)
        return await self._issuing.answer(request, outcome)

    async def _rotate(
        self, tx: Tx, request: TokenRequest, presented: str, catalog: Catalog
    ) -> Begun | Refused:
        """Rotate, check and record in one unit.  What raises undoes the rotation."""
        services = self._services
        decided: list[Begun] = []

        def issue(family: Family) -> Mapping[str, object]:
            found = _issue(request, family, catalog)
            draft = services.tokens.draft(request.tenant, found, catalog)
            # No nonce: it belongs to the first ID token (Core §12.2).
            decided.append(Begun(draft=draft, person=found.person, scope=found.scope))
            return {"grant": self.grant_type, "token": str(found.token), "scope": found.scope}

        # FAPI 2.0 SP §5.3.2.1-9: the client proves itself and its key each time, and a lost
        # answer must not end what the person allowed.
        rotates = not is_strict(request.client.options.profile)
        outcome = await services.refresh_tokens.rotate(
            tx, presented, client=request.client.id, key_binding=key_binding(request),
            cause=request.cause, issue=issue, rotates=rotates,
        )  # fmt: skip
        if isinstance(outcome, Refused):
            return outcome
        refusal = await services.gate.refusal(tx, principal_of(outcome.family))
        if refusal is not None:
            raise InvalidGrant(refusal, reason=refusal)
        draft = await services.tokens.keep(tx, decided[0].draft)
        fresh = outcome.refresh_token if rotates or outcome.repeated else None
        return msgspec.structs.replace(decided[0], draft=draft, refresh_token=fresh)


def _issue(request: TokenRequest, family: Family, catalog: Catalog) -> Issue:
    """Return the access token to be: of what was granted, what the client may still have (R056).

    Raises InvalidScope, InvalidTarget (R031).
    """
    client, issuer = request.client, request.tenant.issuer
    text = request.parameters.get("scope")
    held = (s for s in family.scope if s in client.scopes)
    scope = narrow(held, None if text is None else parse_scope(text))
    resources = catalog.check_resources(narrowed(request, family.resources), client, issuer)
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
        client=client,
        scope=catalog.scope_for(scope, resources, issuer),
        resources=resources,
        token=new_id(),
        person=person,
        userinfo_claims=family.claims,
        confirmation=bound_for(request, catalog, resources),
        authorization_details=narrowed_details(
            request, family.authorization_details, catalog, resources
        ),
    )


grant = RefreshTokenGrant
