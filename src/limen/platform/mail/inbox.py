"""The mail inbox of dev: what would have been sent, newest first."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from limen.kernel.mail import Mail
from limen.kernel.uow import Reader
from limen.kernel.vault import Vault
from limen.platform.mail.outbox import open_mail
from limen.platform.mail.store import MessageRow, Queries

_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True, slots=True)
class Received:
    """A message as the inbox shows it; `links` are those of its text, in order."""

    id: UUID
    received_at: datetime
    mail: Mail

    @property
    def links(self) -> list[str]:
        return list(dict.fromkeys(_LINK.findall(self.mail.text)))


class Inbox:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def list_newest(self, reader: Reader) -> list[Received]:
        """Return the newest 200 messages."""
        return [await self._open(reader, row) for row in await reader.all(Queries.newest)]

    async def find(self, reader: Reader, message: UUID) -> Received | None:
        row = await reader.one(Queries.find, message)
        return None if row is None else await self._open(reader, row)

    async def _open(self, reader: Reader, row: MessageRow) -> Received:
        keyring = await self._vault.keyring(reader)
        return Received(row.id, row.created_at, open_mail(keyring, row.id, row.content))
