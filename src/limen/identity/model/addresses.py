"""E-mail addresses, normalised before anything looks at them (A057).

What passes is one mailbox at one domain (RFC 5321 §4.1.2 without quoting, RFC 6531 for
other scripts).  Lists, display names, comments, quotes, IP literals and control characters
do not.
"""

import re
import unicodedata
from string import ascii_letters, digits

from limen.identity.api import EmailAddress
from limen.identity.errors import wrong_field
from limen.identity.model.folding import fold, is_word
from limen.kernel.errors import Invalid

MAX_ADDRESS = 254
"""Octets of a whole address (RFC 5321 §4.5.3.1.3 less the brackets)."""
MAX_LOCAL = 64
MAX_DOMAIN = 253

_ATEXT = frozenset(ascii_letters + digits + "!#$%&'*+-/=?^_`{|}~")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_RAW_LIMIT = 1024


def parse_address(raw: str, *, field: str = "email") -> EmailAddress:
    """Return the one address that `raw` spells.  Raises Invalid naming `field`."""
    found = find_address(raw)
    if found is None:
        raise _invalid(field)
    return found


def find_address(raw: str) -> EmailAddress | None:
    """Return the one address that `raw` spells, else None.

    Blank space around it is a slip of typing and is left out, line breaks are not.
    """
    if len(raw) > _RAW_LIMIT:
        return None
    text = unicodedata.normalize("NFC", raw.strip(" "))
    local, at, domain = text.rpartition("@")
    if not at or not _is_local(local):
        return None
    host = _domain(domain)
    if host is None or len(f"{local}@{host}".encode()) > MAX_ADDRESS:
        return None
    return EmailAddress(f"{local}@{host}", f"{fold(local)}@{host}")


def _is_local(local: str) -> bool:
    """Check a dot-atom (RFC 5322 §3.2.3, RFC 6532 §3.2)."""
    if not local or len(local.encode("utf-8", "replace")) > MAX_LOCAL:
        return False
    return all(
        atom and all(c in _ATEXT if c.isascii() else is_word(c) for c in atom)
        for atom in local.split(".")
    )


def _domain(domain: str) -> str | None:
    """Return the domain in its ASCII form, lower case, or None (RFC 5890, UTS #46)."""
    host = domain.lower() if domain.isascii() else _to_ascii(domain)
    if host is None or len(host) > MAX_DOMAIN:
        return None
    labels = host.split(".")
    if len(labels) < 2 or labels[-1].isdigit():
        return None
    if not all(_LABEL.fullmatch(label) for label in labels):
        return None
    if any(label[2:4] == "--" for label in labels) and not _is_idna(host):
        return None
    return host


def _to_ascii(domain: str) -> str | None:
    import idna

    if not all(c in ".-" or c.isascii() or is_word(c) for c in domain):
        return None
    try:
        return idna.encode(domain, uts46=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None


def _is_idna(host: str) -> bool:
    import idna

    try:
        return idna.encode(idna.decode(host)).decode("ascii") == host
    except (idna.IDNAError, UnicodeError):
        return False


def _invalid(field: str) -> Invalid:
    return wrong_field(field, "email_invalid", "This is not an e-mail address we can write to.")
