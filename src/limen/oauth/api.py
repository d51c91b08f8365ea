"""What the faces may use of oauth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from limen.identity.api import User
from limen.kernel.events import EventType
from limen.kernel.ids import GrantId, SessionId, UserId
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader, Store, Tx
from limen.oauth.options import ClientOptions

ClientType = Literal["web", "spa", "native", "m2m", "device"]
Registered = Literal["managed", "dynamic", "open", "document", "federation"]
"""Who registered a client: an administrator, or it itself, by RFC 7591 with an initial access
token (`dynamic`) or without one (`open`), or by its metadata document, or a trust anchor of
the tenant by a chain of statements.
"""

CLIENT_CREATED = EventType("client.created", "An application was registered.")
CLIENT_CHANGED = EventType("client.changed", "An application was changed.")
CLIENT_DELETED = EventType("client.deleted", "An application was deleted.")
CLIENT_DISABLED = EventType("client.disabled", "An application was disabled.")
CLIENT_ENABLED = EventType("client.enabled", "An application was enabled again.")
SECRET_ROTATED = EventType("client_secret.rotated", "An application got a new secret.")
API_CREATED = EventType("api.created", "A resource server was registered.")
API_CHANGED = EventType("api.changed", "A resource server was changed.")
API_DELETED = EventType("api.deleted", "A resource server was deleted.")
CONSENT_GIVEN = EventType("consent.given", "A person allowed an application something.")
CONSENT_REFUSED = EventType("consent.refused", "A person did not allow what was asked.")
GRANT_REVOKED = EventType("grant.revoked", "What a person had allowed was withdrawn.")
CODE_ISSUED = EventType("code.issued", "An authorization code was issued.")
CODE_REPLAYED = EventType("code.replayed", "A used authorization code was presented again.")
TOKEN_ISSUED = EventType("token.issued", "An access token was issued.")
TOKEN_REFUSED = EventType("token.refused", "A token request was refused; the reason says why.")
TOKEN_REVOKED = EventType("token.revoked", "An access token was revoked.")
AUTHORIZATION_REFUSED = EventType("authorization.refused", "An authorization request was refused.")
KEY_CREATED = EventType("key.created", "A signing key was made.")
KEY_ROTATED = EventType("key.rotated", "A signing key took over.")
KEY_RETIRED = EventType("key.retired", "A signing key left the published set.")


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client (an application, in the UI).

    `client_id` is the text of `id`, but for a client that is known by the URL of its metadata
    document: there `id` is made of it (`model.client_ids`).
    `audiences` are APIs that it works with: it may ask for tokens for them without one of
    their scopes, and introspect the tokens that they get.  Lifetimes are in seconds.
    """

    id: UUID
    name: str
    type: ClientType
    enabled: bool
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    origins: tuple[str, ...]
    grant_types: tuple[str, ...]
    scopes: tuple[str, ...]
    audiences: tuple[str, ...]
    auth_method: str
    skip_consent: bool
    id_token_alg: str
    access_token_alg: str
    access_token_lifetime: int | None
    refresh_token_lifetime: int | None
    client_uri: str | None
    logo_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    created_at: datetime
    updated_at: datetime
    version: int
    options: ClientOptions = field(default_factory=ClientOptions)
    registered: Registered = "managed"
    metadata_url: str | None = None

    @property
    def client_id(self) -> str:
        return self.metadata_url or str(self.id)

    @property
    def is_unknown(self) -> bool:
        """True where nobody here has vouched for it (R004, R057)."""
        return self.registered in ("open", "document")

    @property
    def host(self) -> str | None:
        """Where its metadata document is; it vouches for nothing else."""
        return urlsplit(self.metadata_url).netloc if self.metadata_url else None

    @property
    def is_public(self) -> bool:
        return self.auth_method == "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClient:
    name: str
    type: ClientType
    redirect_uris: Sequence[str] = ()
    post_logout_redirect_uris: Sequence[str] = ()
    origins: Sequence[str] = ()
    grant_types: Sequence[str] | None = None
    scopes: Sequence[str] | None = None
    audiences: Sequence[str] = ()
    auth_method: str | None = None
    skip_consent: bool = False
    id_token_alg: str = "ES256"  # noqa: S105 - an algorithm, no secret
    access_token_alg: str = "ES256"  # noqa: S105 - an algorithm, no secret
    access_token_lifetime: int | None = None
    refresh_token_lifetime: int | None = None
    client_uri: str | None = None
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    options: ClientOptions = field(default_factory=ClientOptions)
    registered: Registered = "managed"
    metadata_url: str | None = None


@dataclass(frozen=True, slots=True)
class ScopeText:
    """A scope in plain words, for the consent page."""

    name: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class DetailText:
    """One of authorization_details in plain words, with the name and text of every field."""

    type: str
    title: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Interaction:
    """An authorization request that waits for a person; kept on the server only (A013).

    `needs` is what must happen next, first things first.
    """

    handle: str
    client: Client
    needs: Literal["sign_in", "sign_up", "select_account", "consent", "nothing"]
    login_hint: str | None
    ui_locales: tuple[str, ...]
    scopes: tuple[ScopeText, ...]
    resources: tuple[str, ...]
    continue_to: str
    form_action: str = ""
    """The redirect URI's origin, which CSP's form-action must name beside 'self'."""
    details: tuple[DetailText, ...] = ()
    asks_always: bool = False
    """True where the answer is not remembered anyway."""


class Interactions(Protocol):
    """The hosted pages' view of pending authorization requests, bound to the browser."""

    async def find(
        self, store: Store, tenant: Tenant, handle: str, *, browser: str | None, binding: str | None
    ) -> Interaction | None:
        """Return it while it is pending and this browser's; None otherwise."""
        ...

    async def approve(
        self,
        store: Store,
        tenant: Tenant,
        handle: str,
        *,
        browser: str | None,
        binding: str | None,
        cause: Cause,
        remember: bool = True,
    ) -> str:
        """Write down the consent of the browser's current person; return where to continue.

        Without `remember` it holds for this request alone, and the next one asks again.
        """
        ...

    async def deny(
        self,
        store: Store,
        tenant: Tenant,
        handle: str,
        *,
        browser: str | None,
        binding: str | None,
        cause: Cause,
    ) -> str:
        """End it with access_denied; return where to continue."""
        ...

    async def choose_account(
        self,
        store: Store,
        tenant: Tenant,
        handle: str,
        *,
        session: SessionId,
        browser: str | None,
        binding: str | None,
    ) -> str:
        """Choose one of the browser's sessions for this request; return where to continue.

        Raises InteractionEnded, and NotFound for a session that is not this browser's.
        """
        ...


@dataclass(frozen=True, slots=True)
class ConnectedApp:
    grant: GrantId
    client: Client
    scopes: tuple[ScopeText, ...]
    granted_at: datetime
    last_used_at: datetime | None


class Grants(Protocol):
    async def list_of(self, reader: Reader, user: UserId) -> list[ConnectedApp]: ...

    async def revoke(self, tx: Tx, grant: GrantId, cause: Cause, *, user: UserId) -> bool:
        """Withdraw consent with every token that rests on it."""
        ...


class Clients(Protocol):
    async def find(self, reader: Reader, client_id: str) -> Client | None: ...

    async def get(self, reader: Reader, client: UUID) -> Client:
        """Raises NotFound."""
        ...

    async def create(self, tx: Tx, new: NewClient, cause: Cause) -> tuple[Client, str | None]:
        """Return the client and its secret, shown once (None for public ones).  Raises Invalid."""
        ...


class Logout(Protocol):
    async def prepare(
        self, store: Store, tenant: Tenant, parameters: Mapping[str, str], browser: str | None
    ) -> "LogoutRequest":
        """Validate a request of RP-Initiated Logout 1.0.  Raises LogoutRefused."""
        ...

    async def after(
        self,
        store: Store,
        tenant: Tenant,
        session: UUID,
        asked: "LogoutRequest",
        *,
        binding: str,
    ) -> str | None:
        """Return the page to show once `session` has ended, None where nothing needs one."""
        ...

    async def left(
        self, store: Store, tenant: Tenant, handle: str, *, binding: str
    ) -> "Left | None":
        """Return what that page shows; None for what is not this browser's, or long ago."""
        ...


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """`confirmed` when a valid id_token_hint of the current session makes the question needless.

    `account` is whose session it is, where the request says anything about that.
    """

    client: Client | None
    confirmed: bool
    session: UUID | None
    continue_to: str | None
    languages: tuple[str, ...] = ()
    account: str | None = None


@dataclass(frozen=True, slots=True)
class ToldApplication:
    """An application of a session that ended, and whether it knows."""

    name: str
    standing: Literal[
        "signed_in", "waiting", "delivered", "failed", "withdrawn", "asked", "not_told"
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """The page after signing out.

    `frames` are loaded, so that applications forget the browser (Front-Channel Logout 1.0);
    `frame_sources` is what its policy allows.  After `wait` seconds it goes on to `continue_to`,
    which belongs to `application`.
    """

    applications: tuple[ToldApplication, ...]
    frames: tuple[str, ...]
    frame_sources: str
    continue_to: str | None
    application: str | None
    languages: tuple[str, ...]
    wait: int


class AdminTokens(Protocol):
    async def mint(
        self,
        store: Store,
        tenant: Tenant,
        *,
        user: User | None,
        client: Client | None,
        scopes: Sequence[str],
        cause: Cause,
    ) -> str:
        """Return a management access token (the CLI's `token create`)."""
        ...
