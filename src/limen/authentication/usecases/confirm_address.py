"""Confirm an address by its link."""

from limen.authentication.api import Confirmed
from limen.authentication.errors import LinkUnusable, ProofNeeded
from limen.authentication.model import CONFIRM, ConfirmPayload, is_bound_to
from limen.authentication.ports import Ports
from limen.authentication.usecases.prove_password import Claim, prove_password, succeed
from limen.kernel.ids import UserId
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.platform.crypto import digest_of


async def confirm_address(
    store: Store,
    tenant: Tenant,
    *,
    secret: str,
    browser_binding: str | None,
    password: str | None,
    cause: Cause,
    ports: Ports,
) -> Confirmed:
    """Mark the address proven, activate the account, and use the link up.

    In the browser that signed up the link is enough.  In another one the account's password
    is asked too: whoever signs up with somebody else's address gets a confirmed account
    only if the owner of the mailbox knows the password, that is, never.
    Raises LinkUnusable, ProofNeeded, WrongCredentials, TooMany.
    """
    link = await ports.one_time.find(store, CONFIRM, secret, ConfirmPayload)
    user = link and await ports.users.find(store, UserId(link.payload.user))
    if link is None or user is None or user.status not in {"pending", "active"}:
        raise LinkUnusable("no such confirmation link")
    digest = None if browser_binding is None else digest_of(browser_binding)
    if not is_bound_to(link.payload.binding, digest):
        claim = Claim(ports.users.fold(link.payload.address), user, purpose="confirm")
        await _prove(store, tenant, claim, password, cause=cause, ports=ports)

    async def work(tx: Tx) -> Confirmed:
        used = await ports.one_time.consume(tx, CONFIRM, secret, ConfirmPayload)
        if used is None or used.consumed_at is not None:
            raise LinkUnusable("the confirmation link was used meanwhile")
        if not await ports.users.verify_email(tx, user.id, used.payload.address, cause):
            raise LinkUnusable("the account does not have the address any more")
        await ports.one_time.withdraw(tx, user.id, CONFIRM)
        return Confirmed(await ports.users.get(tx, user.id), used.payload.continue_to)

    return await store.transact(work)


async def _prove(
    store: Store,
    tenant: Tenant,
    claim: Claim,
    password: str | None,
    *,
    cause: Cause,
    ports: Ports,
) -> None:
    """Ask for the password; an account without one has nobody's in it, and nothing is asked."""
    if await ports.passwords.find(store, claim.user and claim.user.id) is None:
        return
    if password is None:
        raise ProofNeeded("another browser than the one that signed up")
    await prove_password(store, tenant, claim, password, cause=cause, ports=ports)
    await succeed(store, claim, cause=cause, ports=ports)
