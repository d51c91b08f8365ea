"""What `limen dev` prints: where to go, the set-up link, and a line that gets a first token."""

import sys
import webbrowser
from typing import TYPE_CHECKING

from limen.access.api import ADMINISTRATOR
from limen.composition.demo_data import Registered, ensure

if TYPE_CHECKING:
    from limen.app import App


async def welcome(app: "App", *, browser: bool) -> None:
    """Register the demo's applications where needed, then print everything to stdout."""
    demo = await ensure(app)
    issuer = app.base.platform.issuer
    lines = [
        "",
        f"  Limen is at {issuer}",
        "",
        f"  Demo application   {issuer}/demo",
        f"  Mail inbox         {issuer}/dev/mail",
        f"  Your account       {issuer}/account",
        f"  API                {issuer}/api/docs",
    ]
    link = await _setup_link(app)
    if link is not None:
        lines += ["", "  Create the first administrator (once, within 30 minutes):", f"  {link}"]
    lines += [
        "",
        "  A first token, for the demo machine:",
        f"  {_curl(issuer, demo)}",
        "",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    if browser and sys.stdout.isatty():
        webbrowser.open(link or f"{issuer}/demo")


async def _setup_link(app: "App") -> str | None:
    """Return a link while nobody administers the default tenant."""
    tenant = await app.tenant("default")
    store = app.database.tenant(tenant.id)
    if await app.contexts.access.roles.has_person(store, ADMINISTRATOR):
        return None
    return await app.contexts.portal.setup_links.issue(store, tenant)


def _curl(issuer: str, demo: Registered) -> str:
    who = f"{demo.machine_id}:{demo.machine_secret}"
    return (
        f"curl -s {issuer}/oauth2/token -u {who} -d grant_type=client_credentials"
        " -d scope=users:read"
    )
