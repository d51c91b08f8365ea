"""The steps that mail a link: a secret is kept as a digest, the mail is queued beside it."""

from dataclasses import dataclass
from datetime import timedelta

from limen.authentication.api import CONFIRMATION_SENT
from limen.authentication.errors import MailUnavailable
from limen.authentication.model import (
    CONFIRM,
    DECOY,
    ConfirmPayload,
    DecoyPayload,
    confirmation_link,
)
from limen.authentication.ports import Ports
from limen.identity.api import User
from limen.kernel.mail import Mail
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Tx


def require_mail(ports: Ports) -> None:
    """Raise MailUnavailable where no mail can be sent: better said than silently lost."""
    if not ports.mailer.ready():
        raise MailUnavailable("mail is not configured")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is written to: a stored address, and how to speak to its owner."""

    address: str
    name: str
    locale: str | None = None


def compose_confirmation(tenant: Tenant, to: Recipient, secret: str, *, ports: Ports) -> Mail:
    return ports.mailer.compose(
        tenant,
        "confirm_address",
        to=to.address,
        locale=to.locale,
        name=to.name,
        link=confirmation_link(tenant, secret),
        lifetime=in_words(ports.settings.confirmation_lifetime),
    )


async def keep_confirmation(
    tx: Tx, user: User, payload: ConfirmPayload, secret: str, *, cause: Cause, ports: Ports
) -> None:
    """Keep a confirmation link; the person's older ones stop working."""
    await ports.one_time.withdraw(tx, user.id, CONFIRM)
    lifetime = ports.settings.confirmation_lifetime
    await ports.one_time.issue(
        tx, CONFIRM, payload, lifetime=lifetime, secret=secret, subject=user.id
    )
    personal = {"address": payload.address}
    fact = CONFIRMATION_SENT(("user", user.id), person=user.id, personal=personal)
    await ports.recorder.record(tx, fact, cause)


async def keep_decoy(tx: Tx, secret: str, lifetime: timedelta, *, ports: Ports) -> None:
    """Keep a secret that opens nothing: the same work where there is nobody to mail."""
    await ports.one_time.issue(tx, DECOY, DecoyPayload(), lifetime=lifetime, secret=secret)


def in_words(lifetime: timedelta) -> str:
    """Return a lifetime as whole hours or minutes, for the text of a mail."""
    minutes = int(lifetime.total_seconds() // 60)
    return f"{minutes // 60} h" if minutes >= 120 else f"{minutes} min"
