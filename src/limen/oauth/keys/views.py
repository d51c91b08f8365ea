"""What the API takes and gives for signing keys: public halves only (A085)."""

from datetime import datetime
from typing import Annotated

import msgspec

from limen.oauth.keys.api import KeyInfo, Status
from limen.platform.http.api import Paging


class KeysQuery(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    status: Status | None = None
    alg: str | None = None


class KeyView(msgspec.Struct, frozen=True):
    """A key signs from `active_from` to `retires_at`, and verifies until `expires_at`."""

    id: str
    kid: str
    alg: str
    status: Status
    jwk: dict[str, str]
    created_at: datetime
    active_from: datetime
    retires_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


class RotateBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without `alg`, every algorithm in use rotates.

    With `now`, the next key signs at once, also where verifiers that cache the JWKS and do not
    look again for an unknown `kid` may not have seen it yet.
    """

    alg: str | None = None
    now: bool = False


class RevokeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`reason` is for the log of facts."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None


class Rotation(msgspec.Struct, frozen=True):
    """The keys that take over; `active_from` says when."""

    keys: list[KeyView]


def view(key: KeyInfo) -> KeyView:
    return KeyView(
        id=str(key.id),
        kid=key.kid,
        alg=key.alg,
        status=key.status,
        jwk=dict(key.jwk),
        created_at=key.created_at,
        active_from=key.active_from,
        retires_at=key.retires_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
    )
