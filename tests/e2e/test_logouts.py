"""Back-channel logout against real relying parties, over a running server."""

import base64
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Page
from tests.support.browsing import Browser
from tests.support.customer import QUICK_HASHES
from tests.support.relying_party import RelyingParty, relying_party
from tests.support.server import Person, Server, sign_in, sign_up, somebody
from tests.support.stores import process_store, stores

SETTINGS = {
    **QUICK_HASHES,
    "LIMEN_DELIVERIES__FIRST_RETRY_AFTER": "1s",
    "LIMEN_DELIVERIES__CONCURRENCY": "4",
}


@pytest.fixture(scope="module", params=stores())
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with process_store(request.param) as urls:
        running = Server(tmp_path_factory.mktemp("logouts"), extra=SETTINGS, **urls).start()
        yield running
        running.stop()


@dataclass
class Api:
    """The management API of a server, for its first administrator."""

    server: Server
    token: str

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"authorization": f"Bearer {self.token}"}
        answer = httpx.request(
            method, f"{self.server.url}/api/v1{path}", json=body, headers=headers, timeout=20
        )
        assert answer.status_code < 300, answer.text
        return answer.json()["data"] if answer.content else None


def administer(server: Server) -> Api:
    root = somebody()
    server.cli("user", "create", "--email", root.email, "--verified", "--admin",
               "--password-stdin", stdin=root.password)  # fmt: skip
    made = server.cli("token", "create", "--for", root.email)
    return Api(server, made["access_token"])


@pytest.fixture(scope="module")
def api(server: Server) -> Api:
    return administer(server)


@dataclass
class Visit:
    """A person in a browser, signed in at applications."""

    api: Api
    person: Person
    browser: Browser
    stack: ExitStack
    id_tokens: dict[str, str] = field(default_factory=dict)

    @property
    def server(self) -> Server:
        return self.api.server

    def party(self, name: str = "Shop", uri: str | None = None, **options: str) -> RelyingParty:
        """Return a relying party that is registered, and where the person is signed in."""
        party = self.stack.enter_context(relying_party())
        callback = f"{party.url}/callback"
        told = {"backchannel_logout_uri": uri or f"{party.url}/logout"}
        made = {name: value.format(url=party.url) for name, value in options.items()}
        app = self.api("POST", "/clients", {
            "name": name, "type": "web", "skip_consent": True, "redirect_uris": [callback],
            "post_logout_redirect_uris": [f"{party.url}/bye"],
            "auth_method": "client_secret_post", "options": told | made,
        })  # fmt: skip
        party.issuer, party.client_id = self.server.url, app["client_id"]
        party.client_secret = app["client_secret"]
        self.id_tokens[party.client_id] = self._tokens(app, callback)["id_token"]
        return party

    def _tokens(self, app: Any, callback: str) -> Any:
        verifier = secrets.token_urlsafe(48)
        digest = sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        query = {
            "response_type": "code", "client_id": app["client_id"], "redirect_uri": callback,
            "scope": "openid", "state": "s", "nonce": secrets.token_hex(8),
            "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        self.browser.go(f"/oauth2/authorize?{urlencode(query)}")
        assert self.browser.left_for is not None, self.browser.page
        (code,) = parse_qs(urlsplit(self.browser.left_for).query)["code"]
        form = {
            "grant_type": "authorization_code", "code": code, "code_verifier": verifier,
            "redirect_uri": callback, "client_id": app["client_id"],
            "client_secret": app["client_secret"],
        }  # fmt: skip
        answer = httpx.post(f"{self.server.url}/oauth2/token", data=form, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @property
    def sid(self) -> str:
        token = next(iter(self.id_tokens.values()))
        part = token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["sid"]

    def sign_out(self) -> None:
        """Sign out at the first application's wish."""
        client, hint = next(iter(self.id_tokens.items()))
        query = urlencode({"id_token_hint": hint, "client_id": client})
        self.browser.go(f"/oauth2/logout?{query}")

    def until(
        self, expected: dict[RelyingParty, tuple[str, str | None]], within: float = 10
    ) -> None:
        """Wait until the administrator sees status and error of each."""
        deadline = time.monotonic() + within
        wanted = {party.client_id: values for party, values in expected.items()}
        while True:
            listed = self.api("GET", f"/sessions/{self.sid}/applications")
            found = {one["client"]: (one["status"], one["error"]) for one in listed}
            if found == wanted:
                return
            assert time.monotonic() < deadline, (found, wanted)
            time.sleep(0.05)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def visit(api: Api, stack: ExitStack) -> Visit:
    """A newcomer signs up, confirms the address, and signs in."""
    person = somebody()
    browser = sign_up(api.server, person).go("/signin?other=1")
    return Visit(api, person, sign_in(browser, person), stack)


def test_every_application_learns_and_can_prove_it(api: Api, stack: ExitStack) -> None:
    """R049, R102: tokens that an independent library verifies, within two seconds."""
    here = visit(api, stack)
    parties = [here.party(name) for name in ("One", "Two", "Three")]
    here.sign_out()
    assert here.browser.page is not None
    assert here.browser.page.url.partition("?")[0].endswith("/signout/done")
    for party in parties:
        party.until_ended(here.sid, within=5)
        assert len(party.posts) == 1
    here.until(dict.fromkeys(parties, ("delivered", None)))
    here.browser.go(here.browser.page.url)
    assert "signed out" in here.browser.page.words and "Three" in here.browser.page.words


def test_one_that_fails_twice_one_that_hangs_and_one_at_a_private_address(
    api: Api, stack: ExitStack
) -> None:
    """R134, R135, A117: each has its own fate, and nobody waits for another."""
    here = visit(api, stack)
    failing, hanging, healthy = here.party("Failing"), here.party("Hanging"), here.party("Healthy")
    private = here.party("Private", "https://10.255.255.1/logout")
    failing.answers, hanging.hang = [500, 503], 8
    here.sign_out()
    healthy.until_ended(here.sid, within=4)
    failing.until_ended(here.sid, within=20)
    assert len(failing.posts) == 3
    here.until({
        healthy: ("delivered", None),
        failing: ("delivered", None),
        hanging: ("waiting", "no_answer"),
        private: ("waiting", "no_answer"),
    })  # fmt: skip
    listed = api.server.cli("session", "logouts", "--app", private.client_id)
    assert [one["status"] for one in listed] == ["waiting"]


def test_an_administrator_ends_a_session_from_the_command_line(api: Api, stack: ExitStack) -> None:
    """A035: the command only writes; the server, another process, delivers."""
    here = visit(api, stack)
    party = here.party()
    assert api.server.run("session", "revoke", here.sid).returncode == 0
    party.until_ended(here.sid, within=10)


def test_deleting_a_person_signs_them_out_of_applications(api: Api, stack: ExitStack) -> None:
    """A035."""
    here = visit(api, stack)
    party = here.party()
    (user,) = api("GET", f"/users?{urlencode({'email': here.person.email})}")
    api("DELETE", f"/users/{user['id']}")
    party.until_ended(here.sid, within=10)


@pytest.mark.parametrize("kind", stores())
def test_killed_between_commit_and_post_it_posts_after_the_restart(
    kind: str, tmp_path_factory: pytest.TempPathFactory, stack: ExitStack
) -> None:
    """I6: what was committed is delivered, although nobody was left to do it."""
    busy = SETTINGS | {
        "LIMEN_DELIVERIES__CONCURRENCY": "1",
        "LIMEN_DELIVERIES__CONCURRENCY_PER_RECEIVER": "1",
    }
    with process_store(kind) as urls:
        server = Server(tmp_path_factory.mktemp("kill"), extra=busy, **urls).start()
        api = administer(server)
        first, second = visit(api, stack), visit(api, stack)
        hanging, party = first.party("Hanging"), second.party("Party")
        hanging.hang = 6
        first.sign_out()
        hanging.until_posted()
        second.sign_out()
        assert party.posts == []  # committed; the only turn is taken
        server.kill()
        assert party.posts == []
        server.start()
        party.until_ended(second.sid, within=10)  # once at least: nobody knows what a dead one sent
        assert server.stop() == 0


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False], ids=["javascript", "without"])
def test_the_front_channel_in_a_real_browser(
    api: Api, stack: ExitStack, chromium: Any, scripts: bool
) -> None:
    """Front-Channel Logout 1.0: the frame is loaded, then the browser goes on by itself."""
    here = visit(api, stack)
    party = here.party("Front", frontchannel_logout_uri="{url}/out")
    context = chromium.new_context(java_script_enabled=scripts)
    stack.callback(context.close)
    context.add_cookies([
        {"name": cookie.name, "value": cookie.value, "url": api.server.url}
        for cookie in here.browser.http.cookies.jar
    ])  # fmt: skip
    page: Page = context.new_page()
    party.posts.clear()
    leaving = urlencode({
        "id_token_hint": here.id_tokens[party.client_id], "state": "xyz",
        "post_logout_redirect_uri": f"{party.url}/bye",
    })  # fmt: skip
    page.goto(f"{api.server.url}/oauth2/logout?{leaving}")
    page.wait_for_url(f"{party.url}/bye?state=xyz", timeout=15_000)
    paths = [post["path"] for post in party.posts if "path" in post]
    (asked,) = [path for path in paths if path.startswith("/out?")]
    assert parse_qs(urlsplit(asked).query) == {"iss": [api.server.url], "sid": [here.sid]}
    party.until_ended(here.sid)  # and by the back channel too


_ASKING = """<!doctype html><title>asking</title><iframe id="op" src="{frame}"></iframe>
<script>
addEventListener("message", (event) => document.title = event.data);
function ask(text) {{
  document.title = "asking";
  document.getElementById("op").contentWindow.postMessage(text, "{issuer}");
}}
</script>"""


@pytest.mark.browser
def test_a_page_of_an_application_asks_whether_the_person_is_the_same(
    api: Api, stack: ExitStack, chromium: Any
) -> None:
    """Session Management 1.0 §3: unchanged, then changed; nonsense is an error."""
    here = visit(api, stack)
    party = here.party()
    issuer = api.server.url
    origin = party.url.replace("127.0.0.1", "localhost")  # of our site, so that it sees cookies
    client = api("POST", "/clients", {
        "name": "Asking", "type": "web", "skip_consent": True,
        "redirect_uris": [f"{origin}/callback"], "options": {"session_management": True},
    })["client_id"]  # fmt: skip
    context = chromium.new_context()
    stack.callback(context.close)
    context.add_cookies([
        {"name": cookie.name, "value": cookie.value, "url": issuer}
        for cookie in here.browser.http.cookies.jar
    ])  # fmt: skip
    page: Page = context.new_page()
    challenge = base64.urlsafe_b64encode(sha256(b"v" * 43).digest()).rstrip(b"=").decode()
    query = urlencode({
        "response_type": "code", "client_id": client, "redirect_uri": f"{origin}/callback",
        "scope": "openid", "code_challenge": challenge, "code_challenge_method": "S256",
    })  # fmt: skip
    page.goto(f"{issuer}/oauth2/authorize?{query}")
    (state,) = parse_qs(urlsplit(page.url).query)["session_state"]
    party.page = _ASKING.format(frame=f"{issuer}/oauth2/session", issuer=issuer)
    page.goto(f"{origin}/asking")

    def ask(text: str) -> str:
        page.evaluate("text => ask(text)", text)
        page.wait_for_function("document.title !== 'asking'", timeout=10_000)
        return page.title()

    assert ask(f"{client} {state}") == "unchanged"
    assert ask(f"{client} {'0' * 64}.salt") == "changed"
    for wrong in ("", "nonsense", f"{client} {state} more", f"{client}  {state}"):
        assert ask(wrong) == "error"
    other = context.new_page()
    other.goto(f"{issuer}/signout")
    other.click('button[data-action="sign-out"]')
    assert ask(f"{client} {state}") == "changed"
