"""A session ends: who took part in it is told, by deliveries in the same unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from limen.kernel.deliveries import Deliveries, Delivery
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.oauth.logouts.model import KIND, Told
from limen.oauth.logouts.ports import ParticipantStore
from limen.sessions.api import Session


@dataclass(frozen=True, slots=True)
class SessionsTold:
    """`sessions.api.SessionEnding`: one statement finds them, a few queue what they are told."""

    participants: ParticipantStore
    deliveries: Deliveries

    async def ended(
        self,
        tx: Tx,
        sessions: Sequence[Session],
        cause: Cause,  # noqa: ARG002 - the port's signature
        *,
        reason: str,
    ) -> None:
        await self.tell(tx, [session.id for session in sessions], reason=reason)

    async def tell(self, tx: Tx, sessions: Sequence[UUID], *, reason: str) -> int:
        """Tell those who were not told yet; return how many there are."""
        found = await self.participants.end(tx, sessions, reason)
        posts = [
            Delivery(
                kind=KIND,
                url=one.backchannel_uri,
                payload=Told(one.client_id, one.session_id, one.user_id),
                subject=one.session_id,
                receiver=one.client_id,
            )
            for one in found
            if one.backchannel_uri is not None
        ]
        await self.deliveries.enqueue_all(tx, posts)
        return len(posts)
