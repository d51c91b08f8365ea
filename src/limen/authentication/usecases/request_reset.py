"""Ask for a link that sets a new password."""

from limen.authentication.api import RESET_REQUESTED
from limen.authentication.model import RESET, ResetPayload, address_for_reset, reset_link
from limen.authentication.pacing import paced
from limen.authentication.ports import Ports
from limen.authentication.usecases.send_link import Recipient, in_words, keep_decoy, require_mail
from limen.identity.api import Email, User
from limen.kernel.mail import Mail
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.platform.crypto import new_secret


async def request_reset(
    store: Store, tenant: Tenant, *, email: str, cause: Cause, ports: Ports
) -> None:
    """Mail a link to the stored address, if there is one: same answer, same work (R078).

    Nothing about the account changes before the link is used (R079).  Its older links of
    this kind stop working.  More than a few an hour are silently not sent (R083).
    Raises Invalid, MailUnavailable, TooMany.
    """
    require_mail(ports)
    address = ports.users.parse_email(email)
    await ports.attempts.admit(store, purpose="mail", account=address.folded, cause=cause)
    async with paced(ports.settings.answer_floor):
        if not await ports.attempts.may_mail(store, address.folded):
            return
        user = await ports.users.find_by_email(store, address.text)
        folds = [ports.users.fold(own.address) for own in user.emails] if user else []
        to = address_for_reset(user, address.folded, folds)
        if user is None or to is None:
            await _nothing(store, tenant, address.text, user, cause=cause, ports=ports)
        else:
            await _send(store, tenant, user, to, cause=cause, ports=ports)


async def _send(
    store: Store, tenant: Tenant, user: User, to: Email, *, cause: Cause, ports: Ports
) -> None:
    secret = new_secret()
    recipient = Recipient(to.address, user.display_name, user.profile.locale)
    mail = _compose(tenant, recipient, secret, ports=ports)

    async def work(tx: Tx) -> None:
        await ports.one_time.withdraw(tx, user.id, RESET)
        payload = ResetPayload(user.id, to.address)
        lifetime = ports.settings.reset_lifetime
        await ports.one_time.issue(
            tx, RESET, payload, lifetime=lifetime, secret=secret, subject=user.id
        )
        fact = RESET_REQUESTED(("user", user.id), person=user.id)
        await ports.recorder.record(tx, fact, cause)
        await ports.mailer.queue(tx, mail)

    await store.transact(work)


async def _nothing(
    store: Store, tenant: Tenant, address: str, user: User | None, *, cause: Cause, ports: Ports
) -> None:
    """Work as for a known address, and leave nothing that anybody could use."""
    secret, lifetime = new_secret(), ports.settings.reset_lifetime
    _compose(tenant, Recipient(address, address), secret, ports=ports)

    async def work(tx: Tx) -> None:
        await keep_decoy(tx, secret, lifetime, ports=ports)
        reason = "unknown_user" if user is None else "address_unproven"
        if user is not None and user.status not in {"active", "pending"}:
            reason = f"user_{user.status}"
        target = None if user is None else ("user", user.id)
        fact = RESET_REQUESTED(target, person=user and user.id, reason=reason)
        await ports.recorder.record(tx, fact, cause)

    await store.transact(work)


def _compose(tenant: Tenant, to: Recipient, secret: str, *, ports: Ports) -> Mail:
    return ports.mailer.compose(
        tenant,
        "reset_password",
        to=to.address,
        locale=to.locale,
        name=to.name,
        link=reset_link(tenant, secret),
        lifetime=in_words(ports.settings.reset_lifetime),
    )
