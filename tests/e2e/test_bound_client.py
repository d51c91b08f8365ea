"""openid-client 6 with DPoP, with and without nonces, against a running server."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.server import Server, sign_in, sign_up, somebody

HERE = Path(__file__).parent
CALLBACK = "http://127.0.0.1:9/callback"


class BoundClient:
    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", "bound_client.mjs"], cwd=HERE, text=True,
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
def party() -> Iterator[BoundClient]:
    running = BoundClient()
    yield running
    running.close()


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that demands nonces."""
    demands = {"LIMEN_OAUTH__DPOP__NONCE_REQUIRED": "true"}
    running = Server(tmp_path_factory.mktemp("strict"), extra=demands).start()
    yield running
    running.stop()


def whole_life(server: Server, party: BoundClient, kind: str, alg: str, *, pushed: bool) -> None:
    app = server.cli(
        "app", "create", "--name", f"Bound {kind} {alg}", "--type", kind,
        "--redirect-uri", CALLBACK, "--scope", "openid", "--scope", "email",
        "--dpop-bound-access-tokens",
    )  # fmt: skip
    person = somebody()
    browser = sign_up(server, person)
    algorithms = party.call("discover", issuer=server.url, clientId=app["client_id"],
                            clientSecret=app["client_secret"], alg=alg)  # fmt: skip
    assert algorithms == ["ES256", "RS256", "PS256", "EdDSA"]
    asked = party.call("authorize", redirectUri=CALLBACK, scope="openid email", pushed=pushed)
    browser.go(asked["url"])
    sign_in(browser, person)
    browser.submit()
    tokens = party.call("callback", url=browser.left_for)
    assert tokens["token_type"] == "dpop"
    assert party.call("userinfo")["email"] == person.email
    if kind == "spa":
        stolen = party.ask("steal", token=tokens["refresh_token"])
        assert stolen["error"] == "invalid_grant"
    again = party.call("refresh", token=tokens["refresh_token"])
    assert again["token_type"] == "dpop"


@pytest.mark.service
@pytest.mark.parametrize(
    ("kind", "alg", "pushed"),
    [("web", "ES256", True), ("spa", "ES256", False), ("spa", "PS256", True)],
)
def test_a_bound_sign_in(
    server: Server, party: BoundClient, kind: str, alg: str, *, pushed: bool
) -> None:
    """R029, R030: dpop_jkt or PAR, code, userinfo, refresh; a stolen refresh token is of no use."""
    whole_life(server, party, kind, alg, pushed=pushed)


@pytest.mark.service
@pytest.mark.parametrize("pushed", [True, False])
def test_a_bound_sign_in_with_nonces(strict: Server, party: BoundClient, *, pushed: bool) -> None:
    """R030, RFC 9449 §8-9: the client learns nonces of both endpoints by itself."""
    whole_life(strict, party, "spa" if pushed else "web", "ES256", pushed=pushed)


@pytest.mark.service
def test_a_bound_machine_calls_the_api(server: Server, party: BoundClient) -> None:
    """R029: client credentials, and the management API."""
    app = server.cli("app", "create", "--name", "Bound machine", "--type", "m2m",
                     "--scope", "clients:read")  # fmt: skip
    server.cli("role", "create", "reads", "--permission", "clients:read")
    server.cli("role", "assign", "reads", "--app", app["client_id"])
    party.call("discover", issuer=server.url, clientId=app["client_id"],
               clientSecret=app["client_secret"], alg="ES256")  # fmt: skip
    tokens = party.call("clientCredentials")
    url = f"{server.url}/api/v1/clients"
    assert party.call("fetch", url=url, token=tokens["access_token"]) == 200
