"""What the API says of profiles: what a client lacks, and which clients would stop."""

from uuid import UUID

import msgspec

from limen.oauth.api import Client
from limen.oauth.options import Profile
from limen.oauth.profiles.model import Weakness
from limen.oauth.profiles.registration import weaknesses


class ProfileQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without a profile it is the one that holds now."""

    profile: Profile | None = None


class WeaknessView(msgspec.Struct, frozen=True, kw_only=True):
    """A field to change, and the requirement that asks for it."""

    field: str
    standard: str
    section: str
    message: str


class ProfileCheckView(msgspec.Struct, frozen=True, kw_only=True):
    """What a client lacks; where it lacks nothing it works under the profile."""

    profile: Profile
    satisfied: bool
    weaknesses: tuple[WeaknessView, ...]


class WeakClientView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    client_id: str
    name: str
    weaknesses: tuple[WeaknessView, ...]


class TenantCheckView(msgspec.Struct, frozen=True, kw_only=True):
    """Of `checked` applications these would stop; nothing was changed."""

    profile: Profile
    checked: int
    clients: tuple[WeakClientView, ...]


def client_check(client: Client, profile: Profile) -> ProfileCheckView:
    found = weaknesses(client, profile)
    return ProfileCheckView(profile=profile, satisfied=not found, weaknesses=_views(found))


def weak_client(client: Client, profile: Profile) -> WeakClientView | None:
    """Return the client where the profile refuses it."""
    found = weaknesses(client, profile)
    if not found:
        return None
    return WeakClientView(
        id=client.id, client_id=client.client_id, name=client.name, weaknesses=_views(found)
    )


def _views(found: list[Weakness]) -> tuple[WeaknessView, ...]:
    return tuple(
        WeaknessView(
            field=one.field, standard=one.section.standard, section=one.section.number,
            message=one.message,
        )
        for one in found
    )  # fmt: skip
