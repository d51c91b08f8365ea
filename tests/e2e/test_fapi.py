"""A FAPI 2.0 client on openid-client 6, and every weaker one, against a running server.

FAPI 2.0 Security Profile §5.3.2, FAPI 2.0 Message Signing §5.3, §5.4.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.server import Server, sign_in, sign_up, somebody

HERE = Path(__file__).parent
CALLBACK = "https://app.example/callback"
SP, MS = "FAPI 2.0 Security Profile", "FAPI 2.0 Message Signing"


class FapiClient:
    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", "fapi_client.mjs"], cwd=HERE, text=True,
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
def party() -> Iterator[FapiClient]:
    running = FapiClient()
    yield running
    running.close()


def registered(server: Server, party: FapiClient, profile: str, alg: str = "ES256") -> Any:
    jwks = party.call("keys", alg=alg)
    app = server.cli(
        "app", "create", "--name", f"Bank {profile} {alg}", "--type", "web", "--profile", profile,
        "--redirect-uri", CALLBACK, "--option", f"jwks={json.dumps(jwks)}",
    )  # fmt: skip
    party.call("discover", issuer=server.url, clientId=app["client_id"], alg="ES256",
               signing=profile == "fapi2_message_signing")  # fmt: skip
    return app


@pytest.mark.service
@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
@pytest.mark.parametrize("profile", ["fapi2", "fapi2_message_signing"])
def test_a_whole_life(server: Server, party: FapiClient, profile: str, alg: str) -> None:
    """R016, R017, R052: pushed, signed, bound; the refresh token stays the same."""
    app = registered(server, party, profile, alg)
    assert server.cli("app", "check", app["client_id"], "--profile", profile)["satisfied"]
    person = somebody()
    browser = sign_up(server, person)
    asked = party.call("authorize", redirectUri=CALLBACK, scope="openid email offline_access")
    assert "request_uri=" in asked["url"]
    browser.go(asked["url"])
    sign_in(browser, person)
    browser.submit()
    assert ("response=" in browser.left_for) == (profile == "fapi2_message_signing")
    tokens = party.call("callback", url=browser.left_for)
    assert (tokens["token_type"], tokens["claims"]["iss"]) == ("dpop", server.url)
    assert party.call("userinfo")["email"] == person.email
    for _ in range(2):
        again = party.call("refresh", token=tokens["refresh_token"])
        assert (again["token_type"], "refresh_token" in again) == ("dpop", False)
    assert party.ask("refresh", token=tokens["refresh_token"], bearer=True)["error"] == (
        "invalid_dpop_proof"
    )


WEAKER = [
    ("fapi2", "pkce", "invalid_request", f"{SP} 5.3.2.2-5"),
    ("fapi2", "implicit", "unsupported_response_type", f"{SP} 5.3.2.2-1"),
    ("fapi2_message_signing", "jar", "invalid_request", f"{MS} 5.3.1-1"),
]


@pytest.mark.service
@pytest.mark.parametrize(("profile", "weaker", "error", "why"), WEAKER)
def test_a_weaker_client_is_told_why(
    server: Server, party: FapiClient, profile: str, weaker: str, error: str, why: str
) -> None:
    """R015, R017, R021, R046: the library shows the requirement that was missed."""
    registered(server, party, profile)
    answer = party.ask("authorize", redirectUri=CALLBACK, scope="openid", weaker=[weaker])
    assert answer["error"] == error
    assert why in answer["why"]


@pytest.mark.service
def test_what_was_not_pushed_goes_back_with_the_reason(server: Server, party: FapiClient) -> None:
    """R016: FAPI 2.0 Security Profile §5.3.2.2-3."""
    registered(server, party, "fapi2")
    browser = sign_up(server, somebody())
    asked = party.call("authorize", redirectUri=CALLBACK, scope="openid", weaker=["par"])
    browser.go(asked["url"])
    assert browser.left_for.startswith(CALLBACK)
    assert "5.3.2.2-3" in browser.left_for
    assert party.ask("callback", url=browser.left_for)["error"] == "invalid_request"
