"""What the API takes and shows of subordinates."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from limen.oauth.federation.ports import Subordinate, SubordinateSettings
from limen.platform.http.api import Paging


class SubordinatesQuery(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class NewSubordinateBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`jwks` are the entity's federation keys; the rest is said of it as it is given here."""

    entity_id: str
    jwks: dict[str, Any]
    name: str = ""
    entity_types: tuple[str, ...] = ()
    intermediate: bool = False
    metadata: dict[str, dict[str, Any]] | None = None
    metadata_policy: dict[str, dict[str, dict[str, Any]]] | None = None
    constraints: dict[str, Any] | None = None

    def settings(self) -> SubordinateSettings:
        fields = msgspec.structs.asdict(self)
        del fields["entity_id"]
        return SubordinateSettings(**fields)


class SubordinateChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is; while it is not enabled, nothing is said of it."""

    enabled: bool | UnsetType = UNSET
    jwks: dict[str, Any] | UnsetType = UNSET
    name: str | UnsetType = UNSET
    entity_types: tuple[str, ...] | UnsetType = UNSET
    intermediate: bool | UnsetType = UNSET
    metadata: dict[str, dict[str, Any]] | UnsetType | None = UNSET
    metadata_policy: dict[str, dict[str, dict[str, Any]]] | UnsetType | None = UNSET
    constraints: dict[str, Any] | UnsetType | None = UNSET

    def applied(self, before: SubordinateSettings) -> SubordinateSettings:
        fields = msgspec.structs.asdict(self)
        del fields["enabled"]
        named = {name: value for name, value in fields.items() if value is not UNSET}
        return msgspec.structs.replace(before, **named)


class SubordinateView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    entity_id: str
    enabled: bool
    jwks: dict[str, Any]
    name: str
    entity_types: tuple[str, ...]
    intermediate: bool
    metadata: dict[str, dict[str, Any]] | None
    metadata_policy: dict[str, dict[str, dict[str, Any]]] | None
    constraints: dict[str, Any] | None
    created_at: datetime
    updated_at: datetime
    version: int


def subordinate_view(found: Subordinate) -> SubordinateView:
    return SubordinateView(
        id=found.id,
        entity_id=found.entity_id,
        enabled=found.enabled,
        created_at=found.created_at,
        updated_at=found.updated_at,
        version=found.version,
        **msgspec.structs.asdict(found.settings),
    )
