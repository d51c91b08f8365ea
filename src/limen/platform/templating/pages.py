"""What handlers call to answer with a page, or with what went wrong as a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from limen.kernel.errors import Refusal
from limen.platform.http.cookies import cookie_name
from limen.platform.http.messages import Request, Response
from limen.platform.i18n import direction_of, name_of
from limen.platform.i18n.texts import wishes_of
from limen.platform.templating.assets import Assets
from limen.platform.templating.engine import Engine
from limen.platform.templating.refusals import comparison_of, todo_of

THEMES: Final = ("system", "light", "dark")
THEME, LOCALE = "theme", "locale"

_HTML: Final = b"text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Choices:
    """What this browser chose for itself; the first rendering already has it."""

    theme: str
    locale: str


class Pages:
    """Renders pages.  Nothing of a request outlives its rendering."""

    def __init__(
        self, *, dev: bool, engine: Engine | None = None, assets: Assets | None = None
    ) -> None:
        self.dev = dev
        self.engine = engine or Engine()
        self.assets = assets or Assets()

    def render(  # the page's own values come by keyword
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        csp: Mapping[str, str] | None = None,
        languages: Sequence[str] = (),
        **values: object,
    ) -> Response:
        """Answer with a page.  `csp` replaces directives of its policy.

        `languages` are what the application asked for (`ui_locales`); a person's own
        choice goes first, the browser's wishes last.
        """
        choices = self.choices(request, languages)
        prefix = request.tenant.path
        context: dict[str, object] = {
            "csrf": request.csrf,
            "nonce": request.nonce,
            "tenant": request.tenant,
            "prefix": prefix,
            "path": request.path,
            "back": _back(request),
            "theme": choices.theme,
            "locale": choices.locale,
            "locales": [(one, name_of(one)) for one in self.engine.texts.languages],
            "dir": direction_of(choices.locale),
            "dev": self.dev,
            "asset": partial(self._asset, prefix),
            **values,
        }
        text = self.engine.render(template, context)
        return Response(status, text.encode(), _HTML, csp=csp)

    def _asset(self, prefix: str, name: str) -> str:
        return prefix + self.assets.address(name)

    def error(self, request: Request, refusal: Refusal) -> Response:
        """Answer with what happened, what to do, and the reference that finds it in the log."""
        may_see = self.dev or "clients:read" in request.permissions
        return self.render(
            request,
            "error.html",
            status=refusal.status,
            refusal=refusal,
            todo=todo_of(refusal),
            comparison=comparison_of(refusal) if may_see else None,
            reference=request.cause.ref,
        )

    def choices(self, request: Request, languages: Sequence[str] = ()) -> Choices:
        """Return the theme and the language to render for this browser."""
        issuer = request.tenant.issuer
        theme = request.cookies.get(cookie_name(issuer, THEME), "")
        chosen = request.cookies.get(cookie_name(issuer, LOCALE), "")
        browser = wishes_of(_accept_language(request))
        locale = self.engine.texts.choose([chosen, *languages, *browser])
        return Choices(theme if theme in THEMES else "system", locale)


def _accept_language(request: Request) -> str:
    try:
        return request.header(b"accept-language") or ""
    except Refusal:  # repeated: error pages are rendered for such requests too
        return ""


def _back(request: Request) -> str:
    """Return where the theme form returns to: this page, as far as it may be named."""
    flow = ""
    if request.method == "GET" and request.raw_query.startswith(b"flow="):
        flow = request.raw_query.decode("latin-1").partition("&")[0]
    return f"{request.path}?{flow}" if flow else request.path
