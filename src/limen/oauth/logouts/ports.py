"""What logouts need from their store."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from limen.kernel.uow import Reader, Tx
from limen.oauth.api import Client


class Participant(msgspec.Struct, frozen=True):
    """A client that learnt of a session; `backchannel_uri` as it was then."""

    session_id: UUID
    client_id: UUID
    user_id: UUID
    backchannel_uri: str | None
    frontchannel: bool
    noted_at: datetime
    ended_at: datetime | None


class ParticipantStore(Protocol):
    async def note(self, tx: Tx, client: Client, *, session: UUID, user: UUID) -> None: ...

    async def of_session(
        self, reader: Reader, session: UUID, *, after: UUID | None = None, limit: int
    ) -> list[Participant]:
        """Return them in the order of their clients' ids."""
        ...

    async def frontchannel(self, reader: Reader, session: UUID, limit: int) -> list[Participant]:
        """Return those that a browser is to ask."""
        ...

    async def end(self, tx: Tx, sessions: Sequence[UUID], reason: str) -> list[Participant]:
        """Note that the sessions ended; return who took part and was not told, once."""
        ...

    async def doubtful(self, reader: Reader, limit: int) -> list[UUID]:
        """Return sessions of which it is time to look whether they still live."""
        ...

    async def look_again(self, tx: Tx, session: UUID, at: datetime) -> None: ...
    async def purge(self, tx: Tx, older_than: timedelta) -> int:
        """Delete some that ended so long ago; return how many."""
        ...
