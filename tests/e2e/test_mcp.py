"""MCP authorization end to end: the official SDK's client, a sample server, and nothing by hand.

MCP Authorization.
"""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.certificates import authority, server_context
from tests.support.oauth import decoded
from tests.support.server import Server, free_port, sign_in, sign_up, somebody
from tests.support.stores import process_store, stores
from tests.support.websites import Website, website

EXAMPLE = Path(__file__).parents[2] / "examples" / "mcp"
sys.path.insert(0, str(EXAMPLE))


@pytest.fixture(scope="module", params=stores())
def limen(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server that believes the authority of the sites below."""
    folder = tmp_path_factory.mktemp("mcp")
    root = authority()
    (folder / "root.pem").write_bytes(root.pem)
    extra = {"LIMEN_FETCH__CA_FILE": str(folder / "root.pem")}
    with process_store(request.param) as urls:
        running = Server(folder, **urls, extra=extra)
        running.root = root  # type: ignore[attr-defined] - for the sites below
        running.start()
        yield running
        running.stop()


@pytest.fixture(scope="module")
def notes(limen: Server) -> Iterator[str]:
    """The sample MCP server, with its API and the tenant's policy, as the guide has them."""
    port = free_port()
    resource = f"http://localhost:{port}/mcp"
    limen.cli("api", "create", "--identifier", resource, "--name", "Notes", "--scope",
              "notes:write=Write notes for you")  # fmt: skip
    limen.cli("oauth-policy", "update", "--set", "registration=open", "--set",
              'registration_scopes=["notes:write"]', "--set",
              "client_id_metadata_documents=true")  # fmt: skip
    command = [
        sys.executable,
        str(EXAMPLE / "server.py"),
        "--issuer",
        limen.url,
        "--port",
        str(port),
    ]
    with (limen.folder / "mcp.log").open("wb") as log:
        running = subprocess.Popen(command, stdout=log, stderr=log)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.post(resource, json={}).status_code == 401:
                break
        assert running.poll() is None, (limen.folder / "mcp.log").read_text()
        time.sleep(0.1)
    yield resource
    running.terminate()
    running.wait()


class Person:
    """Somebody at a browser, who signs in and allows what is asked."""

    def __init__(self, limen: Server) -> None:
        self.account = somebody()
        self.browser = sign_up(limen, self.account)
        self.consent = ""
        self.asked: list[str] = []

    async def show(self, url: str) -> None:
        self.asked.append(url)
        await asyncio.to_thread(self._go, url)

    def _go(self, url: str) -> None:
        browser = self.browser.go(url)
        assert browser.page is not None
        if "/signin" in browser.page.url:
            sign_in(browser, self.account)
        self.consent = browser.page.words
        browser.submit(action="approve")
        assert browser.left_for is not None
        httpx.get(browser.left_for)


async def use(person: Person, server: str, document: str | None = None) -> tuple[Any, Any]:
    import client as sample

    return await sample.call(
        server, "add_note", {"text": "Buy milk"}, show=person.show, document=document
    )


def test_the_server_says_where_tokens_come_from(limen: Server, notes: str) -> None:
    """RFC 9728 §5.1: from the refusal to the metadata to the issuer."""
    refused = httpx.post(notes, json={})
    assert refused.status_code == 401
    where = refused.headers["www-authenticate"].split('resource_metadata="')[1].split('"')[0]
    document = httpx.get(where).json()
    assert document["resource"] == notes
    assert [one.rstrip("/") for one in document["authorization_servers"]] == [limen.url]


def test_a_client_registers_itself_and_calls_a_tool(limen: Server, notes: str) -> None:
    """R012, R021, R042, R057: registration, PKCE, a token for this server alone, the call."""
    person = Person(limen)
    told, memory = asyncio.run(use(person, notes))
    assert told.structured_content == {"result": ["Buy milk"]}
    claims = decoded(memory.tokens.access_token)
    assert claims["aud"] == notes
    assert claims["scope"].split()[0] == "notes:write"
    assert claims["client_id"] == memory.client.client_id
    assert memory.client.token_endpoint_auth_method == "none"
    assert "code_challenge_method=S256" in person.asked[0]
    assert "Sample assistant" in person.consent
    assert "registered itself" in person.consent
    assert "Write notes for you" in person.consent
    made = limen.cli("app", "show", memory.client.client_id)
    assert (made["registered"], made["type"]) == ("open", "native")


@contextlib.asynccontextmanager
async def published(limen: Server) -> AsyncIterator[Website]:
    root: Any = limen.root  # type: ignore[attr-defined]
    async with website(server_context(root, limen.folder)) as site:
        site.put("/assistant/client.json", {
            "client_id": site.url("/assistant/client.json"), "client_name": "Known assistant",
            "redirect_uris": ["http://127.0.0.1/callback"],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none", "application_type": "native",
        })  # fmt: skip
        yield site


def test_a_client_is_known_by_its_document(limen: Server, notes: str) -> None:
    """R012, R042: nothing is registered; the consent page says where it comes from."""

    async def story() -> tuple[Any, Any, str, int]:
        async with published(limen) as site:
            url = site.url("/assistant/client.json")
            told, memory = await use(person, notes, url)
            return told, memory, url, site.count("/assistant/client.json")

    person = Person(limen)
    told, memory, url, fetched = asyncio.run(story())
    assert told.structured_content == {"result": ["Buy milk"]}
    assert decoded(memory.tokens.access_token)["client_id"] == url
    assert "Known assistant" in person.consent
    assert url.split("/")[2] in person.consent
    assert fetched == 1


def test_a_token_for_another_api_is_refused(limen: Server, notes: str) -> None:
    """R042: what is for Limen's own API opens nothing here."""
    token = limen.cli("token", "create", "--app", _machine(limen), "--scope", "users:read")
    answer = httpx.post(
        notes, json={}, headers={"authorization": f"Bearer {token['access_token']}"}
    )
    assert answer.status_code == 401


def _machine(limen: Server) -> str:
    made = limen.cli("app", "create", "--name", "Machine", "--type", "m2m", "--scope", "users:read")
    limen.run("role", "assign", "administrator", "--app", made["client_id"])
    return made["client_id"]
