"""The chain of keys of one algorithm, and the moves along it.  Pure: every time is given.

A chain is the signing key and those that will sign after it, by `active_at`.  A key retires
when its successor becomes active, and leaves the published set once the last token that it
signed has expired, and every clock and cache agrees (R050).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final
from uuid import UUID

from limen.kernel.vault import Place
from limen.oauth.keys.api import Status
from limen.oauth.keys.errors import TooManyKeys
from limen.oauth.keys.settings import LONGEST_TOKEN, KeySettings
from limen.platform.jose.keys import Jwk

FEDERATION: Final = "federation"
"""The chain that signs entity statements (OpenID Federation §3.1.1): ES256 keys, which are not
in the JWKS, since no token of ours is signed with them.
"""
MAX_PUBLISHED = 16
SHOWN_AFTER_REVOCATION = timedelta(days=30)
_MARGIN = timedelta(minutes=15)  # clocks apart, and a JWKS cached just before
_APART = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its private half; `number` counts the keys of its algorithm."""

    id: UUID
    kid: str
    alg: str
    number: int
    jwk: Jwk = field(compare=False)
    created_at: datetime
    active_at: datetime
    retires_at: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    version: int = 1

    def is_published(self, now: datetime) -> bool:
        """True while its tokens verify: from its making, so that caches learn it ahead."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def status(self, now: datetime) -> Status:
        if self.revoked_at is not None:
            return "revoked"
        if now < self.active_at:
            return "next"
        return "active" if self.retires_at is None or now < self.retires_at else "retired"


@dataclass(frozen=True, slots=True)
class Draft:
    """A key that was made and sealed before the unit, and waits for its place."""

    id: UUID
    kid: str
    alg: str
    jwk: Jwk
    private_sealed: bytes


def place_of(key: UUID) -> Place:
    """Return where a key's private half is sealed."""
    return Place("signing_keys", "private_sealed", key)


def signing(keys: Iterable[Key], now: datetime) -> Key | None:
    """Return the one that signs: of those not revoked, the latest to become active."""
    live = (key for key in keys if key.revoked_at is None and key.active_at <= now)
    return max(live, key=lambda key: (key.active_at, key.number), default=None)


def waiting(keys: Iterable[Key], now: datetime) -> list[Key]:
    """Return those that will sign, in order."""
    later = (key for key in keys if key.revoked_at is None and key.active_at > now)
    return sorted(later, key=lambda key: (key.active_at, key.number))


def begin(drafts: Sequence[Draft], settings: KeySettings, *, now: datetime) -> list[Key]:
    """Return a new chain of two: one signs now, since nobody can know another, one waits."""
    chain = [_placed(draft, number, now) for number, draft in enumerate(drafts, start=1)]
    chain[1] = replace(chain[1], active_at=now + settings.rotate_every)
    return _linked(chain)


def advance(
    keys: Sequence[Key], draft: Draft, settings: KeySettings, *, now: datetime, at_once: bool
) -> list[Key]:
    """Return what changes when another key takes over: a moved key, its neighbours, a new last.

    At once, the first that waits signs from now.  Otherwise the last that waits does, as soon
    as it has been published for long enough and the one before it has begun.
    Raises TooManyKeys.
    """
    if sum(key.is_published(now) for key in keys) >= MAX_PUBLISHED:
        raise TooManyKeys(f"{MAX_PUBLISHED} keys of {draft.alg}")
    chain = _extended(keys, draft, settings, now)
    moved = 1 if at_once else max(1, len(chain) - 2)
    begins = now
    if not at_once:
        known = chain[moved].created_at + settings.publish_ahead
        begins = max(now, known, chain[moved - 1].active_at + _APART)
    chain[moved] = replace(chain[moved], active_at=begins)
    if moved < len(chain) - 1:
        chain[-1] = replace(chain[-1], active_at=chain[-2].active_at + settings.rotate_every)
    return _changed(keys, _linked(chain))


def prolong(
    keys: Sequence[Key], draft: Draft, settings: KeySettings, *, now: datetime
) -> list[Key]:
    """Return what changes when the last key, which began to sign by itself, gets a successor."""
    return _changed(keys, _linked(_extended(keys, draft, settings, now)))


def withdraw(
    keys: Sequence[Key], key: Key, draft: Draft, settings: KeySettings, *, now: datetime
) -> list[Key]:
    """Return what changes when a key is revoked: it, its neighbours, and a new last one.

    Where it was the signing key, the next signs from now on.
    """
    revoked = replace(key, revoked_at=now, expires_at=now + SHOWN_AFTER_REVOCATION)
    if key.status(now) == "retired":
        return [revoked]
    rest = [other for other in keys if other.id != key.id]
    chain = _extended(rest, draft, settings, now, after=_last_number(keys))
    if key.status(now) == "active":
        before = [other for other in chain if other.active_at <= now]
        chain = [other for other in chain if other not in before]
        chain[0] = replace(chain[0], active_at=now)
    return [revoked, *_changed(rest, _linked(chain))]


def is_over(key: Key, now: datetime) -> bool:
    """True once nothing needs the key any more, and its row may go."""
    return key.expires_at is not None and key.expires_at <= now


def _extended(
    keys: Sequence[Key],
    draft: Draft,
    settings: KeySettings,
    now: datetime,
    *,
    after: int | None = None,
) -> list[Key]:
    """Return the chain with the draft behind its last key."""
    current = signing(keys, now)
    chain = ([current] if current else []) + waiting(keys, now)
    last = _placed(draft, (after or _last_number(keys)) + 1, now)
    begins = chain[-1].active_at + settings.rotate_every if chain else now
    if chain:
        begins = max(begins, now + settings.publish_ahead)
    return [*chain, replace(last, active_at=begins)]


def _placed(draft: Draft, number: int, now: datetime) -> Key:
    return Key(draft.id, draft.kid, draft.alg, number, draft.jwk, now, now)


def _last_number(keys: Iterable[Key]) -> int:
    return max((key.number for key in keys), default=0)


def _linked(chain: list[Key]) -> list[Key]:
    """Return the chain, each key retiring as the next begins; the last one does not."""
    linked = [
        replace(
            key,
            retires_at=successor.active_at,
            expires_at=successor.active_at + LONGEST_TOKEN + _MARGIN,
        )
        for key, successor in pairwise(chain)
    ]
    return [*linked, replace(chain[-1], retires_at=None, expires_at=None)]


def _changed(before: Iterable[Key], after: Iterable[Key]) -> list[Key]:
    known = set(before)
    return [key for key in after if key not in known]
