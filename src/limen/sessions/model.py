"""The rules of sign-ins: what a refresh token says, and what presenting one means.

A refresh token is `lrt_` and the base64url text, 92 characters, of 69 bytes:

    offset  size  what
         0     1  version of this layout and of its keys (1)
         1    16  family id
        17     4  generation, big-endian; the first is 1
        21    32  secret: random in generation 1, derived from its predecessor afterwards
        53    16  MAC: HMAC-SHA-256, cut, over the tenant's id and everything before

The secret of the next generation is HMAC(tenant key, secret ‖ family ‖ generation + 1), so
that a repeated refresh derives the identical successor and nothing is stored for it.
"""

import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

import msgspec

from limen.kernel.ids import FamilyId, TenantId
from limen.kernel.vault import Keyring

PREFIX = "lrt_"
_VERSION = 1
_MAC_SIZE = 16
_WRITTEN = re.compile(r"lrt_[A-Za-z0-9_-]{92}")
_MAC_KEY = f"refresh_token.mac.{_VERSION}"
_SUCCESSOR_KEY = f"refresh_token.successor.{_VERSION}"

TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """One generation of a family."""

    family: FamilyId
    generation: int
    secret: bytes

    @property
    def digest(self) -> bytes:
        """The 32-byte SHA-256 of the secret: all that the store keeps of it."""
        return sha256(self.secret).digest()

    def successor(self, keyring: Keyring) -> "RefreshToken":
        """Return the one next generation."""
        generation = self.generation + 1
        message = self.secret + self.family.bytes + generation.to_bytes(4, "big")
        return RefreshToken(self.family, generation, keyring.mac(_SUCCESSOR_KEY, message))

    def written(self, keyring: Keyring, tenant: TenantId) -> str:
        """Return the text that the client gets."""
        body = b"%c%b%b%b" % (
            _VERSION, self.family.bytes, self.generation.to_bytes(4, "big"), self.secret,
        )  # fmt: skip
        return PREFIX + urlsafe_b64encode(body + _mac(keyring, tenant, body)).decode()


def first_token(family: FamilyId) -> RefreshToken:
    """Return generation 1, with a fresh secret of 256 random bits."""
    return RefreshToken(family, 1, secrets.token_bytes(32))


def read_token(text: str, keyring: Keyring, tenant: TenantId) -> RefreshToken | None:
    """Return the token that we wrote for this tenant, None for anything else."""
    if not _WRITTEN.fullmatch(text):
        return None
    raw = urlsafe_b64decode(text[len(PREFIX) :])
    body, mac = raw[:-_MAC_SIZE], raw[-_MAC_SIZE:]
    if body[0] != _VERSION or not hmac.compare_digest(mac, _mac(keyring, tenant, body)):
        return None
    family = FamilyId(UUID(bytes=body[1:17]))
    return RefreshToken(family, int.from_bytes(body[17:21], "big"), body[21:])


def _mac(keyring: Keyring, tenant: TenantId, body: bytes) -> bytes:
    return keyring.mac(_MAC_KEY, tenant.bytes + body)[:_MAC_SIZE]


Over = Literal["family_revoked", "family_expired", "session_ended"]
Verdict = Literal[
    Over, "current", "repeat", "replayed", "store_restored", "wrong_client", "wrong_key_binding"
]
ENDS_THE_FAMILY: frozenset[Verdict] = frozenset(("replayed", "store_restored"))


class FamilyState(msgspec.Struct, frozen=True):
    """A family as the store has it, in the order of the store's columns.

    `session_active_at` is when the live session that the family lives no longer than was last
    used: None where that session is over, or where the family needs none.  `now` is the
    store's clock.
    """

    id: FamilyId
    user_id: UUID
    client_id: UUID
    session_id: UUID | None
    grant_id: UUID
    scope: str
    resources: str
    offline: bool
    confidential: bool
    key_binding: str | None
    generation: int
    secret_hash: bytes
    previous_hash: bytes | None
    started_at: datetime
    rotated_at: datetime | None
    used_at: datetime
    expires_at: datetime
    idle_expires_at: datetime
    authenticated_at: int | None
    acr: str | None
    amr: str
    nonce: str | None
    claims: str
    authorization_details: list[dict[str, Any]] | None
    revoked_at: datetime | None
    session_active_at: datetime | None
    now: datetime

    @property
    def over(self) -> Over | None:
        """Why nothing of this family is honoured any more, as a code, or None."""
        if self.revoked_at is not None:
            return "family_revoked"
        if self.now >= self.expires_at or self.now >= self.idle_expires_at:
            return "family_expired"
        if self.needs_session and self.session_active_at is None:
            return "session_ended"
        return None

    @property
    def needs_session(self) -> bool:
        return not self.offline and self.session_id is not None


def judge(
    token: RefreshToken,
    family: FamilyState,
    *,
    client: UUID,
    key_binding: str | None,
    leeway: timedelta,
) -> Verdict:
    """Say what presenting `token` means.

    What somebody else presents (another client, another key) changes nothing.  The previous
    generation may be repeated: by a public client without a key for `leeway` after it was
    used, by others until its successor is used.  Everything else was copied, and ends the
    family (RFC 9700 §4.14.2); so does a generation that the store has forgotten.
    """
    if family.client_id != client:
        return "wrong_client"
    if family.key_binding != key_binding:
        return "wrong_key_binding"
    over = family.over
    if over is not None:
        return over
    if token.generation == family.generation:
        same = hmac.compare_digest(token.digest, family.secret_hash)
        return "current" if same else "store_restored"
    if token.generation > family.generation:
        return "store_restored"
    return "repeat" if _is_repeatable(token, family, leeway) else "replayed"


def _is_repeatable(token: RefreshToken, family: FamilyState, leeway: timedelta) -> bool:
    if token.generation != family.generation - 1 or family.rotated_at is None:
        return False
    if not hmac.compare_digest(token.digest, family.previous_hash or b""):
        return False
    if family.confidential or family.key_binding is not None:
        return True
    return family.now - family.rotated_at < leeway


def may_be_remembered(amr: Sequence[str]) -> bool:
    """Staying signed in for weeks is for one factor only (R101); `mfa` is of RFC 8176."""
    return "mfa" not in amr


def is_due(last_active_at: datetime, now: datetime) -> bool:
    """Say whether a session's activity is worth a write."""
    return now - last_active_at >= TOUCH_EVERY
