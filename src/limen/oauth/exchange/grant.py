"""urn:ietf:params:oauth:grant-type:token-exchange (RFC 8693)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from limen.kernel.ids import UserId, new_id
from limen.kernel.replays import Replays
from limen.kernel.standing import Principal
from limen.kernel.uow import Tx
from limen.oauth.api import TOKEN_ISSUED, ClientType
from limen.oauth.assertions.grant import use_once
from limen.oauth.bindings import bound_for
from limen.oauth.derived import Origin, derive
from limen.oauth.errors import InvalidGrant, InvalidRequest, UnauthorizedClient
from limen.oauth.exchange import model
from limen.oauth.exchange.acting import acting
from limen.oauth.exchange.jags import Jags
from limen.oauth.exchange.parties import Parties, Party, unacceptable
from limen.oauth.exchange.targets import scope_of, targets
from limen.oauth.grants import GrantServices, TokenAnswer, TokenRequest
from limen.oauth.issuing import Begun, Issuing, narrowed_details
from limen.oauth.model.rests import Rest, rest_of
from limen.oauth.model.scopes import OPENID
from limen.oauth.tokens import Issue, Person


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is exchanged: whose token, who acts, and what rests on both."""

    subject: Party
    actor: Party | None
    act: model.Act | None
    requested: str

    @property
    def expires_at(self) -> int:
        """The new token ends with the first of those that it came from (Unix seconds)."""
        ends = self.subject.expires_at
        return ends if self.actor is None else min(ends, self.actor.expires_at)


class TokenExchangeGrant:
    grant_type: ClassVar[str] = model.GRANT_TYPE
    client_types: ClassVar[frozenset[ClientType]] = frozenset({"web", "m2m"})

    def __init__(
        self, services: GrantServices, parties: Parties, jags: Jags, replays: Replays
    ) -> None:
        self._services, self._issuing = services, Issuing(services)
        self._parties, self._jags, self._replays = parties, jags, replays

    async def __call__(self, request: TokenRequest) -> TokenAnswer:
        if request.client.is_public:
            raise UnauthorizedClient("public client", reason="client_public")
        exchange = await self._read(request)
        if exchange.requested == model.ID_JAG:
            return await self._jags.issue(request, exchange.subject, exchange.act)
        if exchange.requested == model.ID_TOKEN:
            return await self._identity(request, exchange)
        return await self._access(request, exchange)

    async def _read(self, request: TokenRequest) -> Exchange:
        """Raises InvalidRequest for whatever is wrong with the tokens (§2.2.2)."""
        parameters = request.parameters
        requested = parameters.get("requested_token_type") or model.ACCESS_TOKEN
        if requested not in model.REQUESTED_TYPES:
            hint = "This requested_token_type is not issued."
            raise InvalidRequest(requested[:200], hint=hint, reason="requested_token_type")
        kind = _kind(parameters.need("subject_token_type"), model.SUBJECT_TYPES, "subject")
        subject_token, actor_token = parameters.need("subject_token"), parameters.get("actor_token")
        actor_kind = parameters.get("actor_token_type")
        if (actor_token is None) != (actor_kind is None):
            hint = "actor_token and actor_token_type come together."
            raise InvalidRequest("one of two", hint=hint, reason="actor_token_incomplete")
        subject = await self._parties.read(request, subject_token, kind, "subject")
        actor = None
        if actor_token is not None and actor_kind is not None:
            actor_kind = _kind(actor_kind, model.ACTOR_TYPES, "actor")
            actor = await self._parties.read(request, actor_token, actor_kind, "actor")
        return Exchange(subject, actor, acting(request.client, subject, actor), requested)

    async def _access(self, request: TokenRequest, exchange: Exchange) -> TokenAnswer:
        catalog = await self._issuing.catalog(request)
        subject = exchange.subject
        resources = targets(request, subject, catalog)
        scope = scope_of(request, subject, resources)
        if exchange.requested == model.JWT and catalog.is_opaque(resources):
            hint = "This API takes opaque tokens."
            raise InvalidRequest("opaque API", hint=hint, reason="requested_token_type")
        issue = Issue(
            client=request.client,
            scope=catalog.scope_for(scope, resources, request.tenant.issuer),
            resources=resources,
            token=new_id(),
            person=person_of(subject),
            userinfo_claims=subject.userinfo_claims,
            confirmation=bound_for(request, catalog, resources),
            authorization_details=narrowed_details(request, subject.details, catalog, resources),
            act=exchange.act,
            may_act=subject.may_act,
        )
        origin = Origin(
            via=_via(request, exchange),
            machine=subject.machine,
            expires_at=exchange.expires_at,
            told=_told(exchange),
        )

        async def work(tx: Tx) -> Begun:
            await self._use_up(tx, exchange)
            return await derive(self._services, tx, request, issue, catalog, origin)

        begun = await request.store.transact(work)
        return await self._issuing.answer(request, begun, issued_token_type=exchange.requested)

    async def _identity(self, request: TokenRequest, exchange: Exchange) -> TokenAnswer:
        """An ID token for the client itself: whom the subject's token let know who it is."""
        subject, person = exchange.subject, person_of(exchange.subject)
        if person is None or OPENID not in scope_of(request, subject, ()):
            raise unacceptable("no_openid", "subject")
        asked = {*request.parameters.audiences, *request.parameters.resources}
        if asked - {request.client.client_id}:
            raise InvalidRequest("another's", hint="An ID token is for the client that asks.",
                                 reason="id_token_audience")  # fmt: skip
        token = new_id()

        async def work(tx: Tx) -> None:
            await self._use_up(tx, exchange)
            await self._check(tx, subject)
            fact = TOKEN_ISSUED(
                ("client", request.client.id),
                data={"grant": self.grant_type, "token": str(token), "scope": (OPENID,),
                      **_told(exchange)},
                person=UserId(person.user),
            )  # fmt: skip
            await self._services.recorder.record(tx, fact, request.cause)

        await request.store.transact(work)
        more = {} if exchange.act is None else {"act": exchange.act}
        signed, lifetime = await self._jags.identity(
            request, person, {**more, "jti": str(token)}, exchange.expires_at
        )
        return TokenAnswer(
            access_token=signed,
            expires_in=lifetime,
            scope=OPENID,
            token_type="N_A",  # noqa: S106 - no access token (§2.2.1)
            issued_token_type=model.ID_TOKEN,
        )

    async def _check(self, tx: Tx, subject: Party) -> None:
        for principal in subject.principals:
            refusal = await self._services.gate.refusal(tx, principal)
            if refusal is not None:
                raise InvalidGrant(refusal, reason=refusal)

    async def _use_up(self, tx: Tx, exchange: Exchange) -> None:
        """Tokens of other issuers that are good for one use are used now."""
        for party in (exchange.subject, exchange.actor):
            if party is not None and party.believed is not None:
                await use_once(tx, self._replays, party.believed)


def _kind(asked: str, known: tuple[str, ...], role: str) -> str:
    if asked not in known:
        hint = f"This {role}_token_type is not supported."
        raise InvalidRequest(asked[:200], hint=hint, reason=f"{role}_token_type")
    return asked


def person_of(subject: Party) -> Person | None:
    """Return who the new token is about, with all that theirs rested on."""
    if subject.user is None:
        return None
    own = subject.principals[0]
    return Person(
        user=subject.user,
        grant=own.grant,
        auth_time=subject.auth_time,
        acr=subject.acr,
        amr=subject.amr,
        session=own.session,
        family=own.family,
    )


def _via(request: TokenRequest, exchange: Exchange) -> tuple[Rest, ...]:
    """Return what the new token rests on beside what it says of its subject itself.

    Raises InvalidRequest beyond eight: each is asked for whenever the token is used.
    """
    own, *earlier = exchange.subject.principals
    client: UUID | None = None if own.client == request.client.id else own.client
    found = [Principal(client=client, token=own.token, issuer=own.issuer), *earlier]
    found += exchange.actor.principals if exchange.actor else ()
    if len(found) > model.MAX_VIA:
        raise unacceptable("chain_too_long", "subject")
    return tuple(dict.fromkeys(rest_of(p) for p in found if p != Principal()))


def _told(exchange: Exchange) -> Mapping[str, object]:
    """Return what the fact says of both (R117); the person of the subject is the fact's."""
    told: dict[str, object] = {"issued_token_type": exchange.requested}
    for role, party in (("subject", exchange.subject), ("actor", exchange.actor)):
        if party is not None and party.believed is not None:
            told[f"{role}_issuer"] = str(party.believed.issuer.id)
    if exchange.subject.machine is not None:
        told["subject"] = exchange.subject.machine
    if exchange.act is not None:
        told["actor"] = exchange.act["sub"]
    return told
