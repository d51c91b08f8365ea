"""What a client may be registered with for token exchange: pure rules (A023, R056)."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from limen.kernel.errors import FieldError
from limen.oauth.exchange.model import GRANT_TYPE
from limen.oauth.model.scopes import is_scope
from limen.oauth.options import ClientOptions, CrossApp

_MOST: Final = 50


def check_exchange(options: ClientOptions, grants: Sequence[str]) -> list[FieldError]:
    """Return what is wrong; nothing of it means anything without the grant."""
    named = {
        "token_exchange_audiences": bool(options.token_exchange_audiences),
        "token_exchange_impersonation": options.token_exchange_impersonation,
        "cross_app_access": bool(options.cross_app_access),
    }
    if GRANT_TYPE not in grants:
        message = f"needs the grant {GRANT_TYPE}"
        return [_error(name, "not_allowed", message) for name, given in named.items() if given]
    apps = options.cross_app_access
    audiences = [app.audience for app in apps]
    if len(apps) > _MOST or len(set(audiences)) != len(audiences):
        return [_error("cross_app_access", "invalid", f"at most {_MOST}, no audience twice")]
    return [
        _error(f"cross_app_access[{index}]", "invalid", why)
        for index, app in enumerate(apps)
        if (why := _wrong(app)) is not None
    ]


def _wrong(app: CrossApp) -> str | None:
    if not _is_issuer(app.audience):
        return "audience must be the https issuer of the other authorization server"
    texts = (app.client_id, *app.resources)
    if not all(0 < len(text) <= 500 and text.isprintable() for text in texts):
        return "client_id and resources have 1 to 500 printable characters"
    if len(app.scopes) > _MOST or not all(map(is_scope, app.scopes)):
        return f"at most {_MOST} scopes"
    return "at most 50 resources" if len(app.resources) > _MOST else None


def _is_issuer(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    loopback = parts.hostname in ("localhost", "127.0.0.1", "::1")
    secure = parts.scheme == "https" or (parts.scheme == "http" and loopback)
    plain = text.isascii() and text.isprintable() and "#" not in text and "?" not in text
    return secure and plain and bool(parts.hostname) and len(text) <= 500 and "@" not in text


def _error(name: str, code: str, message: str) -> FieldError:
    return FieldError(f"options.{name}", code, message)
