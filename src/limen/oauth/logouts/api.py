"""What the rest of oauth may use of logouts."""

from typing import Protocol
from uuid import UUID

from limen.kernel.events import EventType
from limen.kernel.uow import Tx
from limen.oauth.api import Client

LOGOUT_DELIVERED = EventType(
    "logout.delivered", "An application took note that a session ended (back-channel logout)."
)
LOGOUT_FAILED = EventType(
    "logout.failed", "An application could not be told that a session ended; nobody tries again."
)


class Participants(Protocol):
    async def note(self, tx: Tx, client: Client, *, session: UUID, user: UUID) -> None:
        """Remember that a client learnt of a session, if it wants to hear of its end.

        Called in the unit that decides on its tokens.
        """
        ...
