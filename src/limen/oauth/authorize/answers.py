"""The answer to an authorization request, on its way to the redirect URI."""

import html
from dataclasses import dataclass
from urllib.parse import urlencode

from limen.oauth.errors import OAuthRefusal
from limen.oauth.model.redirects import origin_of
from limen.oauth.model.request import ResponseMode


@dataclass(frozen=True, slots=True)
class Reply:
    """Where an answer goes, and what every answer carries: `iss` (RFC 9207, R008) and `state`."""

    redirect_uri: str
    mode: ResponseMode
    state: str | None
    issuer: str

    def code(self, code: str) -> dict[str, str]:
        return self._with({"code": code})

    def error(self, refusal: OAuthRefusal) -> dict[str, str]:
        return self._with(refusal.as_oauth())

    def _with(self, content: dict[str, str]) -> dict[str, str]:
        if self.state is not None:
            content["state"] = self.state
        content["iss"] = self.issuer
        return content

    def location(self, content: dict[str, str]) -> str:
        """Return the redirect URI with the answer added to its own query (R002)."""
        joint = "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{joint}{urlencode(content)}"

    @property
    def origin(self) -> str:
        """The source that CSP's form-action must allow."""
        return origin_of(self.redirect_uri)


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Continue</title></head><body>
<form method="post" action="{action}">
{fields}
<noscript><p>Press the button to go on to the application.</p></noscript>
<button type="submit">Continue</button>
</form>
<script nonce="{nonce}">document.forms[0].submit()</script>
</body></html>
"""
_FIELD = '<input type="hidden" name="{name}" value="{value}">'


def form_post_page(reply: Reply, content: dict[str, str], nonce: str) -> bytes:
    """Return a page that posts the answer (OAuth 2.0 Form Post Response Mode §2).

    Without scripts, the person presses its button.
    """
    fields = "\n".join(
        _FIELD.format(name=html.escape(name), value=html.escape(value))
        for name, value in content.items()
    )
    action = html.escape(reply.redirect_uri)
    return _PAGE.format(action=action, fields=fields, nonce=html.escape(nonce)).encode()
