"""Ask to change the address of one's account."""

from dataclasses import dataclass

from limen.authentication.api import EMAIL_CHANGE_REQUESTED
from limen.authentication.model import EMAIL_CHANGE, ChangePayload, Side, email_change_link
from limen.authentication.ports import Ports
from limen.authentication.usecases.send_link import in_words, require_mail
from limen.identity.api import EmailAddress, User
from limen.kernel.errors import FieldError, Invalid
from limen.kernel.ids import UserId, new_id
from limen.kernel.mail import Mail
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.platform.crypto import new_secret


@dataclass(frozen=True, slots=True)
class _Asked:
    """One side that is asked, by a link to its address."""

    side: Side
    secret: str
    mail: Mail


async def request_email_change(
    store: Store, tenant: Tenant, *, user: UserId, address: str, cause: Cause, ports: Ports
) -> None:
    """Mail links to the new and to the old address; nothing changes before they are used.

    An unverified old address is not asked.  A second request takes the place of the first.
    An address that somebody else has proven gets a mail about that, and the asker no other
    answer.  Raises Invalid, NotFound, MailUnavailable, TooMany.
    """
    require_mail(ports)
    wanted = ports.users.parse_email(address)
    await ports.attempts.admit(store, purpose="mail", account=wanted.folded, cause=cause)
    account = await ports.users.get(store, user)
    primary = account.primary_email
    if primary and ports.users.fold(primary.address) == wanted.folded:
        raise Invalid(FieldError("email", "email_same", "This is your address already."))
    if not await ports.attempts.may_mail(store, wanted.folded):
        return
    holder = await ports.users.find_by_email(store, wanted.text)
    if holder is not None and holder.id != user and holder.status != "pending":
        await _tell_holder(store, tenant, holder, wanted, ports=ports)
        return
    old = primary.address if primary and primary.verified_at else None
    await _ask(store, tenant, account, wanted, old=old, cause=cause, ports=ports)


async def _ask(
    store: Store,
    tenant: Tenant,
    user: User,
    wanted: EmailAddress,
    *,
    old: str | None,
    cause: Cause,
    ports: Ports,
) -> None:
    change = new_id()
    asked = [_asked(tenant, user, "new", wanted.text, wanted=wanted.text, ports=ports)]
    if old is not None:
        asked.append(_asked(tenant, user, "old", old, wanted=wanted.text, ports=ports))
    lifetime = ports.settings.email_change_lifetime

    async def work(tx: Tx) -> None:
        await ports.one_time.withdraw(tx, user.id, EMAIL_CHANGE)
        await ports.changes.start(tx, change, user.id, address=wanted.text, old_address=old)
        for each in asked:
            payload = ChangePayload(user.id, change, each.side, wanted.text, old)
            await ports.one_time.issue(
                tx, EMAIL_CHANGE, payload, lifetime=lifetime, secret=each.secret, subject=user.id
            )
            await ports.mailer.queue(tx, each.mail)
        personal = {"address": wanted.text}
        fact = EMAIL_CHANGE_REQUESTED(("user", user.id), person=user.id, personal=personal)
        await ports.recorder.record(tx, fact, cause)

    await store.transact(work)


def _asked(tenant: Tenant, user: User, side: Side, to: str, *, wanted: str, ports: Ports) -> _Asked:
    secret = new_secret()
    mail = ports.mailer.compose(
        tenant,
        f"address_change_{side}",
        to=to,
        locale=user.profile.locale,
        name=user.display_name,
        address=wanted,
        link=email_change_link(tenant, secret),
        lifetime=in_words(ports.settings.email_change_lifetime),
    )
    return _Asked(side, secret, mail)


async def _tell_holder(
    store: Store, tenant: Tenant, holder: User, wanted: EmailAddress, *, ports: Ports
) -> None:
    own = next(e for e in holder.emails if ports.users.fold(e.address) == wanted.folded)
    mail = ports.mailer.compose(
        tenant,
        "already_registered",
        to=own.address,
        locale=holder.profile.locale,
        name=holder.display_name,
        link=f"{tenant.issuer}/signin",
        reset=f"{tenant.issuer}/recover",
    )
    await store.transact(lambda tx: ports.mailer.queue(tx, mail))
