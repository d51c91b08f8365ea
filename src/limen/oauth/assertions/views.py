"""What the API takes and shows of trusted issuers."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from limen.oauth.assertions.model.conditions import Condition
from limen.oauth.assertions.model.issuers import ClientLink, IssuerSettings, TrustedIssuer, Use
from limen.oauth.assertions.model.presets import Preset
from limen.oauth.assertions.ports import SubjectLink
from limen.oauth.model.registration import ALGORITHMS
from limen.platform.http.api import Paging


class IssuersQuery(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class SubjectsQuery(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class NewIssuerBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`issuer` is the `iss` of its tokens, the preset's where it is left out.

    Keys come from `jwks`, else `jwks_uri`, else the issuer's discovery document.
    """

    name: str
    issuer: str | None = None
    preset: Preset = "generic"
    uses: tuple[Use, ...] = ("grant",)
    jwks: dict[str, Any] | None = None
    jwks_uri: str | None = None
    audiences: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ALGORITHMS
    max_lifetime: int | None = None
    single_use: bool | None = None
    conditions: tuple[Condition, ...] = ()
    links: tuple[ClientLink, ...] = ()
    scopes: tuple[str, ...] = ()
    match_email: bool = False

    def settings(self) -> IssuerSettings:
        fields = msgspec.structs.asdict(self)
        del fields["issuer"]
        return IssuerSettings(**fields)


class IssuerChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is; a list is replaced whole."""

    name: str | UnsetType = UNSET
    preset: Preset | UnsetType = UNSET
    uses: tuple[Use, ...] | UnsetType = UNSET
    jwks: dict[str, Any] | UnsetType | None = UNSET
    jwks_uri: str | UnsetType | None = UNSET
    audiences: tuple[str, ...] | UnsetType = UNSET
    algorithms: tuple[str, ...] | UnsetType = UNSET
    max_lifetime: int | UnsetType | None = UNSET
    single_use: bool | UnsetType | None = UNSET
    conditions: tuple[Condition, ...] | UnsetType = UNSET
    links: tuple[ClientLink, ...] | UnsetType = UNSET
    scopes: tuple[str, ...] | UnsetType = UNSET
    match_email: bool | UnsetType = UNSET

    def applied(self, before: IssuerSettings) -> IssuerSettings:
        fields = msgspec.structs.asdict(self)
        named = {name: value for name, value in fields.items() if value is not UNSET}
        return msgspec.structs.replace(before, **named)


class IssuerView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    issuer: str
    enabled: bool
    name: str
    preset: Preset
    uses: tuple[Use, ...]
    jwks: dict[str, Any] | None
    jwks_uri: str | None
    audiences: tuple[str, ...]
    algorithms: tuple[str, ...]
    max_lifetime: int | None
    single_use: bool | None
    conditions: tuple[Condition, ...]
    links: tuple[ClientLink, ...]
    scopes: tuple[str, ...]
    match_email: bool
    created_at: datetime
    updated_at: datetime
    version: int


def issuer_view(trusted: TrustedIssuer) -> IssuerView:
    return IssuerView(
        id=trusted.id,
        issuer=trusted.issuer,
        enabled=trusted.enabled,
        created_at=trusted.created_at,
        updated_at=trusted.updated_at,
        version=trusted.version,
        **msgspec.structs.asdict(trusted.settings),
    )


class NewSubjectBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`subject` is the `sub` of the issuer's tokens."""

    subject: str
    user: UUID


class SubjectView(msgspec.Struct, frozen=True, kw_only=True):
    """The person for whom an issuer's subject speaks."""

    id: UUID
    subject: str
    user: UUID
    created_at: datetime


def subject_view(link: SubjectLink) -> SubjectView:
    return SubjectView(
        id=link.id, subject=link.subject, user=link.user_id, created_at=link.created_at
    )
