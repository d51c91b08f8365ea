"""Sessions that nobody ended: they expire, and applications are told; old rows leave."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from limen.kernel.ids import SessionId
from limen.kernel.uow import Database, Store, Tx
from limen.oauth.logouts.ports import ParticipantStore
from limen.oauth.logouts.settings import LogoutSettings
from limen.oauth.logouts.told import SessionsTold
from limen.sessions.api import Session, Sessions
from limen.tenancy.api import Tenants

_CHUNK: Final = 100
_AFTER: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    database: Database
    tenants: Tenants
    sessions: Sessions
    participants: ParticipantStore
    told: SessionsTold
    settings: LogoutSettings

    async def run(self) -> None:
        """Look after the sessions of all tenants that may have expired meanwhile."""
        for tenant in await self.tenants.ids():
            store = self.database.tenant(tenant)
            while found := await self.participants.doubtful(store, _CHUNK):
                for session in found:
                    await self._look(store, session)

    async def forget(self) -> None:
        async def chunk(tx: Tx) -> int:
            return await self.participants.purge(tx, self.settings.retention)

        for tenant in await self.tenants.ids():
            while await self.database.tenant(tenant).transact(chunk):
                pass

    async def _look(self, store: Store, session: UUID) -> None:
        async def work(tx: Tx) -> None:
            found = await self.sessions.find(tx, SessionId(session))
            ends_at = _end_of(found)
            if ends_at is not None and ends_at > await tx.now():
                await self.participants.look_again(tx, session, ends_at + _AFTER)
            elif self.settings.told_on_expiry or _was_ended(found):
                await self.told.tell(tx, [session], reason="session_expired")
            else:
                await self.participants.end(tx, [session], "session_expired")

        await store.transact(work)


def _end_of(session: Session | None) -> datetime | None:
    """Return when a session ends by itself, None for one that has ended already."""
    if session is None or session.ended_at is not None:
        return None
    return min(session.idle_expires_at, session.expires_at)


def _was_ended(session: Session | None) -> bool:
    return session is not None and session.ended_at is not None
