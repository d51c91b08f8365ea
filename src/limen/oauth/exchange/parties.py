"""Whose tokens are presented: each kind believed by its own rules, and everything about it kept."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import msgspec

from limen.kernel.ids import UserId
from limen.kernel.standing import Principal
from limen.oauth.access_tokens import AccessTokens
from limen.oauth.assertions.believing import Believed, Believing
from limen.oauth.assertions.people import People
from limen.oauth.errors import InvalidRequest
from limen.oauth.exchange import model
from limen.oauth.grants import GrantServices, TokenRequest
from limen.oauth.keys.api import SigningKeys
from limen.oauth.model.access_claims import AccessClaims
from limen.oauth.model.confirmation import Confirmation
from limen.oauth.model.rests import principal_of
from limen.oauth.ports import GrantStore
from limen.oauth.subjects import Subjects
from limen.oauth.tokens import ID_TYP
from limen.platform.crypto import equal
from limen.platform.jose.foreign import read
from limen.platform.jose.verify import Expect, InvalidToken, verify
from limen.sessions.api import Sessions

_LONGEST = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody on whose token something is asked, and all that the token rests on.

    Either `user` or `machine` (a client_id) says who.  `client_id` is the client that it was
    issued to, None for another issuer's.  The first of `principals` is the token's own.
    `audiences` is empty where the token limits none.  `expires_at` is in Unix seconds.
    """

    user: UUID | None
    machine: str | None
    client_id: str | None
    principals: tuple[Principal, ...]
    scope: tuple[str, ...]
    audiences: frozenset[str]
    expires_at: int
    iss: str | None = None
    sub: str = ""
    act: model.Act | None = None
    may_act: model.Act | None = None
    cnf: Confirmation | None = None
    details: tuple[dict[str, Any], ...] = ()
    userinfo_claims: tuple[str, ...] = ()
    auth_time: int | None = None
    acr: str | None = None
    amr: tuple[str, ...] = ()
    believed: Believed | None = None

    @property
    def actor(self) -> model.Act:
        """Return how an `act` claim names them: another issuer's by both names (§4.1)."""
        found: model.Act = {"sub": self.sub}
        if self.iss is not None:
            found["iss"] = self.iss
        if self.user is not None and self.client_id is not None:
            found["client_id"] = self.client_id
        return found


class IdClaims(msgspec.Struct, frozen=True, kw_only=True):
    """What we look at in an ID token of ours; what else is signed for a client has no `azp`."""

    sub: str
    azp: str
    exp: int
    sid: UUID | None = None
    auth_time: int | None = None
    acr: str | None = None
    amr: tuple[str, ...] = ()
    act: dict[str, Any] | None = None
    may_act: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    services: GrantServices
    access_tokens: AccessTokens
    keys: SigningKeys
    sessions: Sessions
    subjects: Subjects
    grants: GrantStore
    believing: Believing
    people: People

    async def read(self, request: TokenRequest, token: str, kind: str, role: str) -> Party:
        """Return whom a genuine token that still stands is about; `role` names it in the log.

        Raises InvalidRequest, as RFC 8693 §2.2.2 has it for whatever is wrong with a token.
        """
        try:
            found = await self._read(request, token, kind)
        except InvalidToken as error:
            raise unacceptable(error.reason, role) from error
        for principal in found.principals:
            refusal = await self.services.gate.refusal(request.store, principal)
            if refusal is not None:
                raise unacceptable(refusal, role)
        if not is_proven(found.cnf, request):
            raise unacceptable("bound", role)
        return found

    async def _read(self, request: TokenRequest, token: str, kind: str) -> Party:
        if kind == model.REFRESH_TOKEN:
            return await self._refresh(request, token)
        if kind == model.ACCESS_TOKEN and "." not in token:
            return await self._access(request, token)
        unverified = read(token)
        is_ours = unverified.claims.get("iss") == request.tenant.issuer
        if not is_ours:
            return await self._foreign(request, token)
        if kind == model.ID_TOKEN:
            return await self._identity(request, token)
        return await self._access(request, token)

    async def _access(self, request: TokenRequest, token: str) -> Party:
        """One of ours that was issued to this client, or is for an API that it works with."""
        claims = await self.access_tokens.read(request.store, request.tenant, token)
        if claims is None:
            raise InvalidToken("unknown")
        client, audiences = request.client, claims.audiences
        concerns = claims.client_id == client.client_id or client.client_id in audiences
        if not concerns and audiences.isdisjoint(client.audiences):
            raise InvalidToken("not_for_this_client")
        return Party(
            user=claims.user,
            machine=_machine(claims),
            client_id=claims.client_id,
            principals=claims.principals,
            scope=tuple(claims.scope.split()),
            audiences=audiences,
            expires_at=claims.exp,
            sub=claims.sub,
            act=claims.act,
            may_act=claims.may_act,
            cnf=claims.cnf,
            details=claims.authorization_details,
            userinfo_claims=claims.uic,
            auth_time=claims.auth_time,
            acr=claims.acr,
            amr=claims.amr,
        )

    async def _identity(self, request: TokenRequest, token: str) -> Party:
        """An ID token of this very client: worth what its person allows it (R041, R062)."""
        client = request.client
        expect = Expect(
            typ=ID_TYP, issuer=request.tenant.issuer, audience=client.client_id,
            claims=IdClaims, max_lifetime=_LONGEST,
        )  # fmt: skip
        keys = (await self.keys.published(request.store)).keys
        now = self.services.clock.now().timestamp()
        claims = verify(token, keys, expect, now=now).claims
        if claims.azp != client.client_id:
            raise InvalidToken("azp")
        user, session = await self._person(request, claims)
        allowed = await self.grants.find(request.store, user, client.id)
        if allowed is None:
            raise InvalidToken("grant_unknown")
        principal = Principal(user=user, session=session, client=client.id, grant=allowed.id)
        return Party(
            user=user,
            machine=None,
            client_id=client.client_id,
            principals=(principal,),
            scope=tuple(sorted(allowed.scope)),
            audiences=frozenset(),
            expires_at=claims.exp,
            sub=claims.sub,
            act=claims.act,
            may_act=claims.may_act,
            auth_time=claims.auth_time,
            acr=claims.acr,
            amr=claims.amr,
        )

    async def _person(self, request: TokenRequest, claims: IdClaims) -> tuple[UUID, UUID | None]:
        """Return the person and the session that the client knows by names of its own."""
        store, client = request.store, request.client
        user = await self.subjects.find(store, client, claims.sub)
        if user is None:
            raise InvalidToken("sub")
        if claims.sid is None:
            return user, None
        live = await self.sessions.list_of(store, UserId(user))
        session = await self.subjects.find_session(store, client, claims.sid, live)
        if session is None:
            raise InvalidToken("session_ended")
        return user, session.id

    async def _refresh(self, request: TokenRequest, token: str) -> Party:
        """The current refresh token of this client, which stays as it is."""
        family = await self.services.refresh_tokens.find_current(request.store, token)
        if family is None or family.client != request.client.id:
            raise InvalidToken("unknown")
        ends = min(family.expires_at, family.idle_expires_at)
        return Party(
            user=family.user,
            machine=None,
            client_id=request.client.client_id,
            principals=(principal_of(family),),
            scope=family.scope,
            audiences=frozenset(family.resources),
            expires_at=int(ends.timestamp()),
            sub=await self.subjects.of(request.store, request.client, family.user),
            details=family.authorization_details,
            auth_time=family.authenticated_at,
            acr=family.acr,
            amr=family.amr,
        )

    async def _foreign(self, request: TokenRequest, token: str) -> Party:
        """Another issuer's, of which the tenant takes subject tokens."""
        believed = await self.believing.believe(
            request.store, request.tenant, token, "subject_token"
        )
        issuer, link = believed.issuer, believed.issuer.link_for(believed.claims)
        found = Party(
            user=None,
            machine=None,
            client_id=None,
            principals=(),
            scope=issuer.settings.scopes,
            audiences=frozenset(),
            expires_at=believed.expires_at,
            iss=issuer.issuer,
            sub=believed.subject,
            believed=believed,
        )
        if link is None:
            user = await self._link(request, believed)
            return replace(found, user=user, principals=(Principal(user=user, issuer=issuer.id),))
        record = await self.services.directory.client_by_id(request.store, link.client)
        if record is None:
            raise InvalidToken("client_unknown")
        return replace(
            found,
            machine=record.client.client_id,
            principals=(Principal(client=link.client, issuer=issuer.id),),
            scope=record.client.scopes if link.scopes is None else link.scopes,
        )

    async def _link(self, request: TokenRequest, believed: Believed) -> UUID:
        user = await request.store.transact(lambda tx: self.people.get(tx, believed, request.cause))
        if user is None:
            raise InvalidToken("subject_unknown")
        return user


def _machine(claims: AccessClaims) -> str | None:
    return claims.sub if claims.user is None else None


def is_proven(cnf: Confirmation | None, request: TokenRequest) -> bool:
    """True if this request proves the key that a token is bound to; a bearer token asks none.

    Whoever cannot prove it has only seen the token, and gets nothing for it (R029, R030).
    """
    if cnf is None:
        return True
    shown = request.confirmation
    jkt = None if shown is None else shown.jkt
    if cnf.jkt is not None and (jkt is None or not equal(cnf.jkt, jkt)):
        return False
    x5t = request.certificate
    return cnf.x5t is None or (x5t is not None and equal(cnf.x5t, x5t))


def unacceptable(reason: str, role: str) -> InvalidRequest:
    code = reason.partition(":")[0]
    return InvalidRequest(reason, hint=f"The {role}_token is not acceptable.",
                          reason=f"{role}_token_{code}")  # fmt: skip
