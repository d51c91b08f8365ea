"""Confirm one side of a change of address; the last side carries it out."""

from typing import Literal

from limen.authentication.errors import LinkUnusable
from limen.authentication.model import EMAIL_CHANGE, ChangePayload
from limen.authentication.ports import AddressChange, Ports
from limen.authentication.usecases.replace_password import withdraw_all
from limen.identity.api import User
from limen.kernel.errors import Conflict
from limen.kernel.ids import UserId
from limen.kernel.mail import Mail
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx

Outcome = Literal["waiting", "changed"]


async def confirm_email_change(
    store: Store, tenant: Tenant, *, secret: str, cause: Cause, ports: Ports
) -> Outcome:
    """Use one side's link.  With the last one the new address is the primary one.

    The old address leaves the account, every pending link stops working, both addresses are
    told (R082).  Raises LinkUnusable, having changed nothing.
    """
    link = await ports.one_time.find(store, EMAIL_CHANGE, secret, ChangePayload)
    user = link and await ports.users.find(store, UserId(link.payload.user))
    if link is None or user is None or user.status not in {"active", "pending"}:
        raise LinkUnusable("no such link of a change of address")

    notices = _notices(tenant, user, link.payload, ports)

    async def work(tx: Tx) -> Outcome:
        used = await ports.one_time.consume(tx, EMAIL_CHANGE, secret, ChangePayload)
        if used is None or used.consumed_at is not None:
            raise LinkUnusable("the link was used meanwhile")
        new_side = used.payload.side == "new"
        change = await ports.changes.confirm(tx, used.payload.change, new_side=new_side)
        if change is None:
            raise LinkUnusable("another change took its place")
        if not change.is_agreed:
            return "waiting"
        await _carry_out(tx, user.id, change, cause=cause, ports=ports)
        for mail in notices:
            await ports.mailer.queue(tx, mail)
        return "changed"

    try:
        return await store.transact(work)
    except Conflict as error:  # somebody proved the address meanwhile
        raise LinkUnusable(str(error)) from error


async def _carry_out(
    tx: Tx, user: UserId, change: AddressChange, *, cause: Cause, ports: Ports
) -> None:
    account = await ports.users.get(tx, user)
    was = account.primary_email
    folded = ports.users.fold(change.address)
    own = next((e for e in account.emails if ports.users.fold(e.address) == folded), None)
    if own is None:
        own = await ports.users.add_email(tx, user, change.address, cause, verified=True)
    elif not await ports.users.verify_email(tx, user, change.address, cause):
        raise LinkUnusable("the account does not have the address any more")
    await ports.users.make_primary(tx, user, own.id, cause)
    if was is not None and was.id != own.id:
        await ports.users.remove_email(tx, user, was.id, cause)
    await withdraw_all(tx, user, ports=ports)


def _notices(tenant: Tenant, user: User, change: ChangePayload, ports: Ports) -> list[Mail]:
    if not ports.mailer.ready():
        return []
    recipients = (
        [change.address]
        if change.old_address is None
        else [
            change.address,
            change.old_address,
        ]
    )
    return [
        ports.mailer.compose(
            tenant,
            "address_changed",
            to=to,
            locale=user.profile.locale,
            name=user.display_name,
            address=change.address,
        )
        for to in recipients
    ]
