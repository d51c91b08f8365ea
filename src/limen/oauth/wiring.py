"""OAuth, put together."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from limen.access.api import Roles
from limen.identity.api import Users
from limen.kernel.authn import BearerAuthenticator
from limen.kernel.uow import Reader
from limen.oauth import client_auth, grants
from limen.oauth.access_tokens import AccessTokens
from limen.oauth.api import AdminTokens, Clients, Grants, Interactions, Logout
from limen.oauth.bearer import ManagementBearer, MintedTokens
from limen.oauth.clients import StoredClients, StoredGrants
from limen.oauth.directory import Directory
from limen.oauth.hints import IdTokenHints
from limen.oauth.http.authorize import AuthorizeEndpoint
from limen.oauth.http.introspection import IntrospectionEndpoint
from limen.oauth.http.logout import LogoutEndpoint
from limen.oauth.http.management import ClientsApi
from limen.oauth.http.metadata import Metadata
from limen.oauth.http.objects import ApisApi, GrantsApi, TokensApi
from limen.oauth.http.protocol import RefusalLog
from limen.oauth.http.revocation import RevocationEndpoint
from limen.oauth.http.token import TokenEndpoint
from limen.oauth.http.userinfo import UserinfoEndpoint
from limen.oauth.interactions import StoredInteractions
from limen.oauth.keys.api import SigningKeys
from limen.oauth.logout import RpLogout
from limen.oauth.routes import ROUTES
from limen.oauth.settings import OAuthSettings
from limen.oauth.store import (
    SqlApis,
    SqlClients,
    SqlGrants,
    SqlInteractions,
    SqlRevokedTokens,
)
from limen.oauth.tasks import retention
from limen.oauth.tokens import Tokens
from limen.platform.http.api import Listings
from limen.platform.http.faces import Faces, Task
from limen.platform.http.messages import Handler
from limen.platform.limits import Limit
from limen.platform.services import Platform
from limen.risk.api import Attempts
from limen.sessions.api import RefreshTokens, Sessions
from limen.tenancy.api import Tenants

OriginCheck = Callable[[Reader, str], Awaitable[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthWired:
    clients: Clients
    interactions: Interactions
    grants: Grants
    logout: Logout
    admin_tokens: AdminTokens
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
    parts = _Parts(platform, users, sessions, refresh_tokens, roles, attempts, signing_keys)
    return OAuthWired(
        clients=parts.clients,
        interactions=parts.interactions,
        grants=parts.consents,
        logout=parts.logout,
        admin_tokens=parts.minted,
        bearer=ManagementBearer(parts.access_tokens),
        origin_allowed=parts.directory.origin_allowed,
        faces=Faces(
            ROUTES,
            {**parts.protocol_handlers(), **parts.api_handlers()},
            (parts.retention(tenants),),
        ),
    )


class _Parts:
    """Everything once, in the order of dependence."""

    def __init__(
        self,
        platform: Platform,
        users: Users,
        sessions: Sessions,
        refresh_tokens: RefreshTokens,
        roles: Roles,
        attempts: Attempts,
        keys: SigningKeys,
    ) -> None:
        self._platform, self._users, self._sessions = platform, users, sessions
        self._refresh_tokens, self._roles, self._keys = refresh_tokens, roles, keys
        self._settings = platform.settings("oauth", OAuthSettings)
        clock, recorder, gate = platform.clock, platform.recorder, platform.gate
        self._clients, self._apis = SqlClients(), SqlApis()
        self._grants, self._revoked = SqlGrants(), SqlRevokedTokens()
        self._interactions = SqlInteractions()
        self.directory = Directory(self._clients, self._apis, platform.snapshots)
        self._listings = Listings(platform.vault)
        self._refusals = RefusalLog(recorder, platform.limiter)
        self._hints = IdTokenHints(keys, clock)
        self._tokens = Tokens(keys, self._settings, clock)
        self.access_tokens = AccessTokens(keys, gate, clock)
        self._grant_types = grants.discover()
        self._methods = client_auth.discover()
        self._authenticator = client_auth.ClientAuthenticator(
            self._methods, directory=self.directory, attempts=attempts, clock=clock
        )
        self.clients = self._stored_clients()
        self.consents = self._stored_grants()
        self.interactions = self._stored_interactions()
        self.logout = RpLogout(self.directory, self._hints, sessions)
        self.minted = MintedTokens(
            keys=keys, roles=roles, recorder=recorder, settings=self._settings, clock=clock
        )

    def retention(self, tenants: Tenants) -> Task:
        return retention(self._platform.database, tenants, self._interactions, self._revoked)

    def _stored_clients(self) -> StoredClients:
        platform = self._platform
        return StoredClients(
            clients=self._clients,
            apis=self._apis,
            directory=self.directory,
            recorder=platform.recorder,
            installed={name: g.client_types for name, g in self._grant_types.items()},
        )

    def _stored_grants(self) -> StoredGrants:
        platform = self._platform
        return StoredGrants(
            grants=self._grants,
            directory=self.directory,
            refresh_tokens=self._refresh_tokens,
            recorder=platform.recorder,
        )

    def _stored_interactions(self) -> StoredInteractions:
        platform = self._platform
        return StoredInteractions(
            interactions=self._interactions,
            directory=self.directory,
            sessions=self._sessions,
            grants=self._grants,
            gate=platform.gate,
            recorder=platform.recorder,
            clock=platform.clock,
        )

    def protocol_handlers(self) -> dict[str, Handler]:
        metadata = Metadata(
            self._keys,
            grant_types=tuple(self._grant_types),
            auth_methods=tuple({name for method in self._methods for name in method.names}),
            acr_values=self._settings.acr_values,
        )
        authorize, logout = self._authorize(), LogoutEndpoint(self.logout, self._sessions)
        userinfo = UserinfoEndpoint(self.access_tokens, self._users)
        return {
            "discovery.openid": metadata.discovery,
            "discovery.oauth": metadata.discovery,
            "jwks.get": metadata.jwks,
            "authorize.start": authorize.start,
            "authorize.submit": authorize.submit,
            "authorize.resume": authorize.resume,
            "token.issue": self._token_endpoint(),
            "token.introspect": IntrospectionEndpoint(
                self._authenticator,
                self.access_tokens,
                self._refresh_tokens,
                self._platform.gate,
            ),
            "token.revoke": RevocationEndpoint(
                self._authenticator,
                self.access_tokens,
                self._refresh_tokens,
                self._revoked,
                self._platform.recorder,
            ),
            "userinfo.get": userinfo,
            "userinfo.post": userinfo,
            "logout.show": logout.show,
            "logout.submit": logout.submit,
        }

    def _authorize(self) -> AuthorizeEndpoint:
        return AuthorizeEndpoint(
            waiting=self.interactions,
            one_time=self._platform.one_time,
            recorder=self._platform.recorder,
            refusals=self._refusals,
            hints=self._hints,
            roles=self._roles,
            settings=self._settings,
        )

    def _token_endpoint(self) -> TokenEndpoint:
        services = grants.GrantServices(
            tokens=self._tokens,
            directory=self.directory,
            users=self._users,
            refresh_tokens=self._refresh_tokens,
            roles=self._roles,
            revoked=self._revoked,
            one_time=self._platform.one_time,
            gate=self._platform.gate,
            recorder=self._platform.recorder,
            clock=self._platform.clock,
        )
        active = {name: grant(services) for name, grant in self._grant_types.items()}
        limit = Limit(self._settings.token_requests_per_minute, 60)
        limiter = self._platform.limiter
        return TokenEndpoint(active, self._authenticator, self._refusals, limiter, limit)

    def api_handlers(self) -> dict[str, Handler]:
        platform = self._platform
        clients = ClientsApi(
            clients=self.clients,
            keys=self._keys,
            refresh_tokens=self._refresh_tokens,
            recorder=platform.recorder,
            listings=self._listings,
            settings=self._settings,
        )
        apis = ApisApi(
            apis=self._apis,
            directory=self.directory,
            keys=self._keys,
            recorder=platform.recorder,
            listings=self._listings,
        )
        consents = GrantsApi(
            grants=self._grants,
            refresh_tokens=self._refresh_tokens,
            recorder=platform.recorder,
            listings=self._listings,
        )
        tokens = TokensApi(minted=self.minted, clients=self.clients, users=self._users)
        parts = (clients, apis, consents, tokens)
        return {name: handler for part in parts for name, handler in part.handlers().items()}
