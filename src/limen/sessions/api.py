"""What other contexts may use of sessions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from limen.kernel.events import EventType
from limen.kernel.ids import FamilyId, SessionId, UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Reader, Store, Tx

SESSION_STARTED = EventType("session.started", "A person signed in with a browser.")
SESSION_RENEWED = EventType("session.renewed", "A signed-in person proved themselves again.")
SESSION_ENDED = EventType("session.ended", "A browser session ended: signed out, ended or expired.")
FAMILY_STARTED = EventType("token_family.started", "A refresh token was issued.")
FAMILY_ROTATED = EventType(
    "token_family.rotated",
    "A refresh token was exchanged for its successor and an access token.",
)
FAMILY_REPEATED = EventType(
    "token_family.repeated",
    "A refresh was repeated inside its leeway: the same successor, another access token.",
)
FAMILY_RENEWED = EventType(
    "token_family.renewed",
    "A refresh token was used and stays: another access token (FAPI 2.0).",
)
FAMILY_REVOKED = EventType("token_family.revoked", "A family of refresh tokens was revoked.")


@dataclass(frozen=True, slots=True)
class Session:
    """One person signed in with one browser.  `id` is the `sid` of tokens."""

    id: SessionId
    user: UserId
    started_at: datetime
    authenticated_at: datetime
    last_active_at: datetime
    idle_expires_at: datetime
    expires_at: datetime
    amr: tuple[str, ...]
    acr: str
    ip: str | None
    user_agent: str | None
    remembered: bool
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Browser:
    """The live sessions of one browser, the chosen one first.

    `secret` is the content of its cookie: 256 random bits, hashed at rest, new at every
    authentication (R099).
    """

    secret: str
    sessions: tuple[Session, ...]

    @property
    def current(self) -> Session | None:
        return self.sessions[0] if self.sessions else None


class Sessions(Protocol):
    async def browser(self, reader: Reader, secret: str) -> Browser | None:
        """Return the browser's live sessions, or None; each person's standing is not asked here."""
        ...

    async def start(
        self,
        tx: Tx,
        user: UserId,
        cause: Cause,
        *,
        browser: str | None,
        amr: Sequence[str],
        acr: str,
        remember: bool = False,
    ) -> Browser:
        """Start or renew `user`'s session in the browser and choose it; the old secret dies."""
        ...

    async def choose(self, tx: Tx, secret: str, session: SessionId) -> Browser | None:
        """Make one of the browser's sessions the current one."""
        ...

    async def touch(self, store: Store, session: Session) -> None:
        """Move the idle limit; writes at most once a minute for a session."""
        ...

    async def end(self, tx: Tx, session: SessionId, cause: Cause, *, reason: str) -> bool:
        """End it with the families that live no longer than it.  False if it was not live."""
        ...

    async def end_all(
        self, tx: Tx, user: UserId, cause: Cause, *, reason: str, keep: SessionId | None = None
    ) -> int:
        """End all of a person's sessions and families, but `keep` and its families."""
        ...

    async def find(self, reader: Reader, session: SessionId) -> Session | None: ...

    async def list_of(self, reader: Reader, user: UserId) -> list[Session]:
        """Return the live sessions, most recently active first."""
        ...


class SessionEnding(Protocol):
    """Hears of sessions that somebody ended (those that expire end by themselves)."""

    async def ended(
        self, tx: Tx, sessions: Sequence[Session], cause: Cause, *, reason: str
    ) -> None:
        """Called in the unit that ends them, once that is recorded."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFamily:
    """A family to be.  `offline` ones outlive the session (scope offline_access).

    `claims` are those asked of userinfo by name; they and `authorization_details` are kept for
    the access tokens of every refresh.
    """

    user: UserId
    client: UUID
    session: SessionId | None
    grant: UUID
    scope: tuple[str, ...]
    resources: tuple[str, ...]
    offline: bool
    confidential: bool
    key_binding: str | None = None
    authenticated_at: int | None = None
    acr: str | None = None
    amr: tuple[str, ...] = ()
    nonce: str | None = None
    claims: tuple[str, ...] = ()
    authorization_details: tuple[dict[str, Any], ...] = ()
    lifetime: timedelta | None = None
    idle_lifetime: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Family:
    id: FamilyId
    user: UserId
    client: UUID
    session: SessionId | None
    grant: UUID
    scope: tuple[str, ...]
    resources: tuple[str, ...]
    offline: bool
    generation: int
    started_at: datetime
    used_at: datetime
    expires_at: datetime
    idle_expires_at: datetime
    authenticated_at: int | None
    acr: str | None
    amr: tuple[str, ...]
    key_binding: str | None
    nonce: str | None = None
    claims: tuple[str, ...] = ()
    authorization_details: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Rotated:
    """The successor; inside the leeway a repeat gets the identical one."""

    family: Family
    refresh_token: str
    repeated: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """Not redeemed; `reason` is a code for the log.  If the family was revoked, keep that."""

    reason: str
    revoked: bool


Issue = Callable[[Family], Mapping[str, object]]
"""Decides what a live family gets beside its successor, and returns what the fact says of it."""


class RefreshTokens(Protocol):
    async def start(self, tx: Tx, new: NewFamily, cause: Cause) -> tuple[Family, str]:
        """Start a family and return it with its first token.

        Raises SessionOver (code session_ended) where `new.session` is not live any more.
        """
        ...

    async def find(self, reader: Reader, presented: str) -> Family | None:
        """Return the live family of a token whose MAC is right, current or not; change nothing."""
        ...

    async def find_current(self, reader: Reader, presented: str) -> Family | None:
        """Return the live family of a token that was not rotated yet; change nothing."""
        ...

    async def rotate(
        self,
        tx: Tx,
        presented: str,
        *,
        client: UUID,
        key_binding: str | None,
        cause: Cause,
        issue: Issue | None = None,
        rotates: bool = True,
    ) -> Rotated | Refused:
        """Redeem a token (RFC 6749 §6, RFC 9700 §4.14.2); one statement decides.

        Where it does not rotate, the same token is used again (FAPI 2.0 SP §5.3.2.1-9).

        A replay is returned, not raised: its revocation must be committed.  A token with a
        wrong MAC, or another client's, has no effect at all.  One fact tells of the exchange
        and of what `issue` decided; what that raises undoes the unit.
        """
        ...

    async def revoke(self, tx: Tx, family: FamilyId, cause: Cause, *, reason: str) -> bool: ...

    async def revoke_grant(self, tx: Tx, grant: UUID, cause: Cause, *, reason: str) -> int:
        """Revoke every family of a grant (consent withdrawn, code replayed)."""
        ...

    async def revoke_client(self, tx: Tx, client: UUID, cause: Cause, *, reason: str) -> int: ...

    async def list_of(self, reader: Reader, user: UserId) -> list[Family]: ...
