"""Create an account."""

from limen.identity.api import EMAIL_ADDED, USER_CREATED, NewUser, User
from limen.identity.errors import wrong_field
from limen.identity.model.addresses import parse_address
from limen.identity.model.profiles import check_profile
from limen.identity.model.status import INITIAL
from limen.identity.model.usernames import parse_username
from limen.identity.ports import UserStore
from limen.identity.usecases.add_email import check_free, take_over
from limen.identity.usecases.read_user import get_user
from limen.kernel.events import Recorder
from limen.kernel.ids import EmailId, UserId, new_id
from limen.kernel.request import Cause
from limen.kernel.uow import Tx


async def create_user(
    tx: Tx, new: NewUser, cause: Cause, *, users: UserStore, recorder: Recorder
) -> User:
    """Create the account and its primary address.

    Raises Invalid for a wrong field, UniqueConflict for a taken address or username.
    """
    address = None if new.email is None else parse_address(new.email)
    username = None if new.username is None else parse_username(new.username)
    if address is None and username is None:
        raise wrong_field("email", "identifier_missing", "Give an e-mail address or a username.")
    if new.status not in INITIAL:
        raise wrong_field("status", "status_initial", "A new account is pending or active.")
    user = UserId(new_id())
    if address is not None and new.email_verified:
        await take_over(tx, address, cause, users=users, recorder=recorder)
    elif address is not None:
        await check_free(tx, address, users=users)
    await users.add(tx, user, username, status=new.status, profile=check_profile(new.profile))
    personal = {"email": address and address.text, "username": username and username.text}
    data = {"status": new.status}
    fact = USER_CREATED(("user", user), data=data, person=user, personal=personal)
    await recorder.record(tx, fact, cause)
    if address is not None:
        email = EmailId(new_id())
        await users.add_email(tx, user, email, address, verified=new.email_verified, primary=True)
        data = {"email_id": email, "verified": new.email_verified, "primary": True}
        personal = {"address": address.text}
        fact = EMAIL_ADDED(("user", user), data=data, person=user, personal=personal)
        await recorder.record(tx, fact, cause)
    return await get_user(tx, user, users=users)
