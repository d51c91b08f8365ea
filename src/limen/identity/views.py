"""What the API takes and gives for accounts.  Never a secret, never a digest (A085)."""

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from limen.identity.api import Address, Profile, Status, User
from limen.platform.http.api import ByAge, Paging


class EmailView(msgspec.Struct, frozen=True):
    id: str
    address: str
    verified: bool
    primary: bool


class UserView(msgspec.Struct, frozen=True):
    id: str
    username: str | None
    email: str | None
    status: Status
    status_reason: str | None
    profile: Profile
    emails: list[EmailView]
    created_at: datetime
    updated_at: datetime
    last_sign_in_at: datetime | None
    version: int


class NewUserBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account to be; the person sets the password by the link that is mailed (R076)."""

    email: str | None = None
    email_verified: bool = False
    username: str | None = None
    profile: Profile = Profile()
    status: Status = "pending"


class OwnProfilePatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields to change; null takes one away (RFC 7396)."""

    name: str | UnsetType | None = UNSET
    given_name: str | UnsetType | None = UNSET
    family_name: str | UnsetType | None = UNSET
    middle_name: str | UnsetType | None = UNSET
    nickname: str | UnsetType | None = UNSET
    profile: str | UnsetType | None = UNSET
    picture: str | UnsetType | None = UNSET
    website: str | UnsetType | None = UNSET
    gender: str | UnsetType | None = UNSET
    birthdate: str | UnsetType | None = UNSET
    zoneinfo: str | UnsetType | None = UNSET
    locale: str | UnsetType | None = UNSET
    phone_number: str | UnsetType | None = UNSET
    address: Address | UnsetType | None = UNSET


class ProfilePatch(OwnProfilePatch, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As one's own, and what only an administrator may vouch for (A061)."""

    phone_number_verified: bool | UnsetType = UNSET


class UserPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    username: str | UnsetType | None = UNSET
    profile: ProfilePatch | UnsetType = UNSET


class OwnPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    profile: OwnProfilePatch | UnsetType = UNSET


class ReasonBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: str


class NewEmailBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    address: str
    verified: bool = False


class UsersQuery(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At most one of `email`, `username` (exact) and `q` (how one of them begins)."""

    email: str | None = None
    username: str | None = None
    q: str | None = None
    status: Status | None = None
    sort: ByAge = "created_at"


def view(user: User) -> UserView:
    primary = user.primary_email
    return UserView(
        str(user.id),
        user.username,
        primary.address if primary else None,
        user.status,
        user.status_reason,
        user.profile,
        [
            EmailView(str(e.id), e.address, e.verified_at is not None, e.is_primary)
            for e in user.emails
        ],
        user.created_at,
        user.updated_at,
        user.last_sign_in_at,
        user.version,
    )


def patched(profile: Profile, patch: OwnProfilePatch | UnsetType) -> Profile:
    """Return the profile with the patch applied; a new telephone number is not verified."""
    if patch is UNSET:
        return profile
    fields = msgspec.structs.asdict(patch)
    changes = {name: value for name, value in fields.items() if value is not UNSET}
    if changes.get("phone_number", profile.phone_number) != profile.phone_number:
        changes.setdefault("phone_number_verified", False)
    return msgspec.structs.replace(profile, **changes)
