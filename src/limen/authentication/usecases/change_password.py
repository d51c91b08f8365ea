"""Change one's own password, knowing the old one (R071)."""

from limen.authentication.errors import NoPassword, WrongCredentials
from limen.authentication.model import names_of
from limen.authentication.ports import Ports
from limen.authentication.usecases.prove_password import Claim, prove_password, succeed
from limen.authentication.usecases.replace_password import compose_notice, settle
from limen.identity.api import User
from limen.kernel.ids import SessionId, UserId
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx


async def change_password(
    store: Store,
    tenant: Tenant,
    *,
    user: UserId,
    current: str,
    new: str,
    session: SessionId | None,
    cause: Cause,
    ports: Ports,
) -> None:
    """Replace the password, end every session but `session`, withdraw links, notify.

    Guesses of the current password count as sign-ins do (R074).
    Raises WrongCredentials, NoPassword, Invalid, TooMany, Unavailable.
    """
    account = await ports.users.get(store, user)
    if await ports.passwords.find(store, user) is None:
        raise NoPassword(f"user {user}")
    claim = Claim(_account_of(account, ports), account)
    stored, _ = await prove_password(store, tenant, claim, current, cause=cause, ports=ports)
    await succeed(store, claim, cause=cause, ports=ports)
    await ports.rules.check(tenant, new, names_of(account))
    hashed = await ports.hasher.hash(store, new)
    notice = compose_notice(tenant, account, ports=ports)

    async def work(tx: Tx) -> None:
        if not await ports.passwords.change(tx, user, stored.version, hashed):
            raise WrongCredentials("the password changed meanwhile")
        await settle(
            tx, account, cause, how="password_changed", notice=notice, keep=session, ports=ports
        )

    await store.transact(work)


def _account_of(user: User, ports: Ports) -> str:
    email = user.primary_email
    return ports.users.fold(email.address if email else user.username or str(user.id))
