"""What the provider is made of: everything once, in the order of dependence."""

from collections.abc import Mapping

from limen.access.api import Roles
from limen.identity.api import Users
from limen.oauth import client_auth, grants
from limen.oauth.access_tokens import AccessTokens
from limen.oauth.assertions.believing import Believing
from limen.oauth.assertions.directory import TrustedIssuers
from limen.oauth.assertions.store import SqlIssuers
from limen.oauth.authorize.reader import RequestReader
from limen.oauth.bearer import MintedTokens
from limen.oauth.bindings import Bindings
from limen.oauth.claim_values import ClaimValues
from limen.oauth.client_auth.settings import ClientAuthSettings
from limen.oauth.clients import StoredClients, StoredGrants
from limen.oauth.directory import Directory
from limen.oauth.dpop.proofs import Proofs
from limen.oauth.dpop.settings import DpopSettings
from limen.oauth.encrypting import Encrypter
from limen.oauth.feature import Realm
from limen.oauth.hints import IdTokenHints
from limen.oauth.http.metadata import Metadata
from limen.oauth.http.protocol import RefusalLog
from limen.oauth.interactions import StoredInteractions
from limen.oauth.keys.api import SigningKeys
from limen.oauth.keysets import KeySets
from limen.oauth.logout import RpLogout
from limen.oauth.logouts.left import LeftPages
from limen.oauth.logouts.roll import Roll
from limen.oauth.logouts.settings import LogoutSettings
from limen.oauth.logouts.store import SqlParticipants
from limen.oauth.logouts.told import SessionsTold
from limen.oauth.par.pushed import PushedRequests
from limen.oauth.par.settings import ParSettings
from limen.oauth.policy.policies import StoredPolicies
from limen.oauth.policy.store import SqlPolicies
from limen.oauth.request_objects.objects import RequestObjects
from limen.oauth.settings import OAuthSettings
from limen.oauth.signal_sources.ports import DemandPassword
from limen.oauth.status_lists.statuses import Statuses
from limen.oauth.status_lists.store import SqlStatusLists
from limen.oauth.store import (
    SqlApis,
    SqlClients,
    SqlGrants,
    SqlInteractions,
    SqlOpaqueTokens,
    SqlRevokedTokens,
)
from limen.oauth.subjects import Subjects
from limen.oauth.tokens import Tokens
from limen.platform.http.api import Listings
from limen.platform.mtls.settings import MtlsSettings
from limen.platform.services import Platform
from limen.risk.api import Attempts
from limen.sessions.api import RefreshTokens, Sessions
from limen.tenancy.api import Tenants


class Parts:
    """The services and stores of the provider, for its endpoints and its features."""

    def __init__(
        self,
        platform: Platform,
        *,
        users: Users,
        sessions: Sessions,
        refresh_tokens: RefreshTokens,
        roles: Roles,
        attempts: Attempts,
        keys: SigningKeys,
        tenants: Tenants,
    ) -> None:
        self.platform, self.users, self.sessions = platform, users, sessions
        self.refresh_tokens, self.roles, self.keys = refresh_tokens, roles, keys
        self.tenants, self.attempts = tenants, attempts
        self.password_demands: list[DemandPassword] = []
        self.settings = platform.settings("oauth", OAuthSettings)
        self._open_stores()
        self._make_tokens()
        self._know_clients()
        self._grant()
        self._read_requests()
        self.metadata: Metadata | None = None

    def _open_stores(self) -> None:
        platform = self.platform
        self.client_store, self.api_store = SqlClients(), SqlApis()
        self.grant_store, self.revoked = SqlGrants(), SqlRevokedTokens()
        self.interaction_store, self.opaque = SqlInteractions(), SqlOpaqueTokens()
        self.participants = SqlParticipants()
        self.directory = Directory(self.client_store, self.api_store, platform.snapshots)
        self.policies = StoredPolicies(SqlPolicies(), platform.snapshots)
        self.listings = Listings(platform.vault)
        self.refusals = RefusalLog(platform.recorder, platform.limiter)

    def _make_tokens(self) -> None:
        """What tokens say, who may use them, and who believes them."""
        platform, clock = self.platform, self.platform.clock
        self.hints = IdTokenHints(self.keys, clock)
        self.subjects = Subjects(platform.vault)
        self.keysets = KeySets(platform.fetcher)
        self.encrypter = Encrypter(self.keysets)
        self.claim_values = ClaimValues(self.users, self.roles)
        self.statuses = Statuses(SqlStatusLists(platform.gate), self.keys, clock)
        self.tokens = Tokens(
            self.keys,
            self.opaque,
            self.subjects,
            self.encrypter,
            self.claim_values,
            self.statuses,
            self.settings,
            clock,
        )
        self.access_tokens = AccessTokens(
            self.keys, self.opaque, self.subjects, platform.gate, clock
        )
        dpop = platform.settings("oauth.dpop", DpopSettings)
        alias = platform.settings("mtls", MtlsSettings).url
        self.bindings = Bindings(Proofs(platform.replays, clock, dpop, alias=alias))

    def _know_clients(self) -> None:
        """How clients prove who they are, and which other issuers speak for anybody."""
        platform = self.platform
        self.trusted_issuers = TrustedIssuers(SqlIssuers(), platform.snapshots)
        self.believing = Believing(
            self.trusted_issuers, self.keysets, platform.fetcher, platform.clock
        )
        self.methods = client_auth.discover(self._method_services())
        self.authenticator = client_auth.ClientAuthenticator(
            self.methods,
            directory=self.directory,
            attempts=self.attempts,
            policies=self.policies,
        )
        self.sessions_told = SessionsTold(self.participants, platform.deliveries)

    def _grant(self) -> None:
        """The grant types, and what people and administrators see of what was granted."""
        platform = self.platform
        grant_types = grants.discover()
        self.installed = {name: grant.client_types for name, grant in grant_types.items()}
        self.services = self._services()
        self.active: dict[str, grants.Grant] = {
            name: grant(self.services) for name, grant in grant_types.items()
        }
        self.clients = self._stored_clients()
        self.consents = self._stored_grants()
        self.interactions = self._stored_interactions()
        self.roll = self._roll()
        self.logout = self._logout()
        self.minted = MintedTokens(
            keys=self.keys,
            roles=self.roles,
            recorder=platform.recorder,
            settings=self.settings,
            clock=platform.clock,
        )

    def _read_requests(self) -> None:
        par = self.platform.settings("oauth.par", ParSettings)
        self.pushed = PushedRequests(self.platform.one_time, par)
        self.reader = self._reader()

    def discovery(self, realm: Realm) -> Mapping[str, object]:
        """Return discovery's document, once everything is put together."""
        return {} if self.metadata is None else self.metadata.document(realm)

    def install(self, grant: grants.Grant) -> None:
        """Let clients be registered for the grant type of a feature, and use it."""
        self.installed[grant.grant_type] = grant.client_types
        self.active[grant.grant_type] = grant

    def _method_services(self) -> client_auth.MethodServices:
        platform = self.platform
        return client_auth.MethodServices(
            clock=platform.clock,
            replays=platform.replays,
            vault=platform.vault,
            keysets=self.keysets,
            policies=self.policies,
            believing=self.believing,
            settings=platform.settings("oauth.client_auth", ClientAuthSettings),
            mtls=platform.settings("mtls", MtlsSettings),
        )

    def _reader(self) -> RequestReader:
        platform = self.platform
        objects = RequestObjects(
            keys=self.keys,
            keysets=self.keysets,
            fetcher=platform.fetcher,
            replays=platform.replays,
            clock=platform.clock,
        )
        return RequestReader(
            directory=self.directory,
            hints=self.hints,
            subjects=self.subjects,
            policies=self.policies,
            pushed=self.pushed,
            objects=objects,
            settings=self.settings,
        )

    def _services(self) -> grants.GrantServices:
        platform = self.platform
        return grants.GrantServices(
            tokens=self.tokens,
            directory=self.directory,
            users=self.users,
            refresh_tokens=self.refresh_tokens,
            roles=self.roles,
            revoked=self.revoked,
            participants=self.participants,
            one_time=platform.one_time,
            gate=platform.gate,
            recorder=platform.recorder,
            clock=platform.clock,
        )

    def _roll(self) -> Roll:
        return Roll(
            sessions=self.sessions,
            participants=self.participants,
            deliveries=self.platform.deliveries,
            grants=self.grant_store,
            directory=self.directory,
        )

    def _logout(self) -> RpLogout:
        platform = self.platform
        left = LeftPages(
            participants=self.participants,
            roll=self.roll,
            subjects=self.subjects,
            one_time=platform.one_time,
            settings=platform.settings("oauth.logouts", LogoutSettings),
        )
        return RpLogout(
            directory=self.directory,
            hints=self.hints,
            sessions=self.sessions,
            users=self.users,
            subjects=self.subjects,
            left_pages=left,
        )

    def _stored_clients(self) -> StoredClients:
        return StoredClients(
            clients=self.client_store,
            apis=self.api_store,
            directory=self.directory,
            policies=self.policies,
            recorder=self.platform.recorder,
            installed=self.installed,
            vault=self.platform.vault,
        )

    def _stored_grants(self) -> StoredGrants:
        return StoredGrants(
            grants=self.grant_store,
            directory=self.directory,
            refresh_tokens=self.refresh_tokens,
            recorder=self.platform.recorder,
        )

    def _stored_interactions(self) -> StoredInteractions:
        platform = self.platform
        return StoredInteractions(
            interactions=self.interaction_store,
            directory=self.directory,
            sessions=self.sessions,
            grants=self.grant_store,
            gate=platform.gate,
            recorder=platform.recorder,
            clock=platform.clock,
        )
