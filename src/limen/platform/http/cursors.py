"""List cursors: a position and its MAC, opaque to the caller."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from uuid import UUID

from limen.kernel.errors import Malformed
from limen.kernel.vault import Keyring

_TAG = 16


class BadCursor(Malformed):
    code = "bad_cursor"
    hint = "This cursor is not one of this list. Start again without it."


def seal_cursor(keyring: Keyring, after: UUID, binding: bytes) -> str:
    tag = keyring.mac("cursor", after.bytes + binding)[:_TAG]
    return urlsafe_b64encode(after.bytes + tag).rstrip(b"=").decode()


def open_cursor(keyring: Keyring, cursor: str, binding: bytes) -> UUID:
    """Return the position.  Raises BadCursor."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"==")
    except (Error, UnicodeEncodeError) as error:
        raise BadCursor("not base64url") from error
    if urlsafe_b64encode(raw).rstrip(b"=").decode() != cursor:
        raise BadCursor("another spelling of it")
    after, tag = raw[:16], raw[16:]
    if not hmac.compare_digest(tag, keyring.mac("cursor", after + binding)[:_TAG]):
        raise BadCursor("wrong MAC")
    return UUID(bytes=after)
