"""Set a password without knowing an old one: the local command line and the set-up page."""

from limen.authentication.model import names_of
from limen.authentication.ports import Ports
from limen.authentication.usecases.replace_password import compose_notice, settle
from limen.kernel.ids import UserId
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx


async def set_password(
    store: Store, tenant: Tenant, *, user: UserId, password: str, cause: Cause, ports: Ports
) -> None:
    """Set it and end every session of the person.  No face of the network offers this (R076).

    A first password is no news to anybody; a replaced one is told by mail.
    Raises NotFound, Invalid, Unavailable.
    """
    account = await ports.users.get(store, user)
    await ports.rules.check(tenant, password, names_of(account))
    hashed = await ports.hasher.hash(store, password)
    was = await ports.passwords.find(store, user)
    notice = compose_notice(tenant, account, ports=ports) if was else None

    async def work(tx: Tx) -> None:
        await ports.passwords.put(tx, user, hashed)
        await settle(tx, account, cause, how="password_set", notice=notice, ports=ports)

    await store.transact(work)
