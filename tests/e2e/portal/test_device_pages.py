"""The pages of device authorization and of requests, in Chromium, under axe-core and their CSP."""

import httpx
import pytest
from playwright.sync_api import Page
from tests.support.axe import Inspector
from tests.support.server import Server, sign_up, somebody

USERNAME = 'input[autocomplete~="username"]'
CURRENT = 'input[autocomplete~="current-password"]'
MAIN = 'button[type="submit"]'
CIBA = "urn:openid:params:grant-type:ciba"

pytestmark = pytest.mark.browser


def test_deciding_about_devices_and_requests(server: Server, page: Page) -> None:
    """A115, R009, R058: every state of /device and /account/requests."""
    if server.database_url is not None:
        pytest.skip("looked at on the embedded store")
    inspector, person = Inspector(page), somebody()
    sign_up(server, person)
    television = server.cli("app", "create", "--name", "Television", "--type", "device")
    fields = {"client_id": television["client_id"], "scope": "openid email offline_access"}
    asked = httpx.post(f"{server.url}/oauth2/device", data=fields).json()
    page.goto(asked["verification_uri"])
    inspector.look("device")
    page.fill("#user_code", "AEIOUAEI")
    page.click(MAIN)
    inspector.look("device code wrong")
    page.fill("#user_code", asked["user_code"])
    page.click(MAIN)
    page.fill(USERNAME, person.email)
    page.fill(CURRENT, person.password)
    page.click(MAIN)
    assert asked["user_code"] in page.inner_text("main")
    inspector.look("device confirm")
    page.click("[data-action=approve]")
    inspector.look("device connected")
    again = httpx.post(f"{server.url}/oauth2/device", data=fields).json()
    page.goto(again["verification_uri_complete"])
    page.click("[data-action=deny]")
    inspector.look("device refused")

    page.goto(f"{server.url}/account/requests")
    inspector.look("no requests")
    bank = server.cli("app", "create", "--name", "Bank", "--type", "web", "--grant", CIBA)
    for message in ("W4SCT", "Pay 12.50 € to Zoë"):
        answer = httpx.post(
            f"{server.url}/oauth2/ciba",
            data={"scope": "openid email", "login_hint": person.email, "binding_message": message},
            auth=(bank["client_id"], bank["client_secret"]),
        )
        assert answer.status_code == 200, answer.text
    page.reload()
    assert "W4SCT" in page.inner_text("main")
    inspector.look("requests")
    page.click("[data-action=approve] >> nth=0")
    inspector.look("request allowed")
    page.click("[data-action=deny] >> nth=0")
    inspector.look("request refused")
    page.fill("#user_code", "123456")
    page.click("[data-action=set-code]")
    inspector.look("code refused")
    page.fill("#user_code", "71-brass")
    page.click("[data-action=set-code]")
    inspector.look("code set")
    page.goto(f"{server.url}/account/requests/open?token=x")
    inspector.look("link of nothing")
    assert inspector.faults == []
