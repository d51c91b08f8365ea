"""Federation, put together."""

from limen.oauth.feature import Feature, Realm
from limen.oauth.federation.chains import Chains
from limen.oauth.federation.clients import FederationClients, KnownByUrl
from limen.oauth.federation.http.management import SubordinatesApi
from limen.oauth.federation.http.protocol import FederationEndpoints
from limen.oauth.federation.http.registration import ExplicitRegistration
from limen.oauth.federation.own import PREFIX, Statements
from limen.oauth.federation.resolver import Resolver
from limen.oauth.federation.routes import ROUTES
from limen.oauth.federation.settings import FederationSettings
from limen.oauth.federation.store import SqlSubordinates, SqlTrusted
from limen.oauth.parts import Parts
from limen.oauth.registration.sectors import Sectors
from limen.oauth.registration.store import SqlRegistrations
from limen.platform.http.faces import Faces
from limen.platform.limits import Limit


def wire(parts: Parts) -> Feature:
    """Named behind registration, whose clients by document it stands before."""
    platform = parts.platform
    settings = platform.settings("oauth.federation", FederationSettings)
    limit = Limit(settings.chains_per_minute, 60)
    subordinates = SqlSubordinates()
    statements = _statements(parts, settings, subordinates)
    chains = _chains(parts, settings, statements)
    clients = _clients(parts, settings, chains)
    parts.directory.documents = KnownByUrl(federation=clients, documents=parts.directory.documents)
    endpoints = FederationEndpoints(
        statements=statements,
        subordinates=subordinates,
        chains=chains,
        keys=parts.keys,
        policies=parts.policies,
        refusals=parts.refusals,
        limiter=platform.limiter,
        limit=limit,
        dev=platform.dev,
    )
    explicit = ExplicitRegistration(
        endpoints=endpoints,
        clients=clients,
        chains=chains,
        statements=statements,
        clock=platform.clock,
    )
    api = SubordinatesApi(
        subordinates=subordinates, recorder=platform.recorder, listings=parts.listings
    )
    handlers = {**endpoints.handlers(), **explicit.handlers(), **api.handlers()}
    return Feature(faces=Faces(ROUTES, handlers), announce_realm=announce)


def _statements(
    parts: Parts, settings: FederationSettings, subordinates: SqlSubordinates
) -> Statements:
    return Statements(
        keys=parts.keys,
        subordinates=subordinates,
        policies=parts.policies,
        directory=parts.directory,
        clock=parts.platform.clock,
        settings=settings,
        document=parts.discovery,
    )


def _chains(parts: Parts, settings: FederationSettings, statements: Statements) -> Chains:
    platform = parts.platform
    resolver = Resolver(
        fetcher=platform.fetcher, clock=platform.clock, settings=settings, dev=platform.dev
    )
    return Chains(
        resolver=resolver, statements=statements, tenants=parts.tenants, clock=platform.clock
    )


def _clients(parts: Parts, settings: FederationSettings, chains: Chains) -> FederationClients:
    platform = parts.platform
    return FederationClients(
        chains=chains,
        trusted=SqlTrusted(),
        clients=parts.clients,
        registrations=SqlRegistrations(),
        policies=parts.policies,
        keys=parts.keys,
        sectors=Sectors(platform.fetcher),
        recorder=platform.recorder,
        limiter=platform.limiter,
        clock=platform.clock,
        lifetime=settings.chain_lifetime,
        limit=Limit(settings.chains_per_minute, 60),
        dev=platform.dev,
    )


def announce(realm: Realm) -> dict[str, object]:
    """Return what discovery says of federation, as the tenant's policy has it (§5.1.3)."""
    policy = realm.policy
    if not policy.federation or not policy.federation_registration:
        return {}
    found: dict[str, object] = {
        "client_registration_types_supported": list(policy.federation_registration)
    }
    if "explicit" in policy.federation_registration:
        found["federation_registration_endpoint"] = f"{realm.issuer}{PREFIX}/register"
    return found
