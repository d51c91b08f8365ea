"""Signing in with identifier and password, on one page."""

from collections.abc import Mapping
from dataclasses import dataclass

from limen.authentication.api import AddressUnconfirmed, Authentication, SignedIn
from limen.identity.api import Users
from limen.kernel.errors import Refusal
from limen.platform.http.answers import headers_of
from limen.platform.http.cookies import device_cookie, device_of, session_cookie
from limen.platform.http.messages import Request, Response, redirect
from limen.platform.templating import Pages
from limen.platform.templating.forms import Form
from limen.portal.destinations import Destination, Destinations
from limen.risk.api import Devices
from limen.sessions.api import Sessions

POPUP = (b"cross-origin-opener-policy", b"unsafe-none")  # these pages run in popups too (A137)

_NOTICES = frozenset({"password_reset", "signed_out", "set_up"})


@dataclass(frozen=True, slots=True)
class SignInPages:
    pages: Pages
    destinations: Destinations
    authentication: Authentication
    users: Users
    sessions: Sessions
    devices: Devices

    async def show(self, request: Request) -> Response:
        """GET /signin"""
        to = await self.destinations.read(request, request.query)
        known = None if "other" in request.query else await self._current_name(request)
        if known and to.interaction is None and not request.query.keys() & {"next", "again"}:
            return redirect(to.address)
        hint = to.interaction.login_hint if to.interaction else None
        form = Form({"username": hint or known or ""})
        return self._page(request, to, form, again=bool(known))

    async def submit(self, request: Request) -> Response:
        """POST /signin"""
        fields = await request.form()
        to = await self.destinations.read(request, fields)
        remember = "remember" in fields
        try:
            outcome = await self.authentication.sign_in_with_password(
                request.store,
                request.tenant,
                identifier=fields.get("username", ""),
                password=fields.get("password", ""),
                browser=request.browser,
                device=device_of(request),
                remember=remember,
                cause=request.cause,
            )
        except Refusal as refusal:
            return self._page(request, to, Form.refused(fields, refusal))
        if isinstance(outcome, AddressUnconfirmed):
            return self._pending(request, to, outcome)
        return await self._signed_in(request, to, outcome, remember=remember)

    async def _current_name(self, request: Request) -> str | None:
        """Return the identifier of the person who is signed in here now."""
        if request.browser is None:
            return None
        browser = await self.sessions.browser(request.store, request.browser)
        if browser is None or browser.current is None:
            return None
        user = await self.users.find(request.store, browser.current.user)
        if user is None or user.status != "active":
            return None
        email = user.primary_email
        return user.username or (email.address if email else None)

    def _page(
        self, request: Request, to: Destination, form: Form, *, again: bool = False
    ) -> Response:
        done = request.query.get("done")
        response = self.pages.render(
            request,
            "portal/signin.html",
            status=form.status,
            csp=to.policy,
            languages=to.languages,
            form=form,
            to=to,
            again=again,
            notice=done if done in _NOTICES else None,
        )
        response.headers += [POPUP, *_retry(form, request)]
        return response

    def _pending(self, request: Request, to: Destination, outcome: AddressUnconfirmed) -> Response:
        email = outcome.user.primary_email
        address = email.address if email else ""
        return self.pages.render(
            request, "portal/pending.html", csp=to.policy, to=to, address=address, sent=False
        )

    async def _signed_in(
        self, request: Request, to: Destination, outcome: SignedIn, *, remember: bool
    ) -> Response:
        device = await self.devices.remember(request.store, device_of(request), outcome.user.id)
        cookies = [
            session_cookie(request, outcome.browser.secret, remember=remember),
            device_cookie(request, device),
        ]
        return redirect(to.address, cookies=cookies)


def _retry(form: Form, request: Request) -> list[tuple[bytes, bytes]]:
    """Return `Retry-After` where the refusal has one."""
    if form.refusal is None:
        return []
    headers: Mapping[bytes, bytes] = dict(headers_of(form.refusal, request.tenant.issuer))
    return [(name, value) for name, value in headers.items() if name == b"retry-after"]
