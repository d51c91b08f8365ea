"""The roll of a session: each application that knows of it, and whether it knows of its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from limen.kernel.deliveries import Deliveries, Receipt
from limen.kernel.ids import SessionId
from limen.kernel.uow import Reader
from limen.oauth.api import Client
from limen.oauth.directory import Directory
from limen.oauth.logouts.model import KIND, Standing
from limen.oauth.logouts.ports import Participant, ParticipantStore
from limen.oauth.ports import GrantStore
from limen.sessions.api import Session, Sessions


@dataclass(frozen=True, slots=True)
class Entry:
    client: Client
    standing: Standing
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    sessions: Sessions
    participants: ParticipantStore
    deliveries: Deliveries
    grants: GrantStore
    directory: Directory

    async def of_session(
        self, reader: Reader, session: UUID, *, after: UUID | None = None, limit: int
    ) -> list[Entry]:
        """Return those with an address for logouts, in the order of their ids."""
        noted = await self.participants.of_session(reader, session, after=after, limit=limit)
        receipts = await self.deliveries.of_subject(reader, KIND, session)
        latest = {receipt.receiver: receipt for receipt in receipts}
        found: list[Entry] = []
        for one in noted:
            record = await self.directory.client_by_id(reader, one.client_id)
            if record is not None:
                receipt = latest.get(one.client_id)
                found.append(Entry(record.client, standing_of(one, receipt), receipt))
        return found

    async def others(
        self, reader: Reader, session: UUID, user: UUID, known: Sequence[UUID]
    ) -> list[Entry]:
        """Return applications that the person used meanwhile, and that have no such address."""
        found = await self.sessions.find(reader, SessionId(session))
        if found is None:
            return []
        standing: Standing = "not_told" if found.ended_at else "signed_in"
        entries: list[Entry] = []
        for client in await self._used(reader, user, found):
            record = None if client in known else await self.directory.client_by_id(reader, client)
            if record is not None:
                entries.append(Entry(record.client, standing))
        return entries

    async def _used(self, reader: Reader, user: UUID, session: Session) -> list[UUID]:
        grants = await self.grants.list_of(reader, user)
        return [g.client_id for g in grants if _during(session, g.used_at)]


def _during(session: Session, at: datetime | None) -> bool:
    if at is None or at < session.started_at:
        return False
    return session.ended_at is None or at <= session.ended_at


def standing_of(participant: Participant, receipt: Receipt | None) -> Standing:
    """Say what a client knows; the back channel, which answers, counts more than the front."""
    if receipt is not None:
        return receipt.status
    if participant.ended_at is None:
        return "signed_in"
    return "asked" if participant.frontchannel else "not_told"
