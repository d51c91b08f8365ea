"""Mail that people need: queued with the change that causes it, never riding on events."""

from dataclasses import dataclass
from typing import Protocol

from limen.kernel.tenant import Tenant
from limen.kernel.uow import Tx


@dataclass(frozen=True, slots=True)
class Mail:
    """A rendered message to one exact stored address."""

    to: str
    subject: str
    text: str
    html: str


class Mailer(Protocol):
    def compose(
        self, tenant: Tenant, template: str, *, to: str, locale: str | None, **values: object
    ) -> Mail:
        """Render `mail/{template}.txt` and `.html` in the person's language; before the unit."""
        ...

    async def queue(self, tx: Tx, mail: Mail) -> None:
        """Seal and queue it in the caller's transaction; it is deleted after delivery."""
        ...

    def ready(self) -> bool:
        """False where no mail is configured outside dev; what needs mail then refuses."""
        ...
