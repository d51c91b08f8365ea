"""The front page, what the web looks for at fixed places, and the choice of a theme."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from limen.kernel.clock import Clock
from limen.platform.http.cookies import set_cookie
from limen.platform.http.messages import Request, Response, redirect
from limen.platform.templating import Pages
from limen.platform.templating.pages import LOCALE, THEME, THEMES
from limen.portal.model import BACK, own_path
from limen.portal.settings import PortalSettings
from limen.sessions.api import Sessions

_EXPIRES = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class HomePages:
    pages: Pages
    sessions: Sessions
    clock: Clock
    settings: PortalSettings

    async def show(self, request: Request) -> Response:
        """GET /"""
        browser = None
        if request.browser is not None:
            browser = await self.sessions.browser(request.store, request.browser)
        signed_in = browser is not None and browser.current is not None
        return self.pages.render(request, "portal/home.html", signed_in=signed_in)

    async def change_password(self, request: Request) -> Response:
        """GET /.well-known/change-password (W3C): where password managers lead people."""
        return redirect(f"{request.tenant.path}/account/security")

    async def security_txt(self, request: Request) -> Response:
        """GET /.well-known/security.txt (RFC 9116)"""
        host = urlsplit(request.tenant.issuer).hostname
        contact = self.settings.security_contact or f"mailto:security@{host}"
        expires = (self.clock.now() + _EXPIRES).strftime("%Y-%m-%dT00:00:00Z")
        text = f"Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en\n"
        return Response(200, text.encode(), b"text/plain; charset=utf-8")

    async def prefer(self, request: Request) -> Response:
        """POST /preferences: keep a theme or a language, and go back to an own page (A011)."""
        fields = await request.form()
        cookies: list[str] = []
        if fields.get("theme") in THEMES:
            cookies.append(set_cookie(request.tenant, THEME, fields["theme"], lasting=True))
        if fields.get("locale") in self.pages.engine.texts.languages:
            cookies.append(set_cookie(request.tenant, LOCALE, fields["locale"], lasting=True))
        back = own_path(fields.get("back"), BACK) or "/"
        return redirect(request.tenant.path + back, cookies=cookies)
