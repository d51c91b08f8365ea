"""Read an account that must be there."""

from limen.identity.api import User
from limen.identity.ports import UserStore
from limen.kernel.errors import NotFound
from limen.kernel.ids import UserId
from limen.kernel.uow import Reader


async def get_user(reader: Reader, user: UserId, *, users: UserStore) -> User:
    """Raises NotFound."""
    found = await users.find(reader, user)
    if found is None:
        raise NotFound(f"user {user}")
    return found
