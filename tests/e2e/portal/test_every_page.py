"""Every page in Chromium: no violation of axe-core in light and dark, at 320 px, under its CSP."""

import gzip

import pytest
from playwright.sync_api import Page, Response
from tests.support.axe import Inspector
from tests.support.server import Person, Server, somebody

USERNAME = 'input[autocomplete~="username"]'
CURRENT = 'input[autocomplete~="current-password"]'
NEW = 'input[autocomplete~="new-password"]'
MAIN = 'button[type="submit"]'

pytestmark = pytest.mark.browser


@pytest.fixture
def once(server: Server) -> Server:
    """Pages look the same on every store: one is enough."""
    if server.database_url is not None:
        pytest.skip("looked at on the embedded store")
    return server


def test_every_page_of_a_newcomers_way(once: Server, page: Page) -> None:
    """A115, R009: set-up, sign-up, sign-in, consent, account, recovery, sign-out, errors."""
    inspector = Inspector(page)
    person = somebody()
    _set_up(once, page, inspector)
    _sign_up(once, page, inspector, person)
    _sign_in(page, inspector, person)
    for section in ("", "/profile", "/emails", "/security", "/sessions", "/applications"):
        page.goto(f"{once.url}/account{section}")
        inspector.look(f"account{section}")
    page.goto(f"{once.url}/signin/select")
    inspector.look("select")
    page.goto(f"{once.url}/signout")
    inspector.look("sign out")
    page.click(MAIN)
    inspector.look("signed out")
    _recover(once, page, inspector, person)
    for path in ("/", "/verify", "/verify?token=x", "/setup", "/nothing", "/dev/components",
                 "/oauth2/authorize?client_id=x", "/signin?flow=gone"):  # fmt: skip
        page.goto(once.url + path)
        inspector.look(path)
    assert inspector.faults == []
    assert len(inspector.seen) > 25


def _set_up(server: Server, page: Page, inspector: Inspector) -> None:
    link = server.cli("setup-link")["url"]
    page.goto(link)
    assert "token" not in page.url
    inspector.look("set-up")
    page.fill(USERNAME, somebody().email)
    page.fill(NEW, "short")
    page.click(MAIN)
    inspector.look("set-up refused")
    page.fill(NEW, somebody().password)
    page.click(MAIN)
    page.wait_for_url("**/signin*")
    inspector.look("set up")


def _sign_up(server: Server, page: Page, inspector: Inspector, person: Person) -> None:
    page.goto(f"{server.url}/demo")
    inspector.look("demo")
    page.click("[data-action=demo-sign-up]")
    inspector.look("sign-up")
    page.fill('input[autocomplete="name"]', "Ada Lovelace")
    page.fill(USERNAME, person.email)
    page.fill(NEW, person.password)
    page.click(MAIN)
    inspector.look("pending")
    page.goto(f"{server.url}/dev/mail")
    inspector.look("mail")
    page.click("li a >> nth=0")
    inspector.look("message")
    page.click("[data-action=mail-link] >> nth=0")
    inspector.look("confirmed")
    page.click("[data-action=continue]")


def _sign_in(page: Page, inspector: Inspector, person: Person) -> None:
    page.click("[data-action=demo-sign-in]")
    inspector.look("sign-in")
    page.fill(USERNAME, person.email)
    page.fill(CURRENT, "not the password of anybody")
    page.click(MAIN)
    inspector.look("sign-in refused")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    page.fill(CURRENT, person.password)
    page.click("button[aria-pressed]:has-text('Show')")
    assert page.get_attribute("#password", "type") == "text"
    page.click(MAIN)
    inspector.look("consent")
    page.click("[data-action=approve]")
    page.wait_for_url("**/demo")
    inspector.look("demo result")
    assert "Ada Lovelace" in page.inner_text("h1")


def _recover(server: Server, page: Page, inspector: Inspector, person: Person) -> None:
    page.goto(f"{server.url}/recover")
    inspector.look("recover")
    page.fill(USERNAME, person.email)
    page.click(MAIN)
    inspector.look("recovery sent")
    page.goto(server.link_to(person.email, containing="reset"))
    assert "token" not in page.url
    inspector.look("reset")


def test_pages_work_from_right_to_left(once: Server, page: Page) -> None:
    """Layout is logical: nothing leaves the page when the direction is turned."""
    for path in ("/signin", "/signup", "/dev/components"):
        page.set_viewport_size({"width": 320, "height": 640})
        page.goto(once.url + path)
        page.evaluate("document.documentElement.dir = 'rtl'")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        box = page.locator("h1").bounding_box()
        assert box is not None and box["x"] >= 0


def test_the_login_page_is_light(once: Server, page: Page) -> None:
    """performance.md: at most 15 KB compressed in at most 3 requests, nothing from elsewhere."""
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - a plain function is needed
    page.goto(f"{once.url}/signin", wait_until="networkidle")
    assert len(answers) <= 3, [answer.url for answer in answers]
    assert all(answer.url.startswith(once.url) for answer in answers)
    assert sum(len(gzip.compress(answer.body())) for answer in answers) <= 15_000
    static = [answer for answer in answers if "/static/" in answer.url]
    assert len(static) == 2
    for answer in static:
        headers = answer.all_headers()
        assert headers["content-encoding"] == "gzip"
        assert headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "set-cookie" not in headers


def test_a_theme_is_there_before_any_style_is_loaded(once: Server, page: Page) -> None:
    page.goto(f"{once.url}/signin?next=/account")
    page.click("button[value=dark]")
    assert page.get_attribute("html", "data-theme") == "dark"
    page.goto(f"{once.url}/signup")
    assert 'data-theme="dark"' in page.content()
