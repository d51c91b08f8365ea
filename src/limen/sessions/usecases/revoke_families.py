"""Revoke every family of a client that may no longer act."""

from uuid import UUID

from limen.kernel.events import Recorder
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.sessions.api import FAMILY_REVOKED
from limen.sessions.ports import FamilyRows


async def revoke_families_of_client(
    tx: Tx, client: UUID, cause: Cause, *, reason: str, families: FamilyRows, recorder: Recorder
) -> int:
    """Return how many were revoked; one fact tells of them all, for they may be a million."""
    count = await families.revoke_client(tx, client, reason)
    if count:
        data = {"reason": reason, "families": count}
        await recorder.record(tx, FAMILY_REVOKED(("client", client), data=data), cause)
    return count
