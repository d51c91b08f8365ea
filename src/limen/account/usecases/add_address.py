"""Add an address to one's account: it joins once its mailbox has been used, never before.

So nobody holds an address that they did not prove, and nobody learns whose it is (R078).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import quote
from uuid import UUID

import msgspec

from limen.account.errors import AddressLinkUnusable
from limen.identity.api import EmailAddress, User, Users
from limen.kernel.errors import TooMany, Unavailable
from limen.kernel.ids import UserId
from limen.kernel.mail import Mail, Mailer
from limen.kernel.one_time import OneTime
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.platform.crypto import new_secret
from limen.platform.limits import Limit, Limiter

LIFETIME: Final = timedelta(minutes=30)
KIND: Final = "add_address"
_NO_MAIL = "This needs e-mail, and no mail server is configured here."
_HOUR = 3600.0
_BY_PERSON, _TO_ADDRESS = Limit(10, _HOUR), Limit(3, _HOUR)


class Wanted(msgspec.Struct, frozen=True):
    """Who wants to add which address."""

    user: UUID
    address: str


@dataclass(frozen=True, slots=True)
class Ports:
    users: Users
    one_time: OneTime
    mailer: Mailer
    limiter: Limiter


async def request_address(
    store: Store, tenant: Tenant, *, user: User, raw: str, ports: Ports
) -> None:
    """Mail a link to the address; a newer request takes the place of an older one.

    Another's address gets no mail, and the caller the same answer.
    Raises Invalid, TooMany, Unavailable.
    """
    if not ports.mailer.ready():
        raise Unavailable("mail is not configured", retry_after=3600, hint=_NO_MAIL)
    address = ports.users.parse_email(raw)
    _limit(tenant, user, address, ports.limiter)
    secret = new_secret()
    mail = ports.mailer.compose(
        tenant,
        "add_address",
        to=address.text,
        locale=user.profile.locale,
        name=user.display_name,
        address=address.text,
        link=f"{tenant.issuer}/account/emails/link?token={quote(secret, safe='')}",
    )
    holder = await ports.users.find_by_email(store, address.text)
    others = holder is not None and holder.id != user.id and holder.status != "pending"

    async def work(tx: Tx) -> None:
        await ports.one_time.withdraw(tx, user.id, KIND)
        payload = Wanted(user.id, address.text)
        await ports.one_time.issue(
            tx, KIND, payload, lifetime=LIFETIME, secret=secret, subject=user.id
        )
        if not others:
            await ports.mailer.queue(tx, mail)

    await store.transact(work)


async def find_wanted(store: Store, *, user: UserId, secret: str, ports: Ports) -> str:
    """Return which address the link adds.  Raises AddressLinkUnusable; uses nothing."""
    entry = await ports.one_time.find(store, KIND, secret, Wanted)
    if entry is None or entry.payload.user != user:
        raise AddressLinkUnusable("unknown, used, expired or of somebody else")
    return entry.payload.address


async def confirm_address(
    store: Store, *, user: User, secret: str, notices: list[Mail], cause: Cause, ports: Ports
) -> None:
    """Use the link: the address joins the account, verified; the others are told (R082).

    Raises AddressLinkUnusable, UniqueConflict, having changed nothing.
    """
    await find_wanted(store, user=user.id, secret=secret, ports=ports)

    async def work(tx: Tx) -> None:
        entry = await ports.one_time.consume(tx, KIND, secret, Wanted)
        if entry is None or entry.consumed_at is not None:
            raise AddressLinkUnusable("used meanwhile")
        address = entry.payload.address
        if not await ports.users.verify_email(tx, user.id, address, cause):
            await ports.users.add_email(tx, user.id, address, cause, verified=True)
        for mail in notices:
            await ports.mailer.queue(tx, mail)

    await store.transact(work)


def _limit(tenant: Tenant, user: User, address: EmailAddress, limiter: Limiter) -> None:
    """Nobody's mailbox is filled by us."""
    wait = max(
        limiter.take(f"add_address:{tenant.id}:{user.id}", _BY_PERSON),
        limiter.take(f"add_address:{tenant.id}:{address.folded}", _TO_ADDRESS),
    )
    if wait:
        raise TooMany("mails to confirm an address", retry_after=int(wait) + 1)
