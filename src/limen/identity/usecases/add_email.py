"""Give an account one more address."""

from limen.identity.api import EMAIL_ADDED, EMAIL_REMOVED, USER_DELETED, Email, EmailAddress
from limen.identity.errors import TooManyAddresses
from limen.identity.model.addresses import parse_address
from limen.identity.ports import Hold, UserStore
from limen.identity.usecases.read_user import get_user
from limen.kernel.events import Recorder
from limen.kernel.ids import EmailId, UserId, new_id
from limen.kernel.request import Cause
from limen.kernel.uow import Tx, UniqueConflict

MAX_EMAILS = 20


async def add_email(
    tx: Tx,
    user: UserId,
    raw: str,
    cause: Cause,
    *,
    verified: bool,
    users: UserStore,
    recorder: Recorder,
) -> Email:
    """Add an address; the first one is the primary one.

    A verified one takes over what another account held without proof.
    Raises Invalid, UniqueConflict for a taken address, TooManyAddresses.
    """
    address = parse_address(raw)
    account = await get_user(tx, user, users=users)
    if len(account.emails) >= MAX_EMAILS:
        raise TooManyAddresses(f"user {user}")
    if verified:
        await take_over(tx, address, cause, users=users, recorder=recorder)
    else:
        await check_free(tx, address, users=users)
    email = EmailId(new_id())
    primary = not account.emails
    await users.add_email(tx, user, email, address, verified=verified, primary=primary)
    await users.touch(tx, user)
    data = {"email_id": email, "verified": verified, "primary": primary}
    personal = {"address": address.text}
    fact = EMAIL_ADDED(("user", user), data=data, person=user, personal=personal)
    await recorder.record(tx, fact, cause)
    return Email(email, address.text, await tx.now() if verified else None, primary)


async def check_free(tx: Tx, address: EmailAddress, *, users: UserStore) -> None:
    """Raise UniqueConflict if an account has the address, proven or not."""
    hold = await users.holder(tx, address.folded)
    if hold is not None:
        raise UniqueConflict(f"the address belongs to user {hold.user}")


async def take_over(
    tx: Tx, address: EmailAddress, cause: Cause, *, users: UserStore, recorder: Recorder
) -> None:
    """Free a proven address from whoever holds it without proof.

    An account that has no other identifier left and was never active goes with it.
    Raises UniqueConflict where the hold is a firm one.
    """
    hold = await users.holder(tx, address.folded)
    if hold is None:
        return
    if not hold.gives_way:
        raise UniqueConflict(f"the address belongs to user {hold.user}")
    await users.remove_email(tx, hold.email)
    data = {"email_id": hold.email, "reason": "proven_elsewhere"}
    fact = EMAIL_REMOVED(("user", hold.user), data=data, person=hold.user)
    await recorder.record(tx, fact, cause)
    await _clear_away(tx, hold, cause, users=users, recorder=recorder)


async def _clear_away(
    tx: Tx, hold: Hold, cause: Cause, *, users: UserStore, recorder: Recorder
) -> None:
    left = await get_user(tx, hold.user, users=users)
    if left.status != "pending" or left.emails or left.username is not None:
        await users.touch(tx, hold.user)
        return
    await users.move(tx, hold.user, "pending", "deleted", reason=None)
    data = {"from": "pending", "reason": "proven_elsewhere"}
    await recorder.record(tx, USER_DELETED(("user", hold.user), data=data, person=hold.user), cause)
