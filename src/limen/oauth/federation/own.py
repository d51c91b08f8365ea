"""What we say: of ourselves, and of our subordinates (§3, §8.1)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from limen.kernel.clock import Clock
from limen.kernel.request import SYSTEM, Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.oauth.directory import Directory
from limen.oauth.feature import Realm
from limen.oauth.federation.model.entities import FEDERATION_ENTITY
from limen.oauth.federation.model.statements import TYP
from limen.oauth.federation.ports import Subordinate, SubordinateStore
from limen.oauth.federation.settings import FederationSettings
from limen.oauth.keys.api import KeySet, SigningKeys
from limen.oauth.keys.errors import NoSigningKey
from limen.oauth.keys.model import FEDERATION
from limen.oauth.options import OAuthPolicy
from limen.oauth.policy.api import Policies
from limen.platform.jose.keys import SigningKey
from limen.platform.jose.sign import sign

PREFIX: Final = "/oauth2/federation"
HISTORICAL: Final = "jwk-set+jwt"
Document = Callable[[Realm], Mapping[str, object]]


@dataclass(slots=True, kw_only=True)
class Statements:
    """Makes and signs them; `document` is discovery's, set once that is put together."""

    keys: SigningKeys
    subordinates: SubordinateStore
    policies: Policies
    directory: Directory
    clock: Clock
    settings: FederationSettings
    document: Document | None = None

    async def key_set(self, store: Store) -> KeySet:
        """Return the keys of our statements, made where there are none yet."""
        found = await self.keys.federation(store)
        if not found.keys:
            await self.keys.ensure(store, FEDERATION, Cause(SYSTEM))
            found = await self.keys.federation(store)
        return found

    async def sign(self, store: Store, typ: str, claims: Mapping[str, Any]) -> str:
        return sign(await self._key(store), typ, claims)

    async def _key(self, store: Store) -> SigningKey:
        try:
            return await self.keys.signing(store, FEDERATION)
        except NoSigningKey:
            await self.keys.ensure(store, FEDERATION, Cause(SYSTEM))
            return await self.keys.signing(store, FEDERATION)

    async def jwks(self, store: Store) -> dict[str, Any]:
        return msgspec.json.decode((await self.key_set(store)).jwks)

    def times(self) -> dict[str, int]:
        now = int(self.clock.now().timestamp())
        return {"iat": now, "exp": now + int(self.settings.statement_lifetime.total_seconds())}

    async def configuration(self, store: Store, tenant: Tenant) -> str:
        """Return what we say of ourselves (§9)."""
        policy = await self.policies.of(store)
        claims: dict[str, Any] = {
            "iss": tenant.issuer,
            "sub": tenant.issuer,
            **self.times(),
            "jwks": await self.jwks(store),
            "metadata": await self._metadata(store, tenant, policy),
        }
        if policy.federation_authority_hints:
            claims["authority_hints"] = policy.federation_authority_hints
        return await self.sign(store, TYP, claims)

    async def _metadata(
        self, store: Store, tenant: Tenant, policy: OAuthPolicy
    ) -> dict[str, Mapping[str, object]]:
        realm = Realm(tenant.issuer, policy, await self.directory.catalog(store))
        document = dict(self.document(realm)) if self.document else {}
        base = tenant.issuer + PREFIX
        entity: dict[str, object] = {
            "federation_resolve_endpoint": f"{base}/resolve",
            "federation_historical_keys_endpoint": f"{base}/historical-keys",
        }
        if await self.subordinates.list_after(store, None, 1):  # a leaf must not say so (§5.1.1)
            entity |= {
                "federation_fetch_endpoint": f"{base}/fetch",
                "federation_list_endpoint": f"{base}/list",
            }
        if policy.federation_organization is not None:
            entity["organization_name"] = policy.federation_organization
        return {
            "openid_provider": document,
            "oauth_authorization_server": document,
            FEDERATION_ENTITY: entity,
        }

    async def subordinate(self, store: Store, tenant: Tenant, entity: str) -> str | None:
        """Return what we say of a subordinate, None for whom we say nothing of."""
        found = await self.subordinates.find_by_name(store, entity)
        if found is None or not found.enabled:
            return None
        return await self.sign(store, TYP, self._about(tenant, found))

    def _about(self, tenant: Tenant, subordinate: Subordinate) -> dict[str, Any]:
        chosen = subordinate.settings
        given = {
            "metadata": chosen.metadata,
            "metadata_policy": chosen.metadata_policy,
            "constraints": chosen.constraints,
        }
        return {
            "iss": tenant.issuer,
            "sub": subordinate.entity_id,
            **self.times(),
            "jwks": chosen.jwks,
            "source_endpoint": f"{tenant.issuer}{PREFIX}/fetch",
            **{name: value for name, value in given.items() if value},
        }


@dataclass(frozen=True, slots=True)
class OwnStatements:
    """`resolver.Own` of one tenant."""

    statements: Statements
    store: Store
    tenant: Tenant

    @property
    def entity(self) -> str:
        return self.tenant.issuer

    async def configuration(self) -> str:
        return await self.statements.configuration(self.store, self.tenant)

    async def subordinate(self, entity: str) -> str | None:
        return await self.statements.subordinate(self.store, self.tenant, entity)
