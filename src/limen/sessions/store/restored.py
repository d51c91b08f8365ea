"""What sessions let go of in a restored copy: nobody is signed in, no refresh token lives."""

import sqlalchemy as sa

from limen.kernel.uow import Tx
from limen.platform.db import Query, mine, store_now
from limen.sessions.store.tables import sessions, token_families

REASON = "store_restored"


class SessionEffects:
    """A token rotated since the copy was made would look like a replay; so all of them end."""

    async def after_restore(self, tx: Tx) -> None:
        await tx.run(_END_SESSIONS)
        await tx.run(_REVOKE_FAMILIES)


_END_SESSIONS = Query(
    sa.update(sessions)
    .where(mine(sessions), sessions.c.ended_at.is_(None))
    .values(ended_at=store_now(), end_reason=REASON)
)
_REVOKE_FAMILIES = Query(
    sa.update(token_families)
    .where(mine(token_families), token_families.c.revoked_at.is_(None))
    .values(revoked_at=store_now(), reason=REASON)
)
