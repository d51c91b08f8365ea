"""Notice that a session is used."""

from datetime import datetime

from limen.kernel.uow import Store, Tx
from limen.sessions.api import Session
from limen.sessions.model import TOUCH_EVERY, is_due
from limen.sessions.ports import SessionRows


async def touch_session(
    store: Store, session: Session, *, rows: SessionRows, now: datetime
) -> None:
    """Move the idle limit, at most once a minute for a session; `now` need not be exact."""
    if not is_due(session.last_active_at, now):
        return

    async def work(tx: Tx) -> None:
        await rows.touch(tx, session.id, TOUCH_EVERY)

    await store.transact(work)
