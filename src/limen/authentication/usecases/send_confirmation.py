"""Send the link that confirms an address once more."""

from limen.authentication.model import ConfirmPayload, own_path
from limen.authentication.pacing import paced
from limen.authentication.ports import Ports
from limen.authentication.usecases.send_link import (
    Recipient,
    compose_confirmation,
    keep_confirmation,
    keep_decoy,
    require_mail,
)
from limen.identity.api import Email, User
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.platform.crypto import new_secret


async def send_confirmation(
    store: Store,
    tenant: Tenant,
    *,
    email: str,
    continue_to: str | None,
    cause: Cause,
    ports: Ports,
) -> None:
    """Mail a new link for a pending account's address, or nothing: the caller cannot tell.

    The link is bound to the browser that signed up, never to the one that asks again:
    otherwise whoever owns the mailbox would confirm a password that a stranger chose.
    Raises Invalid, MailUnavailable, TooMany.
    """
    require_mail(ports)
    address = ports.users.parse_email(email)
    await ports.attempts.admit(store, purpose="mail", account=address.folded, cause=cause)
    async with paced(ports.settings.answer_floor):
        if not await ports.attempts.may_mail(store, address.folded):
            return
        user = await ports.users.find_by_email(store, address.text)
        stored = await ports.passwords.find(store, user and user.id)
        unproven = _unproven(user, address.folded, ports)
        if user is None or unproven is None:
            await _nothing(store, tenant, address.text, ports)
        else:
            binding = stored.binding if stored else None
            to = own_path(continue_to)
            payload = ConfirmPayload(user.id, unproven.address, binding, to)
            await _send(store, tenant, user, payload, cause=cause, ports=ports)


async def _send(
    store: Store, tenant: Tenant, user: User, payload: ConfirmPayload, *, cause: Cause, ports: Ports
) -> None:
    secret = new_secret()
    to = Recipient(payload.address, user.display_name, user.profile.locale)
    mail = compose_confirmation(tenant, to, secret, ports=ports)

    async def work(tx: Tx) -> None:
        await keep_confirmation(tx, user, payload, secret, cause=cause, ports=ports)
        await ports.mailer.queue(tx, mail)

    await store.transact(work)


async def _nothing(store: Store, tenant: Tenant, address: str, ports: Ports) -> None:
    """Work as for a pending account, and leave nothing that anybody could use."""
    secret, lifetime = new_secret(), ports.settings.confirmation_lifetime
    compose_confirmation(tenant, Recipient(address, address), secret, ports=ports)
    await store.transact(lambda tx: keep_decoy(tx, secret, lifetime, ports=ports))


def _unproven(user: User | None, folded: str, ports: Ports) -> Email | None:
    if user is None or user.status != "pending":
        return None
    own = (e for e in user.emails if ports.users.fold(e.address) == folded)
    return next((e for e in own if e.verified_at is None), None)
