"""Links and what is kept beside their secrets; where a person goes on after them."""

import hmac
from collections.abc import Sequence
from typing import Literal
from urllib.parse import quote
from uuid import UUID

import msgspec

from limen.identity.api import Email, User
from limen.kernel.tenant import Tenant

CONFIRM, RESET, EMAIL_CHANGE, DECOY = "confirm_address", "password_reset", "email_change", "decoy"
LINKS: Sequence[str] = (CONFIRM, RESET, EMAIL_CHANGE)
AMR_PASSWORD = "pwd"  # noqa: S105 - the method's name in RFC 8176, no secret
AAL1 = "aal1"

Side = Literal["new", "old"]


class ConfirmPayload(msgspec.Struct, frozen=True):
    """`binding` is the 32-byte digest of the secret of the browser that signed up."""

    user: UUID
    address: str
    binding: bytes | None
    continue_to: str | None


class ResetPayload(msgspec.Struct, frozen=True):
    user: UUID
    address: str


class ChangePayload(msgspec.Struct, frozen=True):
    user: UUID
    change: UUID
    side: Side
    address: str
    old_address: str | None


class DecoyPayload(msgspec.Struct, frozen=True):
    """Kept for nobody, so that an unknown address costs what a known one costs."""


def confirmation_link(tenant: Tenant, secret: str) -> str:
    return _link(tenant, "/verify", secret)


def reset_link(tenant: Tenant, secret: str) -> str:
    return _link(tenant, "/recover/reset", secret)


def email_change_link(tenant: Tenant, secret: str) -> str:
    return _link(tenant, "/verify/change", secret)


def _link(tenant: Tenant, path: str, secret: str) -> str:
    """Return a link of configuration and secret alone: no header of a request is in it (R083)."""
    return f"{tenant.issuer}{path}?token={quote(secret, safe='')}"


def is_bound_to(binding: bytes | None, digest: bytes | None) -> bool:
    """Say whether this browser is the one that signed up; without a binding none is."""
    return binding is not None and digest is not None and hmac.compare_digest(binding, digest)


def own_path(continue_to: str | None) -> str | None:
    """Return `continue_to` if it is a path on this server, else None (A003)."""
    if continue_to is None or len(continue_to) > 2048 or not continue_to.isascii():
        return None
    if not continue_to.startswith("/") or continue_to.startswith(("//", "/\\")):
        return None
    return continue_to if continue_to.isprintable() and "\\" not in continue_to else None


def names_of(user: User) -> list[str | None]:
    """Return what a guesser would try first for this person."""
    told = user.profile
    texts = [user.username, told.name, told.given_name, told.family_name, told.nickname]
    return [*texts, *(email.address for email in user.emails)]


def address_for_reset(user: User | None, folded: str, addresses: Sequence[str]) -> Email | None:
    """Return the stored address to which a reset link may go, else None.

    It must be the typed one.  An unproven address gets one only as the primary one: somebody
    added it to an account, and whoever reads its mail need not be the account's owner.
    """
    if user is None or user.status not in {"active", "pending"}:
        return None
    for email, own in zip(user.emails, addresses, strict=True):
        if own == folded and (email.verified_at is not None or email.is_primary):
            return email
    return None
