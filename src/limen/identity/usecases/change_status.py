"""Move an account along its life cycle."""

from limen.identity.api import (
    USER_ACTIVATED,
    USER_DEACTIVATED,
    USER_DELETED,
    USER_SUSPENDED,
    Status,
    User,
)
from limen.identity.model.status import check_move, takes_rights_away
from limen.identity.ports import AdministratorGuard, UserStore
from limen.identity.usecases.read_user import get_user
from limen.kernel.errors import Stale
from limen.kernel.events import EventType, Recorder
from limen.kernel.ids import UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Tx

_FACTS: dict[Status, EventType] = {
    "active": USER_ACTIVATED,
    "suspended": USER_SUSPENDED,
    "inactive": USER_DEACTIVATED,
    "deleted": USER_DELETED,
}


async def change_status(
    tx: Tx,
    user: UserId,
    to: Status,
    cause: Cause,
    *,
    reason: str | None = None,
    version: int | None = None,
    users: UserStore,
    administrators: AdministratorGuard,
    recorder: Recorder,
) -> User:
    """Return the account as it is now; a deleted one as it was, with its new status gone from us.

    Deleting keeps the row and frees username and addresses.
    Raises IllegalTransition, LastAdministrator, Stale, and Invalid without a needed reason.
    """
    was = await get_user(tx, user, users=users)
    if version is not None and version != was.version:
        raise Stale(f"user {user} is at {was.version}, not {version}")
    kept = check_move(was.status, to, reason)
    if takes_rights_away(to):
        await administrators.check_not_last_administrator(tx, user)
    if not await users.move(tx, user, was.status, to, reason=kept):
        raise Stale(f"user {user} left {was.status} meanwhile")
    if to == "deleted":
        await users.remove_emails(tx, user)
    data = {"from": was.status} if kept is None else {"from": was.status, "reason": kept}
    await recorder.record(tx, _FACTS[to](("user", user), data=data, person=user), cause)
    return was if to == "deleted" else await get_user(tx, user, users=users)
