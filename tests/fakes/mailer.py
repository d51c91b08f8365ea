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
        self.sent: list[tuple[str, Mail]] = []

    def compose(
        self, tenant: Tenant, template: str, *, to: str, locale: str | None, **values: object
    ) -> Mail:
        self.composed.append(template)
        return self._composer.compose(tenant, template, to=to, locale=locale, **values)

    async def queue(self, tx: Tx, mail: Mail) -> None:
        name = next(n for n in reversed(self.composed) if self._is(n, mail))
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

    def _is(self, name: str, mail: Mail) -> bool:
        return mail.subject.startswith(_SUBJECTS[name])


_SUBJECTS = {
    "confirm_address": "Confirm your address",
    "already_registered": "You already have an account",
    "reset_password": "Set a new password",
    "password_changed": "Your password at",
    "address_change_new": "Confirm your new address",
    "address_change_old": "Your address at Default is to be",
    "address_changed": "Your address at Default was",
    "account_locked": "Many wrong passwords",
}
