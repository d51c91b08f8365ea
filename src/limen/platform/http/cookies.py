"""Our cookies: sealed, bound to name and tenant, and named for one issuer (R100, R111).

Cookies know neither port nor path, so a name ends in 8 hex digits of SHA-256(issuer).
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from functools import lru_cache
from hashlib import sha256
from typing import Final

from limen.kernel.tenant import Tenant
from limen.kernel.vault import CannotOpen, Keyring, Place
from limen.platform.http.messages import Request

SESSION: Final = "session"
BROWSER: Final = "browser"
DEVICE: Final = "device"
STATE: Final = "state"

_REMEMBERED = 400 * 24 * 3600  # as long as browsers keep a cookie at most


@lru_cache(maxsize=4096)
def cookie_name(tenant_issuer: str, kind: str) -> str:
    """Return the name: `__Host-limen_session_1a2b3c4d`, without the prefix on http loopback."""
    mark = sha256(tenant_issuer.encode()).hexdigest()[:8]
    prefix = "__Host-" if tenant_issuer.startswith("https://") else ""
    return f"{prefix}limen_{kind}_{mark}"


def set_cookie(tenant: Tenant, kind: str, value: str, *, lasting: bool) -> str:
    """Return a `Set-Cookie` value; `lasting` cookies outlive the browser."""
    parts = [f"{cookie_name(tenant.issuer, kind)}={value}", "Path=/", "HttpOnly", "SameSite=Lax"]
    if tenant.issuer.startswith("https://"):
        parts.append("Secure")
    if lasting:
        parts.append(f"Max-Age={_REMEMBERED}")
    return "; ".join(parts)


def clear_cookie(tenant: Tenant, kind: str) -> str:
    return set_cookie(tenant, kind, "", lasting=False) + "; Max-Age=0"


def seal_cookie(keyring: Keyring, tenant: Tenant, kind: str, secret: str) -> str:
    sealed = keyring.seal(_place(tenant, kind), secret.encode())
    return urlsafe_b64encode(sealed).rstrip(b"=").decode()


def open_cookie(keyring: Keyring, tenant: Tenant, kind: str, value: str) -> str | None:
    """Return the secret inside, or None for anything that is not ours (A039)."""
    if len(value) > 1024:
        return None
    try:
        sealed = urlsafe_b64decode(value.encode("ascii") + b"==")
        return keyring.open(_place(tenant, kind), sealed).decode()
    except (CannotOpen, Error, UnicodeError):
        return None


def _place(tenant: Tenant, kind: str) -> Place:
    return Place("cookie", kind, cookie_name(tenant.issuer, kind))


def session_cookie(request: Request, secret: str, *, remember: bool) -> str:
    """Return the cookie that signs this browser in."""
    value = seal_cookie(request.keyring, request.tenant, SESSION, secret)
    return set_cookie(request.tenant, SESSION, value, lasting=remember)


def clear_session_cookie(request: Request) -> str:
    return clear_cookie(request.tenant, SESSION)


def state_cookie(request: Request, state: str) -> str:
    """Return the cookie by which frames of ours see that the person changed.

    It is no secret and opens nothing: scripts of our own pages read it, also inside other
    sites' pages, where the browser allows that (Session Management 1.0 §3.2).
    """
    name = cookie_name(request.tenant.issuer, STATE)
    return f"{name}={state}; Path=/; SameSite=None; Secure"


def clear_state(request: Request) -> list[str]:
    """Return the cookie that forgets that state, where this browser has one."""
    if cookie_name(request.tenant.issuer, STATE) not in request.cookies:
        return []
    return [state_cookie(request, "") + "; Max-Age=0"]


def device_cookie(request: Request, device: str) -> str:
    """Return the cookie that tells lockout this browser signed in here before (R074)."""
    value = seal_cookie(request.keyring, request.tenant, DEVICE, device)
    return set_cookie(request.tenant, DEVICE, value, lasting=True)


def device_of(request: Request) -> str | None:
    """Return what `device_cookie` put there, or None."""
    value = request.cookies.get(cookie_name(request.tenant.issuer, DEVICE))
    return open_cookie(request.keyring, request.tenant, DEVICE, value) if value else None
