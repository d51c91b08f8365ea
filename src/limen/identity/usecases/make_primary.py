"""Choose the address that we write to."""

from limen.identity.api import EMAIL_CHANGED
from limen.identity.errors import AddressUnverified
from limen.identity.ports import UserStore
from limen.identity.usecases.read_user import get_user
from limen.kernel.errors import NotFound
from limen.kernel.events import Recorder
from limen.kernel.ids import EmailId, UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Tx


async def make_primary(
    tx: Tx, user: UserId, email: EmailId, cause: Cause, *, users: UserStore, recorder: Recorder
) -> None:
    """Raises NotFound; AddressUnverified for one whose owner was not proven."""
    await users.touch(tx, user)  # locks the account: two choices take turns
    account = await get_user(tx, user, users=users)
    found = next((each for each in account.emails if each.id == email), None)
    if found is None:
        raise NotFound(f"email {email} of user {user}")
    if found.verified_at is None:
        raise AddressUnverified(f"email {email}")
    if found.is_primary:
        return
    was = account.primary_email
    await users.make_primary(tx, user, email)
    personal = {"from": was and was.address, "to": found.address}
    data = {"email_id": email}
    fact = EMAIL_CHANGED(("user", user), data=data, person=user, personal=personal)
    await recorder.record(tx, fact, cause)
