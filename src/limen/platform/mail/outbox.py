"""The mailer: seals a message and queues it in the caller's transaction."""

import asyncio
from uuid import UUID

import msgspec

from limen.kernel.ids import TenantId, new_id
from limen.kernel.mail import Mail
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Tx
from limen.kernel.vault import Keyring, Place, Vault
from limen.platform.mail.composing import Composer, exact_address
from limen.platform.mail.store import Queries


def place_of(message: UUID) -> Place:
    return Place("messages", "content", message)


def open_mail(keyring: Keyring, message: UUID, content: bytes) -> Mail:
    """Return what was sealed.  Raises CannotOpen."""
    return msgspec.json.decode(keyring.open(place_of(message), content), type=Mail)


class Outbox:
    """The Mailer of the server.  `wake` is set, and the tenant noted, once mail is durable."""

    def __init__(self, composer: Composer, vault: Vault, *, ready: bool) -> None:
        self._composer = composer
        self._vault = vault
        self._ready = ready
        self.wake = asyncio.Event()
        self.waiting: set[TenantId] = set()

    def compose(
        self, tenant: Tenant, template: str, *, to: str, locale: str | None, **values: object
    ) -> Mail:
        return self._composer.compose(tenant, template, to=to, locale=locale, **values)

    async def queue(self, tx: Tx, mail: Mail) -> None:
        exact_address(mail.to)
        message = new_id()
        keyring = await self._vault.keyring(tx)
        content = keyring.seal(place_of(message), msgspec.json.encode(mail))
        await tx.run(Queries.add, message, content)
        tenant = tx.tenant
        tx.after_commit(lambda: self._announce(tenant))

    def ready(self) -> bool:
        return self._ready

    def _announce(self, tenant: TenantId) -> None:
        self.waiting.add(tenant)
        self.wake.set()
