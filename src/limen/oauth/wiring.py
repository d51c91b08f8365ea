"""OAuth, put together."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from limen.access.api import Roles
from limen.identity.api import Users
from limen.kernel.uow import Reader
from limen.oauth.api import AdminTokens, Clients, Grants, Interactions, Logout
from limen.oauth.authorize.responses import Responses
from limen.oauth.bearer import ManagementBearer
from limen.oauth.feature import Feature
from limen.oauth.features import FEATURE_ROUTES, FEATURES
from limen.oauth.http.authorize import AuthorizeEndpoint
from limen.oauth.http.introspection import IntrospectionEndpoint
from limen.oauth.http.logout import LogoutEndpoint
from limen.oauth.http.management import ClientsApi
from limen.oauth.http.metadata import Metadata
from limen.oauth.http.objects import ApisApi, GrantsApi, TokensApi
from limen.oauth.http.revocation import RevocationEndpoint
from limen.oauth.http.token import TokenEndpoint
from limen.oauth.http.userinfo import UserinfoEndpoint
from limen.oauth.keys.api import SigningKeys
from limen.oauth.parts import Parts
from limen.oauth.routes import ROUTES as OWN_ROUTES
from limen.oauth.sectors import SectorDocuments
from limen.oauth.signal_sources.ports import DemandPassword
from limen.oauth.tasks import retention
from limen.platform.http.faces import Faces
from limen.platform.http.guard import BearerAuthenticator
from limen.platform.http.messages import Handler
from limen.platform.limits import Limit
from limen.platform.services import Platform
from limen.risk.api import Attempts
from limen.sessions.api import RefreshTokens, SessionEnding, Sessions
from limen.tenancy.api import Tenants

ROUTES = (*OWN_ROUTES, *FEATURE_ROUTES)
OriginCheck = Callable[[Reader, str], Awaitable[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthWired:
    clients: Clients
    interactions: Interactions
    grants: Grants
    logout: Logout
    sessions_told: SessionEnding
    admin_tokens: AdminTokens
    password_demands: list[DemandPassword]
    bearer: BearerAuthenticator
    origin_allowed: OriginCheck
    faces: Faces


def wire(
    platform: Platform,
    *,
    users: Users,
    sessions: Sessions,
    refresh_tokens: RefreshTokens,
    roles: Roles,
    attempts: Attempts,
    signing_keys: SigningKeys,
    tenants: Tenants,
) -> OAuthWired:
    parts = Parts(
        platform,
        users=users,
        sessions=sessions,
        refresh_tokens=refresh_tokens,
        roles=roles,
        attempts=attempts,
        keys=signing_keys,
        tenants=tenants,
    )
    features = tuple(feature(parts) for feature in FEATURES)
    for feature in features:
        for grant in feature.grants:
            parts.install(grant)
    return OAuthWired(
        clients=parts.clients,
        interactions=parts.interactions,
        grants=parts.consents,
        logout=parts.logout,
        sessions_told=parts.sessions_told,
        admin_tokens=parts.minted,
        password_demands=parts.password_demands,
        bearer=ManagementBearer(parts.access_tokens, parts.bindings),
        origin_allowed=parts.directory.origin_allowed,
        faces=_faces(parts, features),
    )


def _faces(parts: Parts, features: tuple[Feature, ...]) -> Faces:
    """Return the provider's own faces with those of its features."""
    own = Faces(
        OWN_ROUTES,
        {**_protocol(parts, features), **_management(parts)},
        (
            retention(
                parts.platform.database,
                parts.tenants,
                parts.interaction_store,
                parts.revoked,
                parts.opaque,
            ),
        ),
        {"grant": parts.consents.person_of},
    )
    every = (own, *(feature.faces for feature in features))
    return Faces(
        tuple(route for faces in every for route in faces.routes),
        {name: handler for faces in every for name, handler in faces.handlers.items()},
        tuple(task for faces in every for task in faces.tasks),
        {kind: find for faces in every for kind, find in faces.owners.items()},
    )


def _protocol(parts: Parts, features: tuple[Feature, ...]) -> dict[str, Handler]:
    metadata = parts.metadata = Metadata(
        parts.keys,
        grant_types=tuple(parts.active),
        auth_methods=tuple({name for method in parts.methods for name in method.names}),
        acr_values=parts.settings.acr_values,
        announced=tuple(feature.announce for feature in features),
        of_realm=tuple(feature.announce_realm for feature in features),
        policies=parts.policies,
        directory=parts.directory,
    )
    authorize, logout = _authorize(parts), LogoutEndpoint(parts.logout, parts.sessions)
    return {
        "discovery.openid": metadata.discovery,
        "discovery.oauth": metadata.discovery,
        "jwks.get": metadata.jwks,
        "authorize.start": authorize.start,
        "authorize.submit": authorize.submit,
        "authorize.resume": authorize.resume,
        "logout.show": logout.show,
        "logout.submit": logout.submit,
        **_of_tokens(parts),
    }


def _of_tokens(parts: Parts) -> dict[str, Handler]:
    platform = parts.platform
    userinfo = UserinfoEndpoint(
        parts.access_tokens,
        parts.users,
        parts.bindings,
        parts.keys,
        parts.directory,
        parts.encrypter,
        parts.claim_values,
    )
    limit = Limit(parts.settings.token_requests_per_minute, 60)
    return {
        "token.issue": TokenEndpoint(
            parts.active,
            parts.authenticator,
            parts.refusals,
            parts.bindings,
            platform.limiter,
            limit,
        ),
        "token.introspect": IntrospectionEndpoint(
            parts.authenticator,
            parts.access_tokens,
            parts.refresh_tokens,
            parts.subjects,
            platform.gate,
            parts.keys,
            parts.encrypter,
            parts.directory,
            platform.clock,
        ),
        "token.revoke": RevocationEndpoint(
            parts.authenticator,
            parts.access_tokens,
            parts.refresh_tokens,
            parts.revoked,
            platform.recorder,
        ),
        "userinfo.get": userinfo,
        "userinfo.post": userinfo,
    }


def _authorize(parts: Parts) -> AuthorizeEndpoint:
    return AuthorizeEndpoint(
        waiting=parts.interactions,
        one_time=parts.platform.one_time,
        recorder=parts.platform.recorder,
        refusals=parts.refusals,
        reader=parts.reader,
        responses=Responses(
            keys=parts.keys,
            tokens=parts.tokens,
            pages=parts.platform.pages,
            encrypter=parts.encrypter,
            clock=parts.platform.clock,
        ),
        roles=parts.roles,
        settings=parts.settings,
    )


def _management(parts: Parts) -> Mapping[str, Handler]:
    recorder, listings = parts.platform.recorder, parts.listings
    clients = ClientsApi(
        clients=parts.clients,
        keys=parts.keys,
        sectors=SectorDocuments(parts.platform.fetcher),
        refresh_tokens=parts.refresh_tokens,
        recorder=recorder,
        listings=listings,
        settings=parts.settings,
    )
    apis = ApisApi(
        apis=parts.api_store,
        directory=parts.directory,
        keys=parts.keys,
        recorder=recorder,
        listings=listings,
    )
    consents = GrantsApi(
        grants=parts.grant_store,
        refresh_tokens=parts.refresh_tokens,
        recorder=recorder,
        listings=listings,
    )
    tokens = TokensApi(minted=parts.minted, clients=parts.clients, users=parts.users)
    found = (clients, apis, consents, tokens)
    return {name: handler for part in found for name, handler in part.handlers().items()}
