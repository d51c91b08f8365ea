"""Mark an address proven."""

from limen.identity.api import EMAIL_VERIFIED, USER_ACTIVATED, Email, User
from limen.identity.model.addresses import find_address
from limen.identity.ports import UserStore
from limen.kernel.events import Recorder
from limen.kernel.ids import EmailId, UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Tx


async def verify_email(
    tx: Tx, user: UserId, raw: str, cause: Cause, *, users: UserStore, recorder: Recorder
) -> bool:
    """Mark the account's address verified and activate a pending account.

    False, having changed nothing, if the account does not have the address (any more).
    """
    account, address = await users.find(tx, user), find_address(raw)
    if account is None or address is None:
        return False
    folded = address.folded
    email = next((e.id for e in account.emails if _folded(e) == folded), None)
    if email is None:
        return False
    return await verify(tx, account, email, cause, users=users, recorder=recorder)


async def verify(
    tx: Tx, account: User, email: EmailId, cause: Cause, *, users: UserStore, recorder: Recorder
) -> bool:
    """Mark one of the account's addresses verified, as `verify_email` does."""
    found = next((each for each in account.emails if each.id == email), None)
    if found is None:
        return False
    target = ("user", account.id)
    if await users.verify_email(tx, email):
        await users.touch(tx, account.id)
        data, personal = {"email_id": email}, {"address": found.address}
        fact = EMAIL_VERIFIED(target, data=data, person=account.id, personal=personal)
        await recorder.record(tx, fact, cause)
    if await users.move(tx, account.id, "pending", "active", reason=None):
        data = {"from": "pending"}
        await recorder.record(tx, USER_ACTIVATED(target, data=data, person=account.id), cause)
    return True


def _folded(email: Email) -> str | None:
    address = find_address(email.address)
    return address and address.folded
