"""jwt-bearer: another issuer's token instead of a person at the browser (RFC 7523 §2.1, ID-JAG)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from limen.kernel.ids import new_id
from limen.kernel.replays import Replays
from limen.kernel.uow import Tx
from limen.oauth.api import ClientType
from limen.oauth.assertions.believing import ID_JAG_TYP, REPLAYS, Believed, Believing
from limen.oauth.assertions.model.claims import SKEW
from limen.oauth.assertions.model.issuers import ClientLink
from limen.oauth.assertions.people import People
from limen.oauth.bindings import bound_for
from limen.oauth.derived import Origin, derive
from limen.oauth.errors import InvalidGrant, InvalidScope, InvalidTarget, UnauthorizedClient
from limen.oauth.grants import GrantServices, TokenAnswer, TokenRequest
from limen.oauth.grants.client_credentials import ClientCredentialsGrant
from limen.oauth.issuing import Begun, Issuing
from limen.oauth.model.resources import Catalog
from limen.oauth.model.rests import Rest
from limen.oauth.model.scopes import parse_scope
from limen.oauth.tokens import Issue, Person
from limen.platform.jose.foreign import read
from limen.platform.jose.verify import InvalidToken

JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the request may get: decided before the unit."""

    scope: tuple[str, ...]
    resources: tuple[str, ...]


class JwtBearerGrant:
    grant_type: ClassVar[str] = JWT_BEARER
    client_types: ClassVar[frozenset[ClientType]] = frozenset({"web", "m2m"})

    def __init__(
        self, services: GrantServices, believing: Believing, people: People, replays: Replays
    ) -> None:
        self._services, self._issuing = services, Issuing(services)
        self._machines = ClientCredentialsGrant(services)
        self._believing, self._people, self._replays = believing, people, replays

    async def __call__(self, request: TokenRequest) -> TokenAnswer:
        if request.client.is_public:
            raise UnauthorizedClient("public client", reason="client_public")
        believed, is_jag = await self._believe(request)
        catalog = await self._issuing.catalog(request)
        link = None if is_jag else believed.issuer.link_for(believed.claims)
        if link is None:
            wanted = self._for_a_person(request, believed, catalog)
        else:
            wanted = await self._for_the_client(request, link, catalog)

        async def work(tx: Tx) -> Begun:
            await use_once(tx, self._replays, believed)
            person = None if link else await self._person(tx, request, believed)
            return await self._issue(tx, request, believed, wanted, catalog, person)

        return await self._issuing.answer(request, await request.store.transact(work))

    async def _believe(self, request: TokenRequest) -> tuple[Believed, bool]:
        assertion = request.parameters.need("assertion")
        try:
            is_jag = is_id_jag(assertion)
            use = "id_jag" if is_jag else "grant"
            believed = await self._believing.believe(request.store, request.tenant, assertion, use)
        except InvalidToken as error:
            raise refused(error) from error
        if is_jag and believed.claims.get("client_id") != request.client.client_id:
            raise InvalidGrant("for another", reason="assertion_of_another_client")
        return believed, is_jag

    async def _for_the_client(
        self, request: TokenRequest, link: ClientLink, catalog: Catalog
    ) -> _Wanted:
        """A workload gets what its client may have for itself, within the link."""
        client = request.client
        if link.client != client.id:
            raise InvalidGrant("speaks for another", reason="assertion_of_another_client")
        issuer = request.tenant.issuer
        resources = catalog.check_resources(request.parameters.resources, client, issuer)
        scope = await self._machines.scope(request, catalog)
        if link.scopes is not None:
            scope = _within(request, scope, frozenset(link.scopes))
        return _Wanted(scope, resources)

    @staticmethod
    def _for_a_person(request: TokenRequest, believed: Believed, catalog: Catalog) -> _Wanted:
        """A person's token gets what the issuer may give, to a client that may have it."""
        client, settings = request.client, believed.issuer.settings
        allowed = [s for s in settings.scopes if s in client.scopes and catalog.knows(s)]
        text = request.parameters.get("scope")
        scope = tuple(allowed) if text is None else parse_scope(text)
        scope = _within(request, scope, frozenset(allowed))
        if "scope" in believed.claims:
            given = str(believed.claims["scope"]).split()
            scope = _within(request, scope, frozenset(given))
        asked, issuer = request.parameters.resources, request.tenant.issuer
        named = _named(believed.claims.get("resource"))
        if named is not None and not set(asked) <= set(named):
            raise InvalidTarget("wider than asserted", reason="resource_widened")
        return _Wanted(scope, catalog.check_resources(asked or named or (), client, issuer))

    async def _person(self, tx: Tx, request: TokenRequest, believed: Believed) -> UUID:
        user = await self._people.get(tx, believed, request.cause)
        if user is None:
            raise InvalidGrant("no such person", reason="assertion_subject_unknown")
        return user

    async def _issue(
        self,
        tx: Tx,
        request: TokenRequest,
        believed: Believed,
        wanted: _Wanted,
        catalog: Catalog,
        user: UUID | None,
    ) -> Begun:
        issuer, resources = believed.issuer, wanted.resources
        issue = Issue(
            client=request.client,
            scope=catalog.scope_for(wanted.scope, resources, request.tenant.issuer),
            resources=resources,
            token=new_id(),
            person=None if user is None else _person(user, believed.claims),
            confirmation=bound_for(request, catalog, resources),
        )
        origin = Origin(via=(Rest(i=issuer.id),), told={"issuer": str(issuer.id)})
        return await derive(self._services, tx, request, issue, catalog, origin)


def is_id_jag(token: str) -> bool:
    """True for the kind of token; nothing about it is believed.  Raises InvalidToken."""
    typ = read(token).header.typ
    return typ is not None and typ.lower().removeprefix("application/") == ID_JAG_TYP


def refused(error: InvalidToken) -> InvalidGrant:
    reason = error.reason.partition(":")[0]
    return InvalidGrant(error.reason, reason=f"assertion_{reason}")


async def use_once(tx: Tx, replays: Replays, believed: Believed) -> None:
    """Raises InvalidGrant for all but the first who use it, whatever races (R052, A021)."""
    key = believed.replay_key
    if key is None:
        return
    ends = datetime.fromtimestamp(believed.expires_at + SKEW, UTC)
    if not await replays.claim(tx, REPLAYS, key, ends):
        raise InvalidGrant("jti seen", reason="assertion_replayed")


def _within(
    request: TokenRequest, scope: tuple[str, ...], allowed: frozenset[str]
) -> tuple[str, ...]:
    """Return the allowed part of what is there by default; what was asked is all or nothing."""
    if request.parameters.get("scope") is not None and not allowed.issuperset(scope):
        raise InvalidScope("more than the assertion gives")
    return tuple(s for s in scope if s in allowed)


def _named(resource: Any) -> tuple[str, ...] | None:
    """Return the resources that an ID-JAG names.  Raises InvalidTarget for what is no list."""
    if resource is None:
        return None
    named: Any = [resource] if isinstance(resource, str) else resource
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):  # pyright: ignore[reportUnknownVariableType] - any JSON
        raise InvalidTarget("resource of the assertion")
    return tuple(map(str, named))  # pyright: ignore[reportUnknownArgumentType] - any JSON


def _person(user: UUID, claims: Any) -> Person:
    """How they signed in over there says nothing about a sign-in here (R044, R064)."""
    del claims
    return Person(user=user, grant=None, auth_time=None, acr=None, amr=(), session=None)
