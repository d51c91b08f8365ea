"""oidc-client-ts in Chromium: a single-page application on another origin (CORS included)."""

import http.server
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page
from tests.support.server import Server, sign_up, somebody

HERE = Path(__file__).parent


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def spa(tmp_path: Path) -> Iterator[str]:
    """The application's files on an origin of their own."""
    shutil.copy(HERE / "spa.html", tmp_path)
    library = HERE / "node_modules/oidc-client-ts/dist/browser/oidc-client-ts.js"
    if not library.exists():
        pytest.fail("run npm ci in tests/e2e")
    shutil.copy(library, tmp_path)
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))
    ) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()


@pytest.mark.browser
def test_a_single_page_application_signs_in_and_renews(
    server: Server, spa: str, page: Page
) -> None:
    """R021, R032, R046: code with PKCE, discovery, JWKS, token and userinfo across origins."""
    app = server.cli(
        "app", "create", "--name", "SPA", "--type", "spa", "--redirect-uri", f"{spa}/spa.html",
        "--scope", "openid", "--scope", "profile", "--scope", "email",
        "--scope", "offline_access", "--origin", spa,
    )  # fmt: skip
    person = somebody()
    sign_up(server, person)
    page.goto(f"{spa}/spa.html")
    page.evaluate("v => configure(v)", {"authority": server.url, "client_id": app["client_id"]})
    page.wait_for_function("document.title === 'ready'")
    page.evaluate("() => { manager().signinRedirect() }")
    page.fill('input[autocomplete~="username"]', person.email)
    page.fill('input[autocomplete~="current-password"]', person.password)
    page.click('button[type="submit"]')
    page.click('button[type="submit"]')  # consent
    page.wait_for_function(
        "document.title.startsWith('signed in') || document.title.startsWith('failed')"
    )
    assert page.title() == "signed in"
    assert page.evaluate("window.user.email") == person.email
    renewed = page.evaluate(
        "async () => { const m = manager(); const before = (await m.getUser()).refresh_token;"
        " const after = (await m.signinSilent()).refresh_token; return before !== after }"
    )
    assert renewed is True
