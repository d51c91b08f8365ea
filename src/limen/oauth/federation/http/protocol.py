"""The federation endpoints (§8, §9): what we say, of ourselves and of others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from limen.kernel.errors import Refusal, TooMany
from limen.oauth.errors import InvalidRequest, OAuthRefusal
from limen.oauth.federation.api import FEDERATION_REFUSED
from limen.oauth.federation.chains import Chains
from limen.oauth.federation.errors import (
    FederationOff,
    InvalidSubject,
    InvalidTrustAnchor,
    InvalidTrustChain,
    NoTrust,
    UnknownSubject,
    UnsupportedParameter,
)
from limen.oauth.federation.model.chains import Chain
from limen.oauth.federation.model.entities import is_entity
from limen.oauth.federation.model.statements import MEDIA_TYPE
from limen.oauth.federation.own import HISTORICAL, Statements
from limen.oauth.federation.ports import SubordinateStore
from limen.oauth.http.protocol import JSON, NO_STORE, RefusalLog, answer_refusal
from limen.oauth.keys.api import SigningKeys
from limen.oauth.keys.model import FEDERATION
from limen.oauth.options import OAuthPolicy
from limen.oauth.policy.api import Policies
from limen.platform.http.messages import Handler, Headers, Request, Response
from limen.platform.http.origin import bucket
from limen.platform.limits import Limit, Limiter

_CACHED: Final[Headers] = [(b"cache-control", b"public, max-age=60")]
_LISTED: Final = 10_000
RESOLVED: Final = "resolve-response+jwt"
_UNSUPPORTED: Final = ("trust_marked", "trust_mark_type")


@dataclass(frozen=True, slots=True, kw_only=True)
class FederationEndpoints:
    statements: Statements
    subordinates: SubordinateStore
    chains: Chains
    keys: SigningKeys
    policies: Policies
    refusals: RefusalLog
    limiter: Limiter
    limit: Limit
    dev: bool

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "federation.configuration": self.answering(self.configuration),
            "federation.fetch": self.answering(self.fetch),
            "federation.list": self.answering(self.list_),
            "federation.resolve": self.answering(self.resolve),
            "federation.historical_keys": self.answering(self.historical_keys),
        }

    def answering(self, run: Handler) -> Handler:
        """Answer refusals as §8.9 has it, and as if nothing were here where it is off."""

        async def handle(request: Request) -> Response:
            try:
                await self.policy(request)
                return await run(request)
            except Refusal as refusal:
                if not isinstance(refusal, FederationOff | UnknownSubject):
                    reason = refusal.reason if isinstance(refusal, OAuthRefusal) else refusal.code
                    await self.refusals.note(request, FEDERATION_REFUSED, reason, client=None)
                return answer_refusal(request, refusal)

        return handle

    async def policy(self, request: Request) -> OAuthPolicy:
        """Raises FederationOff."""
        policy = await self.policies.of(request.store)
        if not policy.federation:
            raise FederationOff("by policy")
        return policy

    async def configuration(self, request: Request) -> Response:
        token = await self.statements.configuration(request.store, request.tenant)
        return Response(200, token.encode(), MEDIA_TYPE.encode(), list(_CACHED))

    async def fetch(self, request: Request) -> Response:
        """§8.1: what we say of one subordinate."""
        subject = _entity(_query(request).get("sub"), dev=self.dev)
        token = await self.statements.subordinate(request.store, request.tenant, subject)
        if token is None:
            raise UnknownSubject("fetch")
        return Response(200, token.encode(), MEDIA_TYPE.encode(), list(NO_STORE))

    async def list_(self, request: Request) -> Response:
        """§8.2: the names of our subordinates."""
        query = _query(request)
        if any(name in query for name in _UNSUPPORTED):
            raise UnsupportedParameter("list")
        kind, level = query.get("entity_type"), query.get("intermediate")
        if level not in (None, "true", "false"):
            raise InvalidRequest("intermediate")
        names = [
            one.entity_id
            for one in await self.subordinates.list_after(request.store, None, _LISTED)
            if one.enabled
            and (kind is None or kind in one.settings.entity_types)
            and (level is None or one.settings.intermediate == (level == "true"))
        ]
        return Response(200, msgspec.json.encode(names), JSON, list(NO_STORE))

    async def resolve(self, request: Request) -> Response:
        """§8.3: the metadata of an entity, as its chain to one of our anchors leaves it."""
        anchors, others = _resolved_query(request)
        entity = _entity(others.get("sub"), dev=self.dev)
        if not anchors:
            raise InvalidRequest("trust_anchor", hint="trust_anchor is missing.")
        self.take(request)
        policy = await self.policy(request)
        try:
            chain = await self.chains.resolve(request.store, entity, policy, anchors)
        except KeyError as error:
            raise InvalidTrustAnchor("resolve") from error
        except NoTrust as error:
            raise InvalidTrustChain(error.reason, reason=error.reason.partition(":")[0]) from error
        claims = self._resolved(request, chain, others.get("entity_type"))
        token = await self.statements.sign(request.store, RESOLVED, claims)
        kind = f"application/{RESOLVED}".encode()
        return Response(200, token.encode(), kind, list(NO_STORE))

    def _resolved(self, request: Request, chain: Chain, kind: str | None) -> dict[str, Any]:
        times = self.statements.times()
        metadata = {k: v for k, v in chain.metadata.items() if kind in (None, k)}
        return {
            "iss": request.tenant.issuer,
            "sub": chain.subject.says.sub,
            "iat": times["iat"],
            "exp": min(times["exp"], chain.expires_at),
            "metadata": metadata,
            "trust_chain": [one.token for one in chain.statements],
        }

    async def historical_keys(self, request: Request) -> Response:
        """§8.7: the keys of our statements that sign no more, while we know of them."""
        keys: list[dict[str, Any]] = []
        for key in await self.keys.list_(request.store):
            if key.alg != FEDERATION or key.status in ("next", "active"):
                continue
            ended = key.revoked_at or key.retires_at or key.expires_at
            found: dict[str, Any] = {**key.jwk, "iat": int(key.created_at.timestamp())}
            found["exp"] = int(ended.timestamp()) if ended else found["iat"]
            if key.revoked_at is not None:
                found["revoked"] = {"revoked_at": int(key.revoked_at.timestamp())}
            keys.append(found)
        claims = {
            "iss": request.tenant.issuer,
            "iat": self.statements.times()["iat"],
            "keys": keys,
        }
        token = await self.statements.sign(request.store, HISTORICAL, claims)
        kind = f"application/{HISTORICAL}".encode()
        return Response(200, token.encode(), kind, list(_CACHED))

    def take(self, request: Request) -> None:
        """Finding chains for anybody is slow, from one place and in all.  Raises TooMany."""
        for who in (bucket(request.client_ip), ""):
            wait = self.limiter.take(f"federation.ask:{request.tenant.id}:{who}", self.limit)
            if wait:
                raise TooMany("federation", retry_after=int(wait) + 1)


def _query(request: Request) -> Mapping[str, str]:
    """Raises InvalidRequest for a repeated parameter."""
    try:
        return request.query
    except Refusal as error:
        raise InvalidRequest("query") from error


def _resolved_query(request: Request) -> tuple[list[str], dict[str, str]]:
    """Return the trust anchors, of which there may be some, and the other parameters."""
    try:
        pairs = parse_qsl(request.raw_query.decode("ascii"), errors="strict", max_num_fields=50)
    except ValueError as error:
        raise InvalidRequest("query") from error
    anchors = [value for name, value in pairs if name == "trust_anchor"]
    others = [pair for pair in pairs if pair[0] != "trust_anchor"]
    if len(dict(others)) != len(others):
        raise InvalidRequest("repeated")
    return anchors, dict(others)


def _entity(name: str | None, *, dev: bool) -> str:
    if name is None:
        raise InvalidRequest("sub", hint="sub is missing.")
    if not is_entity(name, dev=dev):
        raise InvalidSubject("sub")
    return name
