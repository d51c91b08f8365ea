"""Trust chains of a tenant: to its anchors, or to itself, with the marks that it asks for."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from limen.kernel.clock import Clock
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.oauth.federation.errors import NoTrust
from limen.oauth.federation.model.chains import Chain
from limen.oauth.federation.model.marks import Mark, check_mark, marks_of, may_issue
from limen.oauth.federation.model.statements import Jwks
from limen.oauth.federation.own import OwnStatements, Statements
from limen.oauth.federation.resolver import Anchors, Resolver
from limen.oauth.options import OAuthPolicy, RequiredMark
from limen.platform.jose.foreign import Unverified
from limen.platform.jose.verify import InvalidToken
from limen.tenancy.api import Tenants


@dataclass(frozen=True, slots=True, kw_only=True)
class Chains:
    resolver: Resolver
    statements: Statements
    tenants: Tenants
    clock: Clock

    async def trusts(self, store: Store, policy: OAuthPolicy, anchor: str) -> bool:
        named = (one.entity_id for one in policy.federation_trust_anchors)
        return anchor in named or anchor == (await self._tenant(store)).issuer

    async def find(
        self, store: Store, entity: str, policy: OAuthPolicy, *, leaf: str | None = None
    ) -> Chain:
        """Return a chain with every mark that the tenant asks for.  Raises NoTrust."""
        own, anchors = await self._known(store, policy)
        chain = await self.resolver.chain(entity, anchors, own=own, leaf=leaf)
        for required in policy.federation_trust_marks:
            if not await self._has_mark(chain, required, anchors, own):
                raise NoTrust("trust_mark")
        return chain

    async def resolve(
        self, store: Store, entity: str, policy: OAuthPolicy, wanted: Iterable[str]
    ) -> Chain:
        """Return a chain to one of the wanted anchors, as far as we trust them.

        Raises NoTrust, and KeyError where we trust none of them.
        """
        own, known = await self._known(store, policy)
        anchors = {name: known[name] for name in wanted if name in known}
        if not anchors:
            raise KeyError("trust_anchor")
        return await self.resolver.chain(entity, anchors, own=own)

    async def _known(self, store: Store, policy: OAuthPolicy) -> tuple[OwnStatements, Anchors]:
        own = OwnStatements(self.statements, store, await self._tenant(store))
        anchors: dict[str, Any] = {
            one.entity_id: one.jwks for one in policy.federation_trust_anchors
        }
        anchors[own.entity] = await self.statements.jwks(store)
        return own, anchors

    async def _tenant(self, store: Store) -> Tenant:
        return await self.tenants.get(store.tenant)

    async def _has_mark(
        self, chain: Chain, required: RequiredMark, anchors: Anchors, own: OwnStatements
    ) -> bool:
        for unverified, mark in marks_of(chain.subject.says, required.trust_mark_type):
            if not may_issue(mark, chain.anchor, required.issuers):
                continue
            if await self._is_genuine(chain, unverified, mark, anchors, own):
                return True
        return False

    async def _is_genuine(
        self, chain: Chain, unverified: Unverified, mark: Mark, anchors: Anchors, own: OwnStatements
    ) -> bool:
        """Its issuer is the anchor, or has a chain to it; its keys are those of that chain."""
        anchor = chain.anchor.says.iss
        keys: Jwks = anchors[anchor]
        try:
            if mark.iss != anchor:
                issuer = await self.resolver.chain(mark.iss, {anchor: keys}, own=own)
                keys = issuer.subject.says.jwks
            check_mark(unverified, mark, keys, chain.anchor, self.clock.now().timestamp())
        except (NoTrust, InvalidToken):
            return False
        return True
