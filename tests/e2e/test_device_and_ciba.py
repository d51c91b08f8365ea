"""openid-client 6 as a device and as a bank; the person's pages without JavaScript."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.browsing import Browser
from tests.support.server import Server, sign_in, sign_up, somebody

HERE = Path(__file__).parent
CIBA = "urn:openid:params:grant-type:ciba"

pytestmark = pytest.mark.service


class Asker:
    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", "decoupled_client.mjs"], cwd=HERE, text=True,
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
def asker() -> Iterator[Asker]:
    running = Asker()
    yield running
    running.close()


def test_a_television_is_connected_from_a_phone(server: Server, asker: Asker) -> None:
    """R058, RFC 8628: the link carries the code, signs nobody in, and asks back."""
    app = server.cli("app", "create", "--name", "Television", "--type", "device")
    assert app["client_secret"] is None
    person = somebody()
    sign_up(server, person)
    asker.call("discover", issuer=server.url, clientId=app["client_id"], clientSecret=None)
    asked = asker.call("device", scope="openid email offline_access")
    phone = Browser(server.url).go(asked["verification_uri_complete"])
    assert phone.page is not None
    assert phone.page.url.startswith(f"{server.url}/signin?next=/device")
    sign_in(phone, person)
    for words in ("Did you start this?", asked["user_code"], "Television", "127.0.0.1"):
        assert words in phone.page.words, words
    phone.submit(action="approve")
    assert "The device is connected" in phone.page.words
    answer = asker.call("answer")
    assert answer["claims"]["iss"] == server.url
    assert answer["claims"]["aud"] == app["client_id"]
    assert answer["tokens"]["refresh_token"]
    assert "Television" in phone.go("/account/applications").page.words


def test_a_code_is_typed_and_refused(server: Server, asker: Asker) -> None:
    """RFC 8628 §3.5: access_denied."""
    app = server.cli("app", "create", "--name", "Radio", "--type", "device")
    person = somebody()
    phone = sign_up(server, person)
    sign_in(phone.go("/signin"), person)
    asker.call("discover", issuer=server.url, clientId=app["client_id"], clientSecret=None)
    asked = asker.call("device", scope="openid")
    phone.go(asked["verification_uri"]).submit(user_code="AEIO-UAEI")
    assert phone.page is not None
    assert phone.page.status == 400 and "No device shows this code" in phone.page.words
    phone.submit(user_code=asked["user_code"].replace("-", "").lower())
    phone.submit(action="deny")
    assert "The device was refused" in phone.page.words
    assert asker.call("answer")["error"] == "access_denied"


def test_a_bank_asks_by_itself(server: Server, asker: Asker) -> None:
    """CIBA Core: poll; the mailed link, the binding message, the account page."""
    app = server.cli("app", "create", "--name", "Bank", "--type", "web", "--grant", CIBA)
    person = somebody()
    phone = sign_up(server, person)
    asker.call(
        "discover", issuer=server.url, clientId=app["client_id"],
        clientSecret=app["client_secret"],
    )  # fmt: skip
    unknown = asker.ask("ciba", scope="openid", login_hint="nobody@example.org")
    assert unknown["error"] == "unknown_user_id"
    asked = asker.call(
        "ciba", scope="openid email", login_hint=person.email, binding_message="W4SCT"
    )
    assert asked["expires_in"] == 300
    phone.go(server.link_to(person.email, containing="/account/requests/open"))
    assert phone.page is not None
    assert phone.page.url == f"{server.url}/signin?next=/account/requests"
    sign_in(phone, person)
    assert "Bank asks you" in phone.page.words and "W4SCT" in phone.page.words
    phone.submit(action="approve")
    assert "You allowed it" in phone.page.words
    answer = asker.call("answer")
    assert answer["claims"]["aud"] == app["client_id"] and answer["tokens"]["access_token"]
