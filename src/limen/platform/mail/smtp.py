"""Handing a message to a mail server (aiosmtplib)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from limen.kernel.clock import Clock
from limen.kernel.mail import Mail
from limen.platform.mail.composing import exact_address

_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
_TIMEOUT = 30.0  # seconds for the whole conversation; less than the claim of a message lasts


class Undeliverable(Exception):  # noqa: N818 - says what happened
    """The server refused this message for good (5xx)."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail goes.  `smtp` uses TLS if offered, `smtp+tls` demands it, `smtps` begins so."""

    scheme: str
    host: str
    port: int
    username: str | None
    password: str | None = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> "Server":
        """Raises ValueError for another scheme, or without a host."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("mail.smtp_url must be like smtp+tls://USER:PASSWORD@HOST:587")
        name, word = parts.username, parts.password
        return cls(
            parts.scheme,
            parts.hostname,
            parts.port or _PORTS[parts.scheme],
            unquote(name) if name else None,
            unquote(word) if word else None,
        )

    def options(self) -> Mapping[str, Any]:
        """Return what `aiosmtplib.send` is told beside the message."""
        starttls = {"smtp": None, "smtp+tls": True, "smtps": False}[self.scheme]
        return {
            "hostname": self.host,
            "port": self.port,
            "username": self.username,
            "password": self.password,
            "use_tls": self.scheme == "smtps",
            "start_tls": starttls,
            "timeout": _TIMEOUT,
        }


class Smtp:
    """Delivers by SMTP, one connection a message."""

    def __init__(self, server: Server, sender: str, clock: Clock) -> None:
        self._server = server
        name, address = parseaddr(sender)
        self._sender = Address(name, addr_spec=address)
        self._clock = clock

    async def __call__(self, message: UUID, mail: Mail) -> None:
        """Hand it over.  Raises Undeliverable; any other error is worth another try."""
        import aiosmtplib  # where first used: most processes never send

        try:
            await aiosmtplib.send(
                self.message(message, mail),
                sender=self._sender.addr_spec,
                recipients=[mail.to],
                **self._server.options(),
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(one.code >= 500 for one in error.recipients):
                raise Undeliverable(str(error.recipients[0].code)) from error
            raise
        except aiosmtplib.SMTPResponseException as error:
            if isinstance(error, aiosmtplib.SMTPDataError) and error.code >= 500:
                raise Undeliverable(str(error.code)) from error
            raise

    def message(self, message: UUID, mail: Mail) -> EmailMessage:
        """Return the message as it travels.  Its id stays the same when it is sent again."""
        recipient = exact_address(mail.to)
        built = EmailMessage(policy=SMTP if mail.to.isascii() else SMTPUTF8)
        built["From"] = self._sender
        built["To"] = recipient
        built["Subject"] = mail.subject
        built["Date"] = format_datetime(self._clock.now())
        built["Message-ID"] = f"<{message}@{self._sender.domain}>"
        built["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5
        built.set_content(mail.text)
        built.add_alternative(mail.html, subtype="html")
        return built
