"""How the demo application is put together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from limen.demo.model import Visits
from limen.demo.pages import DemoPages, FindClient
from limen.demo.routes import ROUTES
from limen.platform.http.faces import Faces
from limen.platform.services import Platform

if TYPE_CHECKING:
    import httpx

_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class DemoWired:
    faces: Faces


def _own_http(issuer: str) -> "Callable[[], httpx.AsyncClient]":
    """Return what opens a client for our own issuer; no proxy of the environment is asked."""
    secure = issuer.startswith("https://")  # plain http needs no certificates, slow to load

    def opened() -> "httpx.AsyncClient":
        import httpx  # where first used: only the demo needs it

        return httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False, verify=secure)

    return opened


def wire(
    platform: Platform,
    *,
    client: FindClient,
    http: "Callable[[], httpx.AsyncClient] | None" = None,
) -> DemoWired:
    """`client` finds the demo's registration; its redirect URI is {issuer}/demo/callback,
    and {issuer}/demo where it returns to after signing out."""
    pages = DemoPages(platform.pages, Visits(), client, http or _own_http(platform.issuer))
    handlers = {
        "demo.show": pages.show,
        "demo.sign_in": pages.sign_in,
        "demo.callback": pages.callback,
        "demo.sign_out": pages.sign_out,
    }
    return DemoWired(Faces(ROUTES, handlers))
