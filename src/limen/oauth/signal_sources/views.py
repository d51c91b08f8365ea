"""What the API takes and shows of sources: never a secret but the new one, once."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from limen.oauth.model.registration import ALGORITHMS
from limen.oauth.signal_sources.model import Action, Source, SourceSettings
from limen.platform.http.api import Paging

_OWN = ("issuer", "secret", "enabled")


class SourcesQuery(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class NewSourceBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`secret` is what we poll with: a bearer token, or the client secret at `token_url`."""

    name: str
    issuer: str
    secret: str | None = None
    jwks: dict[str, Any] | None = None
    jwks_uri: str | None = None
    audiences: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ALGORITHMS
    actions: dict[str, tuple[Action, ...]] = {}
    match_email: bool = False
    own_subjects: bool = False
    max_age: int = 259200
    poll_url: str | None = None
    token_url: str | None = None
    client_id: str | None = None
    scope: str | None = None

    def settings(self) -> SourceSettings:
        fields = msgspec.structs.asdict(self)
        return SourceSettings(**{k: v for k, v in fields.items() if k not in _OWN})


class SourceChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is; lists and `actions` are replaced whole."""

    name: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    secret: str | UnsetType | None = UNSET
    jwks: dict[str, Any] | UnsetType | None = UNSET
    jwks_uri: str | UnsetType | None = UNSET
    audiences: tuple[str, ...] | UnsetType = UNSET
    algorithms: tuple[str, ...] | UnsetType = UNSET
    actions: dict[str, tuple[Action, ...]] | UnsetType = UNSET
    match_email: bool | UnsetType = UNSET
    own_subjects: bool | UnsetType = UNSET
    max_age: int | UnsetType = UNSET
    poll_url: str | UnsetType | None = UNSET
    token_url: str | UnsetType | None = UNSET
    client_id: str | UnsetType | None = UNSET
    scope: str | UnsetType | None = UNSET

    def applied(self, before: SourceSettings) -> SourceSettings:
        fields = msgspec.structs.asdict(self)
        named = {k: v for k, v in fields.items() if v is not UNSET and k not in _OWN}
        return msgspec.structs.replace(before, **named)


class SourceView(msgspec.Struct, frozen=True, kw_only=True):
    """`push_url` is where its transmitter pushes to; `push_secret` is shown once."""

    id: UUID
    issuer: str
    enabled: bool
    name: str
    jwks: dict[str, Any] | None
    jwks_uri: str | None
    audiences: tuple[str, ...]
    algorithms: tuple[str, ...]
    actions: dict[str, tuple[Action, ...]]
    match_email: bool
    own_subjects: bool
    max_age: int
    poll_url: str | None
    token_url: str | None
    client_id: str | None
    scope: str | None
    poll_error: str | None
    push_url: str
    created_at: datetime
    updated_at: datetime
    version: int
    push_secret: str | None = None


def source_view(source: Source, issuer: str, push_secret: str | None = None) -> SourceView:
    return SourceView(
        id=source.id,
        issuer=source.issuer,
        enabled=source.enabled,
        poll_error=source.poll_error,
        push_url=f"{issuer}/ssf/sources/{source.id}/events",
        push_secret=push_secret,
        created_at=source.created_at,
        updated_at=source.updated_at,
        version=source.version,
        **msgspec.structs.asdict(source.settings),
    )
