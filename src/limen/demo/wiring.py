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


def _own_http() -> "httpx.AsyncClient":
    """Return a client for our own issuer; no proxy of the environment is asked."""
    import httpx  # where first used: only the demo needs it

    return httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False)


def wire(
    platform: Platform,
    *,
    client: FindClient,
    http: "Callable[[], httpx.AsyncClient]" = _own_http,
) -> DemoWired:
    """`client` finds the demo's registration; its redirect URI is {issuer}/demo/callback,
    and {issuer}/demo where it returns to after signing out."""
    pages = DemoPages(platform.pages, Visits(), client, http)
    handlers = {
        "demo.show": pages.show,
        "demo.sign_in": pages.sign_in,
        "demo.callback": pages.callback,
        "demo.sign_out": pages.sign_out,
    }
    return DemoWired(Faces(ROUTES, handlers))
