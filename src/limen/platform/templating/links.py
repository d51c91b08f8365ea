"""Secrets of mailed links leave the address bar at once: into a sealed cookie (R010).

A page that carries a secret in its address may hold no form, so the link's page only
moves the secret and leads to the same page without it.
"""

from limen.platform.http.cookies import (
    clear_cookie,
    cookie_name,
    open_cookie,
    seal_cookie,
    set_cookie,
)
from limen.platform.http.messages import Request, Response, redirect

_KIND = "link"
_NO_REFERRER = (b"referrer-policy", b"no-referrer")


def take_out(request: Request, purpose: str, path: str) -> Response:
    """Answer a link's GET: keep its token for `purpose`, and lead to `path` without it."""
    token = request.query["token"]
    sealed = seal_cookie(request.keyring, request.tenant, _KIND, f"{purpose} {token[:256]}")
    cookie = set_cookie(request.tenant, _KIND, sealed, lasting=False)
    response = redirect(request.tenant.path + path, cookies=[cookie])
    response.headers.append(_NO_REFERRER)
    return response


def taken(request: Request, purpose: str) -> str | None:
    """Return the token that `take_out` kept for `purpose`."""
    value = request.cookies.get(cookie_name(request.tenant.issuer, _KIND))
    opened = open_cookie(request.keyring, request.tenant, _KIND, value) if value else None
    kind, _, token = (opened or "").partition(" ")
    return token if kind == purpose and token else None


def used(request: Request) -> str:
    """Return the cookie that forgets the token."""
    return clear_cookie(request.tenant, _KIND)


def without_referrer(response: Response) -> Response:
    """Return the answer of a page whose address may hold a secret."""
    response.headers.append(_NO_REFERRER)
    return response
