"""Bring a password along from another system, as its hash."""

from limen.authentication.api import PASSWORD_SET
from limen.authentication.errors import PasswordPresent
from limen.authentication.ports import Ports
from limen.kernel.errors import FieldError, Invalid
from limen.kernel.ids import UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Store, Tx


async def import_password(
    store: Store, *, user: UserId, hashed: str, cause: Cause, ports: Ports
) -> None:
    """Keep `hashed` as the first password of an account; no face of the network offers this.

    Its rules were another system's: it is hashed anew at the first sign-in (R072).
    Raises NotFound, Invalid for a hash we cannot or would not verify, PasswordPresent.
    """
    if not ports.hasher.accepts(hashed):
        message = "An Argon2 (PHC) or bcrypt hash of a bearable cost."
        raise Invalid(FieldError("hash", "hash_unusable", message))

    async def work(tx: Tx) -> None:
        await ports.users.get(tx, user)
        if await ports.passwords.find(tx, user) is not None:
            raise PasswordPresent(f"user {user}")
        await ports.passwords.put(tx, user, hashed)
        fact = PASSWORD_SET(("user", user), data={"how": "imported"}, person=user)
        await ports.recorder.record(tx, fact, cause)

    await store.transact(work)
