"""The answer to an authorization request, on its way to the redirect URI."""

from dataclasses import dataclass
from typing import Literal
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

    @property
    def is_signed(self) -> bool:
        """True where the answer is one signed token (JARM §2)."""
        return self.mode.endswith(".jwt")

    @property
    def carrier(self) -> Literal["query", "fragment", "form_post"]:
        """Return what carries the answer, signed or not."""
        if self.mode.startswith("form_post"):
            return "form_post"
        return "fragment" if self.mode.startswith("fragment") else "query"

    def location(self, content: dict[str, str]) -> str:
        """Return the redirect URI with the answer in its fragment, or added to its query (R002)."""
        if self.carrier == "fragment":
            return f"{self.redirect_uri}#{urlencode(content)}"
        joint = "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{joint}{urlencode(content)}"

    @property
    def origin(self) -> str:
        """The source that CSP's form-action must allow."""
        return origin_of(self.redirect_uri)
