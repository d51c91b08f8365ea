"""Set a new password by a mailed link."""

from limen.authentication.api import RESET_COMPLETED
from limen.authentication.errors import LinkUnusable
from limen.authentication.model import RESET, ResetPayload, names_of
from limen.authentication.ports import Ports
from limen.authentication.usecases.replace_password import compose_notice, settle
from limen.identity.api import User
from limen.kernel.ids import UserId
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader, Store, Tx


async def check_reset(reader: Reader, secret: str, *, ports: Ports) -> User:
    """Return whose password the link would set.  Raises LinkUnusable; uses nothing."""
    link = await ports.one_time.find(reader, RESET, secret, ResetPayload)
    user = link and await ports.users.find(reader, UserId(link.payload.user))
    if user is None or user.status not in {"active", "pending"}:
        raise LinkUnusable("no such reset link")
    return user


async def complete_reset(
    store: Store, tenant: Tenant, *, secret: str, password: str, cause: Cause, ports: Ports
) -> None:
    """Set the password, end every session and family, tell the owner (R080).

    It signs nobody in.  The mailbox is proven by it: a pending account becomes active, and
    the failures against the old password are forgotten.
    Raises LinkUnusable, Invalid (the link still works), TooMany, Unavailable.
    """
    await ports.attempts.admit(store, purpose="reset", account="", cause=cause)
    user = await check_reset(store, secret, ports=ports)
    await ports.rules.check(tenant, password, names_of(user))
    hashed = await ports.hasher.hash(store, password)
    notice = compose_notice(tenant, user, ports=ports)

    async def work(tx: Tx) -> None:
        used = await ports.one_time.consume(tx, RESET, secret, ResetPayload)
        if used is None or used.consumed_at is not None:
            raise LinkUnusable("the reset link was used meanwhile")
        if not await ports.users.verify_email(tx, user.id, used.payload.address, cause):
            raise LinkUnusable("the account does not have the address any more")
        now = await ports.users.get(tx, user.id)
        if now.status != "active":
            raise LinkUnusable(f"the account became {now.status} meanwhile")
        await ports.passwords.put(tx, user.id, hashed)
        fact = RESET_COMPLETED(("user", user.id), person=user.id)
        await ports.recorder.record(tx, fact, cause)
        await settle(tx, now, cause, how="password_reset", notice=notice, ports=ports)

    await store.transact(work)
    await ports.attempts.succeeded(store, purpose="reset", account="", cause=cause)
