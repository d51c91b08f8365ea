"""Forms are ours: fetch metadata, then a token bound to the browser and tenant (R112)."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from typing import Final

from limen.kernel.errors import Forbidden
from limen.platform.http.cookies import BROWSER, cookie_name, open_cookie, seal_cookie, set_cookie
from limen.platform.http.messages import Request

FIELD: Final = "csrf"


class CrossSite(Forbidden):
    code = "cross_site_request"
    hint = "This form did not come from this site. Go back, reload the page and try again."


def bind(request: Request) -> None:
    """Give the request its browser binding and token; a new browser gets a cookie."""
    value = request.cookies.get(cookie_name(request.tenant.issuer, BROWSER))
    binding = open_cookie(request.keyring, request.tenant, BROWSER, value) if value else None
    if binding is None:
        binding = secrets.token_urlsafe(32)
        sealed = seal_cookie(request.keyring, request.tenant, BROWSER, binding)
        cookie = set_cookie(request.tenant, BROWSER, sealed, lasting=True)
        request.effects.append((b"set-cookie", cookie.encode()))
    request.binding = binding
    request.csrf = token_of(request, binding)
    request.nonce = secrets.token_urlsafe(16)


def token_of(request: Request, binding: str) -> str:
    return urlsafe_b64encode(request.keyring.mac("csrf", binding.encode())).decode().rstrip("=")


async def check(request: Request) -> None:
    """Raise CrossSite unless the form is our own page's, in the same browser."""
    site = request.header(b"sec-fetch-site")
    origin = request.header(b"origin")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise CrossSite(f"sec-fetch-site {site}")
    elif origin is not None and origin != own_origin(request):
        raise CrossSite(f"origin {origin!r}")
    sent = (await request.form()).get(FIELD, "")
    if not hmac.compare_digest(sent.encode(), request.csrf.encode()):
        raise CrossSite("token missing or of another browser")


def own_origin(request: Request) -> str:
    scheme, _, rest = request.tenant.issuer.partition("://")
    return f"{scheme}://{rest.split('/', 1)[0]}"
