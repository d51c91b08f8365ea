"""The pages by plain HTTP: forms, redirects and cookies, no script."""

import secrets
from collections.abc import Callable
from urllib.parse import quote

import httpx
import pytest
from tests.support.browsing import Browser
from tests.support.server import Server, sign_in, sign_up, somebody

from limen.portal.routes import ROUTES

Browse = Callable[[], Browser]
HOSTILE = "\"><svg onload=alert(1)>'"


def test_sign_up_sign_in_consent_and_sign_out_again(server: Server, browse: Browse) -> None:
    """R005, R010, R012: the whole way with 303s only, and no secret stays in an address."""
    browser, person = browse(), somebody()
    sign_up(server, person, browser=browser)
    browser.go("/demo/sign-in")
    sign_in(browser, person)
    assert browser.page.url.startswith(f"{server.url}/consent?flow=")
    browser.submit(action="approve")
    assert browser.page.url == f"{server.url}/demo"
    assert "signature verified" in browser.page.words and person.email in browser.page.words
    browser.go("/account/applications")
    assert "Demo" in browser.page.words
    browser.go("/account/sessions")
    assert "this one" in browser.page.words
    browser.go("/demo").submit(action="demo-sign-out")
    browser.go("/account")
    assert browser.page.url == f"{server.url}/signin?next=/account"
    assert {status for _, _, status in browser.trail} <= {200, 303}


def test_denying_leads_back_with_an_error_and_nothing_is_allowed(
    server: Server, browse: Browse
) -> None:
    browser, person = browse(), somebody()
    sign_up(server, person, browser=browser)
    browser.go("/demo/sign-in")
    sign_in(browser, person)
    browser.submit(action="deny")
    assert browser.page.url == f"{server.url}/demo"
    assert "access_denied" in browser.page.words


def test_a_link_opened_elsewhere_needs_the_password(server: Server, browse: Browse) -> None:
    """R110, A061: another browser proves nothing by the link alone."""
    person, first, second = somebody(), browse(), browse()
    first.go("/signup").submit(username=person.email, new_password=person.password)
    link = server.link_to(person.email)
    second.go(link)
    assert second.page.url == f"{server.url}/verify"
    second.submit(current_password="not the right password")
    assert second.page.status in (401, 403)
    second.submit(current_password=person.password)
    assert "Address confirmed" in second.page.words
    sign_in(second.go("/signin"), person)
    assert second.page.url == f"{server.url}/account"
    assert "does not work" in first.go(link).page.words


def test_a_pending_person_only_sees_how_to_confirm(server: Server, browse: Browse) -> None:
    browser, person = browse(), somebody()
    browser.go("/signup").submit(username=person.email, new_password=person.password)
    sign_in(browser.go("/signin"), person)
    assert "Confirm your address" in browser.page.words
    assert browser.go("/account").page.url == f"{server.url}/signin?next=/account"


def test_a_forgotten_password_is_replaced_and_signs_out_everywhere(
    server: Server, browse: Browse
) -> None:
    """R079, R080: once, without signing in, and the old password is dead."""
    browser, other, person = browse(), browse(), somebody()
    sign_up(server, person, browser=browser)
    sign_in(other.go("/signin"), person)
    browser.go("/recover").submit(username=person.email)
    link = server.link_to(person.email, containing="reset")
    browser.go(link)
    assert browser.page.url == f"{server.url}/recover/reset"
    changed = f"{person.password} and more"
    browser.submit(new_password=changed)
    assert "Your password was changed" in browser.page.words
    assert other.go("/account").page.url == f"{server.url}/signin?next=/account"
    sign_in(browser, person)
    assert browser.page.status == 401
    person.password = changed
    sign_in(browser, person)
    assert browser.page.url == f"{server.url}/account"
    assert "does not work" in browse().go(link).page.words


def test_two_accounts_share_a_browser_and_the_switcher_chooses(
    server: Server, browse: Browse
) -> None:
    browser, ada, grace = browse(), somebody(), somebody()
    for person in (ada, grace):
        sign_up(server, person, browser=browser)
        sign_in(browser.go("/signin?other=1"), person)
    assert grace.email in browser.go("/account").page.words
    browser.go("/demo/sign-in?prompt=select_account")
    assert browser.page.url.startswith(f"{server.url}/signin/select?flow=")
    sessions = [
        control.value for control in browser.page.main_form.controls if control.kind == "radio"
    ]
    assert len(sessions) == 2
    chosen = next(one for one in sessions if _is_of(browser, one, ada.email))
    browser.submit(session=chosen)
    browser.submit(action="approve")
    assert ada.email in browser.page.words


def _is_of(browser: Browser, session: str, email: str) -> bool:
    after = browser.page.text.partition(f'value="{session}"')[2]
    return after.find(email) < after.find("</li>") and email in after


def test_addresses_profile_and_password_of_ones_own(server: Server, browse: Browse) -> None:
    """R071, R105, R106: by the pages alone."""
    browser, person = browse(), somebody()
    sign_up(server, person, browser=browser)
    sign_in(browser.go("/signin"), person)
    browser.go("/account/profile").submit(name="Ada Lovelace", zoneinfo="Europe/Vienna")
    assert "Your profile was saved" in browser.page.words
    second = f"second{secrets.token_hex(4)}@example.org"
    browser.go("/account/emails").submit(email=second)
    assert "on its way" in browser.page.words and second not in browser.page.words
    browser.go(server.link_to(second))
    assert browser.page.url == f"{server.url}/account/emails/confirm"
    assert second in browser.submit(action="confirm").page.words
    browser.go("/account/emails").submit(action="make-primary")
    assert "primary address was changed" in browser.page.words
    changed = f"{person.password} changed"
    browser.go("/account/security").submit(current_password="wrong", new_password=changed)
    assert browser.page.status == 401
    browser.submit(current_password=person.password, new_password=changed)
    assert "Your password was changed" in browser.page.words


def test_an_address_is_replaced_with_the_consent_of_both_mailboxes(
    server: Server, browse: Browse
) -> None:
    browser, person = browse(), somebody()
    sign_up(server, person, browser=browser)
    sign_in(browser.go("/signin"), person)
    new = f"new{secrets.token_hex(4)}@example.org"
    browser.go("/account/emails").submit(action="change", new_email=new)
    assert "Links are on their way" in browser.page.words
    for address, outcome in ((new, "other mailbox"), (person.email, "was changed")):
        browser.go(server.link_to(address, containing="/verify/change"))
        assert outcome in browser.submit(action="confirm").page.words
    assert new in browser.go("/account").page.words


@pytest.mark.parametrize("evil", ["//evil.example", "/\\evil", "https:/evil", "/%2f%2fevil"])
def test_next_never_leads_to_another_place(server: Server, browse: Browse, evil: str) -> None:
    """A011, over the wire, with a Referer too."""
    browser, person = browse(), somebody()
    browser.http.headers["referer"] = "https://evil.example/"
    sign_up(server, person, browser=browser)
    sign_in(browser.go(f"/signin?next={quote(evil)}"), person)
    assert browser.left_for is None and browser.page.url == f"{server.url}/account"


def test_a_form_without_its_token_or_of_another_site_is_refused(server: Server) -> None:
    """R112, A120: every POST of a page."""
    with httpx.Client(base_url=server.url) as http:
        http.get("/signin")
        for route in ROUTES:
            if route.method != "POST":
                continue
            bare = http.post(route.path, data={"username": "a"})
            assert bare.status_code == 403, route.path
            foreign = http.post(
                route.path, data={"csrf": "x"}, headers={"origin": "https://evil.example"}
            )
            assert foreign.status_code == 403, route.path


def test_no_page_echoes_what_came_unescaped(server: Server) -> None:
    """A115, R009, R010, A137: every GET page with hostile parameters and headers."""
    with httpx.Client(base_url=server.url, follow_redirects=False) as http:
        names = ["flow", "next", "done", "state", "error", "error_description", "login_hint",
                 "ui_locales", "token", "back", "unknown", HOSTILE]  # fmt: skip
        for route in [*ROUTES]:
            if route.method != "GET":
                continue
            path = route.path.replace("{id}", "x").replace("{owner}", "x").replace("{file}", "x")
            for name in names:
                answer = http.get(path, params={name: HOSTILE}, headers={"referer": HOSTILE})
                assert answer.status_code < 500, (path, name)
                assert "<svg onload" not in answer.text, (path, name)
                if answer.headers.get("content-type", "").startswith("text/html"):
                    policy = answer.headers["content-security-policy"]
                    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
                    assert "require-trusted-types-for 'script'" in policy
                    assert "unsafe" not in policy
                    assert answer.headers["x-frame-options"] == "DENY"
                    assert answer.headers["referrer-policy"] in ("same-origin", "no-referrer")
                    assert answer.headers["cache-control"] == "no-store"


def test_no_get_gives_a_session(server: Server) -> None:
    """A043, R110: whatever page is looked at, nobody is signed in by it."""
    with httpx.Client(base_url=server.url) as http:
        for route in ROUTES:
            if route.method == "GET" and "{" not in route.path:
                answer = http.get(route.path)
                assert not any("session" in one for one in answer.headers.get_list("set-cookie"))


def test_another_tenant_has_its_own_people_under_its_own_path(
    server: Server, browse: Browse
) -> None:
    """R100: links, forms, redirects and cookies stay in the tenant; a person is nobody elsewhere."""
    slug = f"t{secrets.token_hex(4)}"
    server.cli("tenant", "create", slug, "--name", "Acme Inc.")
    browser, person = browse(), somebody()
    browser.go(f"/t/{slug}/signup")
    browser.submit(username=person.email, new_password=person.password)
    received = browser.http.get(f"{server.url}/t/{slug}/dev/mail.json").json()
    link = received[0]["links"][0]
    assert link.startswith(f"{server.url}/t/{slug}/verify?token=")
    assert "Acme Inc." in browser.go(link).page.words
    sign_in(browser.go(f"/t/{slug}/signin"), person)
    assert browser.page.url == f"{server.url}/t/{slug}/account"
    for href, _ in browser.page.links:
        assert href.startswith((f"/t/{slug}/", "#")), href
    assert browser.go("/account").page.url == f"{server.url}/signin?next=/account"
    sign_in(browser, person)
    assert browser.page.status == 401
    browser.go(f"/t/{slug}/signout").submit()
    assert browser.page.url.startswith(f"{server.url}/t/{slug}/signin?done=signed_out")


def test_a_wrong_redirect_uri_is_explained_and_never_followed(
    server: Server, browse: Browse
) -> None:
    """R003, R004, A115: in dev everyone sees expected against received."""
    app = server.cli(
        "app", "create", "--name", HOSTILE, "--type", "web",
        "--redirect-uri", "https://app.example/callback",
    )  # fmt: skip
    wrong = "https://app.example/callbak"
    browser = browse().go(
        f"/oauth2/authorize?response_type=code&client_id={app['client_id']}"
        f"&redirect_uri={quote(wrong, safe='')}&scope=openid&state={quote(HOSTILE)}"
    )
    assert browser.page.status == 400 and browser.left_for is None
    assert "<mark>" in browser.page.text and "<svg onload" not in browser.page.text
    assert "Registered" in browser.page.words and "Reference" in browser.page.words
