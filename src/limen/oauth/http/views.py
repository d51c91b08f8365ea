"""What the management API takes and shows of clients, APIs, grants and tokens."""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from limen.oauth.api import Client, ClientType, Registered, ScopeText
from limen.oauth.model.resources import Api
from limen.oauth.options import ApiOptions, ClientOptions
from limen.oauth.ports import GrantRecord
from limen.platform.http.api import ByAge, Paging


class ClientsQuery(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sort: ByAge = "created_at"


class ApisQuery(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class GrantsQuery(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Narrows the list to one person or one application."""

    user: UUID | None = None
    client: UUID | None = None


class NewClientBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lists that are left out get the defaults of the type."""

    name: str
    type: ClientType
    redirect_uris: list[str] = []
    post_logout_redirect_uris: list[str] = []
    origins: list[str] = []
    grant_types: list[str] | None = None
    scopes: list[str] | None = None
    audiences: list[str] = []
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
    options: ClientOptions = ClientOptions()


class ClientChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is; a list, or `options`, is replaced whole."""

    name: str | UnsetType = UNSET
    redirect_uris: list[str] | UnsetType = UNSET
    post_logout_redirect_uris: list[str] | UnsetType = UNSET
    origins: list[str] | UnsetType = UNSET
    grant_types: list[str] | UnsetType = UNSET
    scopes: list[str] | UnsetType = UNSET
    audiences: list[str] | UnsetType = UNSET
    auth_method: str | UnsetType = UNSET
    skip_consent: bool | UnsetType = UNSET
    id_token_alg: str | UnsetType = UNSET
    access_token_alg: str | UnsetType = UNSET
    access_token_lifetime: int | UnsetType | None = UNSET
    refresh_token_lifetime: int | UnsetType | None = UNSET
    client_uri: str | UnsetType | None = UNSET
    logo_uri: str | UnsetType | None = UNSET
    policy_uri: str | UnsetType | None = UNSET
    tos_uri: str | UnsetType | None = UNSET
    options: ClientOptions | UnsetType = UNSET

    def named(self) -> dict[str, object]:
        """Return the fields that were sent."""
        fields = msgspec.structs.asdict(self)
        return {name: value for name, value in fields.items() if value is not UNSET}


class ClientView(msgspec.Struct, frozen=True, kw_only=True):
    """A client; its secrets are never shown again."""

    id: UUID
    client_id: str
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
    options: ClientOptions
    registered: Registered
    metadata_url: str | None
    created_at: datetime
    updated_at: datetime
    version: int


class NewSecretView(ClientView, frozen=True, kw_only=True):
    """A client with the secret that was just made: shown now, and never again."""

    client_secret: str | None


def client_view(client: Client) -> ClientView:
    return msgspec.convert(_fields(client), ClientView, from_attributes=True)


def new_secret_view(client: Client, secret: str | None) -> NewSecretView:
    fields = {**_fields(client), "client_secret": secret}
    return msgspec.convert(fields, NewSecretView, from_attributes=True)


def _fields(client: Client) -> dict[str, object]:
    names = (*ClientView.__struct_fields__,)
    return {name: getattr(client, name) for name in names}


class ScopeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scope in plain words, as people read it before they consent."""

    name: str
    title: str
    detail: str = ""

    def text(self) -> ScopeText:
        return ScopeText(self.name, self.title, self.detail)


class NewApiBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`identifier` is a URI, and becomes the audience of tokens (RFC 8707)."""

    identifier: str
    name: str
    scopes: list[ScopeBody] = []
    access_token_lifetime: int | None = None
    access_token_alg: str | None = None
    options: ApiOptions = ApiOptions()


class ApiChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is; `scopes` and `options` are replaced whole."""

    name: str | UnsetType = UNSET
    scopes: list[ScopeBody] | UnsetType = UNSET
    access_token_lifetime: int | UnsetType | None = UNSET
    access_token_alg: str | UnsetType | None = UNSET
    options: ApiOptions | UnsetType = UNSET


class ApiView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    identifier: str
    name: str
    scopes: tuple[ScopeBody, ...]
    access_token_lifetime: int | None
    access_token_alg: str | None
    options: ApiOptions
    created_at: datetime
    updated_at: datetime
    version: int


def api_view(api: Api) -> ApiView:
    return ApiView(
        id=api.id,
        identifier=api.identifier,
        name=api.name,
        scopes=tuple(ScopeBody(name=s.name, title=s.title, detail=s.detail) for s in api.scopes),
        access_token_lifetime=api.access_token_lifetime,
        access_token_alg=api.access_token_alg,
        options=api.options,
        created_at=api.created_at,
        updated_at=api.updated_at,
        version=api.version,
    )


class GrantView(msgspec.Struct, frozen=True, kw_only=True):
    """What a person allows a client."""

    id: UUID
    user: UUID
    client: UUID
    scopes: list[str]
    resources: list[str]
    granted_at: datetime
    last_used_at: datetime | None


def grant_view(grant: GrantRecord) -> GrantView:
    return GrantView(
        id=grant.id,
        user=grant.user_id,
        client=grant.client_id,
        scopes=grant.scope,
        resources=grant.resources,
        granted_at=grant.created_at,
        last_used_at=grant.used_at,
    )


class NewTokenBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Either `user` or `client`; without `scopes`, all that its roles hold."""

    user: UUID | None = None
    client: UUID | None = None
    scopes: list[str] = []


class TokenView(msgspec.Struct, frozen=True, kw_only=True):
    access_token: str
