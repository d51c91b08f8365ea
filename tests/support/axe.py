"""What every page must be in a real browser: accessible, narrow enough, and quiet."""

from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Page

_AXE = Path(__file__).parents[1] / "e2e/node_modules/axe-core/axe.min.js"
_RUN = """async rules => (await axe.run(document, {resultTypes: ["violations"],
  ...(rules ? {runOnly: rules} : {})})).violations.map(
  v => [v.id, v.impact, v.nodes.slice(0, 3).map(n => n.html.slice(0, 200))])"""
_SCHEMES = {"light": None, "dark": ["color-contrast"]}  # the rest does not depend on colours
_EXPECTED = "Failed to load resource: the server responded with a status of 4"


class Inspector:
    """Watches a page: `look` adds to `faults` what it finds on the page that is open now."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[Any] = []
        self.seen: list[str] = []
        self._debug = page.context.new_cdp_session(page)
        self._axe = _AXE.read_text(encoding="utf-8")
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.faults.append((page.url, str(error))))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_EXPECTED):
            self.faults.append((self.page.url, message.text[:300]))

    def look(self, name: str) -> None:
        """Run axe in light and dark, and see whether 320 px are enough (WCAG 1.4.10)."""
        self.seen.append(name)
        # Through the debugger: the page's own policy allows no foreign script.
        self._debug.send("Runtime.evaluate", {"expression": self._axe})
        for scheme, rules in _SCHEMES.items():
            self.page.emulate_media(color_scheme=scheme)
            self.faults += [(name, scheme, *found) for found in self.page.evaluate(_RUN, rules)]
        self.page.emulate_media(color_scheme="light")
        size = self.page.viewport_size
        self.page.set_viewport_size({"width": 320, "height": 640})
        width = self.page.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            self.faults.append((name, f"{width} px wide at 320"))
        if size is not None:
            self.page.set_viewport_size(size)
        submits = self.page.locator('button[type="submit"]').count()
        if submits > 1:
            self.faults.append((name, f"{submits} main actions"))
