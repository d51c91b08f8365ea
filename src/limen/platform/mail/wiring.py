"""How mail is put together, from one setting."""

from dataclasses import dataclass
from datetime import timedelta

from limen.kernel.clock import Clock
from limen.kernel.uow import Database
from limen.kernel.vault import Vault
from limen.platform.config.core import MailSettings
from limen.platform.http.faces import Faces, Task
from limen.platform.mail.composing import Composer
from limen.platform.mail.delivery import Delivery, Tenants
from limen.platform.mail.inbox import Inbox
from limen.platform.mail.outbox import Outbox
from limen.platform.mail.smtp import Server, Smtp
from limen.platform.templating.engine import Engine

_EVERY = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class MailWired:
    """`inbox` is None unless mail stays here (`inbox://` in dev)."""

    mailer: Outbox
    inbox: Inbox | None
    faces: Faces


def wire(
    settings: MailSettings,
    *,
    dev: bool,
    engine: Engine,
    vault: Vault,
    clock: Clock,
    database: Database,
    tenants: Tenants,
) -> MailWired:
    """Return the mailer.  `inbox://` outside dev is no mail at all: it is never ready."""
    composer = Composer(engine)
    if settings.smtp_url.startswith("inbox://"):
        inbox = Inbox(vault) if dev else None
        return MailWired(Outbox(composer, vault, ready=dev), inbox, Faces())
    outbox = Outbox(composer, vault, ready=True)
    send = Smtp(Server.parse(settings.smtp_url), settings.from_, clock)
    delivery = Delivery(outbox, database, vault, send=send, tenants=tenants)
    task = Task("mail.deliver", _EVERY, delivery.run, wake=outbox.wake)
    return MailWired(outbox, None, Faces(tasks=(task,)))
