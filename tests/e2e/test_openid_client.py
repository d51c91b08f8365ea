"""openid-client 6, the field's reference relying party, against a running server."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.browsing import Browser
from tests.support.server import Server, sign_in, sign_up, somebody

HERE = Path(__file__).parent
CALLBACK = "http://127.0.0.1:9/callback"


class RelyingParty:
    script = "relying_party.mjs"

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", self.script], cwd=HERE, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def ask(self, command: str, **parameters: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"command": command, **parameters}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def call(self, command: str, **parameters: object) -> Any:
        answer = self.ask(command, **parameters)
        assert "ok" in answer, answer
        return answer["ok"]

    def close(self) -> None:
        with self._process:  # closes its pipes and waits for it
            pass


@pytest.fixture
def party() -> Iterator[RelyingParty]:
    running = RelyingParty()
    yield running
    running.close()


@pytest.mark.service
@pytest.mark.parametrize("kind", ["web", "spa"])
def test_sign_in_refresh_introspect_revoke_and_sign_out(
    server: Server, party: RelyingParty, kind: str
) -> None:
    """R008, R021, R028, R031, R045: the whole life of a sign-in, pages without JavaScript."""
    app = server.cli(
        "app", "create", "--name", f"Party {kind}", "--type", kind, "--redirect-uri", CALLBACK,
        "--grant", "authorization_code", "--grant", "refresh_token",
        "--scope", "openid", "--scope", "email", "--scope", "profile", "--scope", "offline_access",
    )  # fmt: skip
    assert (app["client_secret"] is None) == (kind == "spa")
    person = somebody()
    browser = sign_up(server, person)

    found = party.call("discover", issuer=server.url, clientId=app["client_id"],
                       clientSecret=app["client_secret"])  # fmt: skip
    assert found["issuer"] == server.url
    url = party.call("authorize", redirectUri=CALLBACK,
                     scope="openid email profile offline_access")["url"]  # fmt: skip
    browser.go(url)
    sign_in(browser, person)
    assert browser.page is not None
    assert f"Party {kind}" in browser.page.words
    browser.submit()
    assert browser.left_for is not None
    assert browser.left_for.startswith(CALLBACK)

    tokens = party.call("callback", url=browser.left_for)
    claims = tokens["claims"]
    assert claims["iss"] == server.url
    assert claims["aud"] == app["client_id"]
    assert party.call("userinfo")["email"] == person.email

    first = tokens["tokens"]["refresh_token"]
    refreshed = party.call("refresh", token=first)
    assert refreshed["refresh_token"] != first
    if kind == "web":
        active = party.call("introspect", token=refreshed["access_token"])
        assert active["active"] is True
        assert active["sub"] == claims["sub"]
    party.call("revoke", token=refreshed["refresh_token"])
    assert "error" in party.ask("refresh", token=refreshed["refresh_token"])


@pytest.mark.service
def test_a_machine_gets_a_token(server: Server, party: RelyingParty) -> None:
    """R056: client credentials, and nothing else for such a client."""
    app = server.cli("app", "create", "--name", "Machine", "--type", "m2m")
    party.call("discover", issuer=server.url, clientId=app["client_id"],
               clientSecret=app["client_secret"])  # fmt: skip
    token = party.call("clientCredentials")
    assert token["token_type"].lower() == "bearer"
    assert token["expires_in"] == 900


@pytest.mark.service
def test_a_refused_consent_is_told_to_the_application(server: Server, party: RelyingParty) -> None:
    """R012: deny is as near as approve, and the application hears access_denied."""
    app = server.cli("app", "create", "--name", "Denied", "--type", "web",
                     "--redirect-uri", CALLBACK)  # fmt: skip
    person = somebody()
    browser = sign_up(server, person, browser=Browser(server.url))
    party.call("discover", issuer=server.url, clientId=app["client_id"],
               clientSecret=app["client_secret"])  # fmt: skip
    browser.go(party.call("authorize", redirectUri=CALLBACK, scope="openid email")["url"])
    sign_in(browser, person)
    browser.submit(action="deny")
    assert browser.left_for is not None
    answer = party.ask("callback", url=browser.left_for)
    assert "error" in answer
    assert "access_denied" in browser.left_for
