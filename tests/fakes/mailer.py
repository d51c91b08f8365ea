"""A mailer that renders as the real one does and keeps what was queued, once it is durable."""

import re

from limen.kernel.mail import Mail
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Tx
from limen.platform.mail.composing import Composer
from limen.platform.templating.engine import Engine

_TOKEN = re.compile(r"[?&]token=([A-Za-z0-9_-]+)")
_ENGINE = Engine()


class MemoryMailer:
    """`Mailer` over a list."""

    def __init__(self, *, ready: bool = True) -> None:
        self._composer = Composer(_ENGINE)
        self._ready = ready
        self.composed: list[str] = []
        self._named: list[tuple[Mail, str]] = []
        self.sent: list[tuple[str, Mail]] = []

    def compose(
        self, tenant: Tenant, template: str, *, to: str, locale: str | None, **values: object
    ) -> Mail:
        self.composed.append(template)
        mail = self._composer.compose(tenant, template, to=to, locale=locale, **values)
        self._named.append((mail, template))
        return mail

    async def queue(self, tx: Tx, mail: Mail) -> None:
        name = next(n for known, n in reversed(self._named) if known is mail)
        tx.after_commit(lambda: self.sent.append((name, mail)))

    def ready(self) -> bool:
        return self._ready

    def newest(self, template: str) -> Mail:
        return next(mail for name, mail in reversed(self.sent) if name == template)

    def token(self, template: str) -> str:
        """Return the secret in the newest mail of this kind."""
        found = _TOKEN.search(self.newest(template).text)
        assert found, f"no link in {template}"
        return found[1]

    def names(self) -> list[str]:
        return [name for name, _ in self.sent]
