"""openid-client 6 with pushed and signed requests, JARM and hybrid, against a running server."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.server import Server, sign_in, sign_up, somebody

HERE = Path(__file__).parent
CALLBACK = "http://127.0.0.1:9/callback"
HYBRID = '["code","code id_token"]'


class RequestClient:
    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", "request_client.mjs"], cwd=HERE, text=True,
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
def party() -> Iterator[RequestClient]:
    running = RequestClient()
    yield running
    running.close()


@pytest.mark.service
@pytest.mark.parametrize(
    "ways",
    [["par"], ["jar"], ["jarm"], ["hybrid"], ["par", "jar", "jarm"], ["par", "jar", "hybrid"]],
    ids="-".join,
)
def test_a_sign_in_by_every_way(server: Server, party: RequestClient, ways: list[str]) -> None:
    """R016, R017, R045, R046: the client checks iss, state, nonce, c_hash and s_hash itself."""
    jwks = party.call("keys")
    app = server.cli(
        "app", "create", "--name", f"Requests {ways}", "--type", "web", "--redirect-uri", CALLBACK,
        "--option", f"jwks={json.dumps(jwks)}", "--option", f"response_types={HYBRID}",
        "--auth-method", "client_secret_post",
        "--option", f"require_signed_request_object={str('jar' in ways).lower()}",
        "--option", f"require_pushed_authorization_requests={str('par' in ways).lower()}",
    )  # fmt: skip
    person = somebody()
    browser = sign_up(server, person)
    endpoint = party.call("discover", issuer=server.url, clientId=app["client_id"],
                          clientSecret=app["client_secret"], ways=ways)  # fmt: skip
    assert endpoint == f"{server.url}/oauth2/par"
    asked = party.call("authorize", redirectUri=CALLBACK, scope="openid email")
    assert ("request_uri=" in asked["url"]) == ("par" in ways)
    browser.go(asked["url"])
    sign_in(browser, person)
    browser.submit()
    assert ("#" in browser.left_for) == ("hybrid" in ways)
    tokens = party.call("callback", url=browser.left_for)
    assert tokens["claims"]["iss"] == server.url
    silent = party.call(
        "authorize", redirectUri=CALLBACK, scope="openid", max_age="0", prompt="none"
    )
    browser.go(silent["url"])
    assert party.ask("callback", url=browser.left_for)["error"] == "login_required"
