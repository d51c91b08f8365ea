"""Take an address from an account."""

from limen.identity.api import EMAIL_REMOVED
from limen.identity.errors import PrimaryAddress
from limen.identity.ports import UserStore
from limen.identity.usecases.read_user import get_user
from limen.kernel.errors import NotFound
from limen.kernel.events import Recorder
from limen.kernel.ids import EmailId, UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Tx


async def remove_email(
    tx: Tx, user: UserId, email: EmailId, cause: Cause, *, users: UserStore, recorder: Recorder
) -> None:
    """Raises NotFound; PrimaryAddress for the primary one."""
    await users.touch(tx, user)  # locks the account: nobody makes it primary meanwhile
    account = await get_user(tx, user, users=users)
    found = next((each for each in account.emails if each.id == email), None)
    if found is None:
        raise NotFound(f"email {email} of user {user}")
    if found.is_primary:
        raise PrimaryAddress(f"email {email}")
    if not await users.remove_email(tx, email):
        raise NotFound(f"email {email} was removed meanwhile")
    data, personal = {"email_id": email}, {"address": found.address}
    fact = EMAIL_REMOVED(("user", user), data=data, person=user, personal=personal)
    await recorder.record(tx, fact, cause)
