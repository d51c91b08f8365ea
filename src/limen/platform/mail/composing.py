"""Turning templates into messages that hold one recipient and no foreign header (A067)."""

import unicodedata
from email.errors import HeaderParseError
from email.headerregistry import Address

from limen.kernel.errors import FieldError, Invalid
from limen.kernel.mail import Mail
from limen.kernel.tenant import Tenant
from limen.platform.i18n import direction_of
from limen.platform.templating.engine import Engine

_SUBJECT = "Subject: "


def exact_address(address: str) -> Address:
    """Return `address` as the one mailbox that it names.  Raises Invalid for anything else."""
    if address != tidy(address) or len(address) > 254:
        raise _invalid("control characters, or too long (RFC 5321 §4.5.3.1.3)")
    shape = "".join(c if c.isascii() else "x" for c in address)  # RFC 6531: any letter
    try:
        parsed = Address(addr_spec=shape)
    except (HeaderParseError, ValueError, IndexError) as error:
        raise _invalid(str(error)) from error
    local, _, domain = address.rpartition("@")
    if parsed.addr_spec != shape or not domain or set(local) & set('@"'):
        raise _invalid("not one mailbox")
    return Address(username=local, domain=domain)


def _invalid(detail: str) -> Invalid:
    return Invalid(FieldError("email", "invalid", "This is not an e-mail address."), detail=detail)


def tidy(text: str) -> str:
    """Return `text` on one line, without control characters and text-direction overrides."""
    line = " ".join(text.split())
    return "".join(c for c in line if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))


class Composer:
    """Renders `mail/{template}.txt`, whose first line is `Subject: …`, and its `.html`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def compose(
        self, tenant: Tenant, template: str, *, to: str, locale: str | None, **values: object
    ) -> Mail:
        """Return the message in the person's language.  Raises Invalid for a bad recipient.

        Values are put on one line each: a name cannot add a paragraph to the text.
        """
        exact_address(to)
        language = self._engine.texts.choose([locale] if locale else [])
        given = {name: tidy(value) if isinstance(value, str) else value
                 for name, value in values.items()}  # fmt: skip
        context = {"tenant": tenant, "locale": language, "dir": direction_of(language), **given}
        first, _, text = self._engine.render(f"mail/{template}.txt", context).partition("\n")
        if not first.startswith(_SUBJECT):
            raise ValueError(f"mail/{template}.txt must begin with a line `Subject: …`")
        html = self._engine.render(f"mail/{template}.html", context)
        return Mail(to, tidy(first.removeprefix(_SUBJECT)), text.strip() + "\n", html)
