"""Refresh-token families and their sessions, in memory."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from tests.fakes.clock import FrozenClock

from limen.kernel.ids import UserId
from limen.sessions.api import NewFamily, Session
from limen.sessions.model import FamilyState, RefreshToken
from limen.sessions.ports import Lifetime, Revoked

_FAR = datetime(9999, 1, 1, tzinfo=UTC)


class MemorySessions:
    """The part of `ports.SessionRows` that families need."""

    def __init__(self, clock: FrozenClock) -> None:
        self._clock = clock
        self.rows: dict[UUID, Session] = {}
        self.touched = 0

    def put(self, session: Session) -> None:
        self.rows[session.id] = session

    def live(self, session: UUID | None) -> Session | None:
        found = self.rows.get(session) if session else None
        now = self._clock.now()
        if found is None or found.ended_at or now >= min(found.expires_at, found.idle_expires_at):
            return None
        return found

    async def hold(self, tx: Any, session: UUID) -> Session | None:
        return self.live(session)

    async def touch(self, tx: Any, session: UUID, every: timedelta) -> None:
        now, row = self._clock.now(), self.rows[session]
        idle = row.idle_expires_at - row.last_active_at
        expires = min(now + idle, row.expires_at)
        self.rows[session] = replace(row, last_active_at=now, idle_expires_at=expires)
        self.touched += 1

    def end(self, session: UUID) -> None:
        self.rows[session] = replace(self.rows[session], ended_at=self._clock.now())


class MemoryFamilies:
    """`ports.FamilyRows`; like the store, each method is one indivisible step."""

    def __init__(self, clock: FrozenClock, sessions: MemorySessions) -> None:
        self._clock, self._sessions = clock, sessions
        self.rows: dict[UUID, FamilyState] = {}
        self._idle: dict[UUID, timedelta] = {}

    def _state(self, row: FamilyState) -> FamilyState:
        session = self._sessions.live(row.session_id)
        active = session.last_active_at if session else None
        return msgspec.structs.replace(row, session_active_at=active, now=self._clock.now())

    async def find(self, reader: Any, family: UUID) -> FamilyState | None:
        row = self.rows.get(family)
        return None if row is None else self._state(row)

    async def add(
        self, tx: Any, first: RefreshToken, new: NewFamily, lifetime: Lifetime
    ) -> FamilyState:
        now = self._clock.now()
        expires = min(now + lifetime.absolute, lifetime.cap or _FAR)
        self._idle[first.family] = lifetime.idle
        self.rows[first.family] = FamilyState(
            first.family, new.user, new.client, new.session, new.grant, " ".join(new.scope),
            " ".join(new.resources), new.offline, new.confidential, new.key_binding,
            first.generation, first.digest, None, now, None, now, expires,
            min(now + lifetime.idle, expires), new.authenticated_at, new.acr, " ".join(new.amr),
            new.nonce, " ".join(new.claims), list(new.authorization_details) or None, None, None,
            now,
        )  # fmt: skip
        return self._state(self.rows[first.family])

    async def renew(
        self, tx: Any, current: RefreshToken, *, client: UUID, key_binding: str | None
    ) -> FamilyState | None:
        state = await self._current(tx, current, client, key_binding)
        if state is None:
            return None
        now = self._clock.now()
        idle = min(now + self._idle[state.id], state.expires_at)
        self.rows[state.id] = msgspec.structs.replace(
            state, used_at=now, idle_expires_at=idle, previous_hash=None
        )
        return self._state(self.rows[state.id])

    async def _current(
        self, tx: Any, current: RefreshToken, client: UUID, key_binding: str | None
    ) -> FamilyState | None:
        state = await self.find(tx, current.family)
        if (
            state is None
            or state.over is not None
            or state.generation != current.generation
            or state.secret_hash != current.digest
            or state.client_id != client
            or state.key_binding != key_binding
        ):
            return None
        return state

    async def rotate(
        self, tx: Any, current: RefreshToken, successor: RefreshToken, *, client: UUID,
        key_binding: str | None,
    ) -> FamilyState | None:  # fmt: skip
        state = await self._current(tx, current, client, key_binding)
        if state is None:
            return None
        now = self._clock.now()
        row = msgspec.structs.replace(
            state,
            generation=state.generation + 1,
            previous_hash=state.secret_hash,
            secret_hash=successor.digest,
            rotated_at=now,
            used_at=now,
            idle_expires_at=min(now + self._idle[state.id], state.expires_at),
        )
        self.rows[state.id] = row
        return self._state(row)

    async def revoke(self, tx: Any, family: UUID, reason: str) -> list[Revoked]:
        row = self.rows[family]
        if row.revoked_at is not None:
            return []
        self.rows[family] = msgspec.structs.replace(row, revoked_at=self._clock.now())
        return [Revoked(row.id, UserId(row.user_id), row.client_id)]
