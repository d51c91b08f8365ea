"""Client ID metadata documents: clients whose name is the URL of their metadata.

Client ID Metadata Document.
"""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.clock import FrozenClock
from tests.support.certificates import Made, authority, server_context
from tests.support.issuers import manage
from tests.support.oauth import CAUSE, Answer, Provider, build, decoded
from tests.support.registration import policy
from tests.support.websites import Website, page, website

from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.oauth.api import Client
from limen.oauth.model.client_ids import id_of, id_of_url
from limen.platform.db import OpenDatabase
from limen.platform.fetch import FetchSettings

PATH = "/app/client.json"
BACK = "https://app.example/cb"


@pytest.fixture
def root(tmp_path: Path) -> Made:
    made = authority()
    (tmp_path / "root.pem").write_bytes(made.pem)
    return made


@pytest.fixture
async def provider(
    database: OpenDatabase, store: Store, clock: FrozenClock, tenant: Tenant, root: Made,
    tmp_path: Path,
) -> Provider:  # fmt: skip
    del root
    fetching = FetchSettings(ca_file=tmp_path / "root.pem")
    made = await build(database, store, clock, tenant, fetching)
    await policy(made, client_id_metadata_documents=True)
    return made


@pytest.fixture
async def site(root: Made, tmp_path: Path) -> AsyncIterator[Website]:
    async with website(server_context(root, tmp_path)) as opened:
        opened.put(PATH, document(opened))
        yield opened


def document(site: Website, **changes: Any) -> dict[str, Any]:
    found = {
        "client_id": site.url(PATH), "client_name": "Assistant", "redirect_uris": [BACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    }  # fmt: skip
    return {name: value for name, value in (found | changes).items() if value is not None}


async def ask(provider: Provider, client_id: str, secret: str | None = None, **more: str) -> Answer:
    from tests.support.oauth import CHALLENGE

    values = {
        "response_type": "code", "client_id": client_id, "redirect_uri": BACK, "scope": "openid",
        "state": "s", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    return await provider.authorize(values | more, secret)


def is_page(answer: Answer) -> bool:
    """R003: refused where it is, and sent nowhere."""
    return answer.status == 400 and not answer.location


async def stored(provider: Provider, url: str) -> Client | None:
    await provider.snapshots.poll()
    return await provider.oauth.clients.find(provider.store, url)


async def test_a_document_is_a_client(provider: Provider, site: Website) -> None:
    """R012, R055: from the URL to tokens, with consent, and nothing registered before."""
    url = site.url(PATH)
    browser, _ = await provider.sign_in(await provider.person())
    answer = await ask(provider, url, browser)
    assert "/consent?" in answer.location, answer.body
    client = await stored(provider, url)
    assert client is not None
    assert (client.client_id, client.registered, client.type) == (url, "document", "spa")
    assert (client.is_public, client.skip_consent) == (True, False)
    provider.secrets[client.id] = None
    tokens = await provider.tokens(client, browser)
    claims = decoded(tokens["access_token"])
    assert claims["client_id"] == url
    assert decoded(tokens["id_token"])["aud"] == url
    assert (await provider.userinfo(tokens["access_token"])).status == 200
    [created] = await provider.data("client.created")
    assert created["client_id"] == url
    assert site.count(PATH) == 1


async def test_its_tokens_end_with_it(provider: Provider, site: Website) -> None:
    """A033: the gate finds a client by the name in the token, whatever the name is."""
    url = site.url(PATH)
    browser, _ = await provider.sign_in(await provider.person())
    await ask(provider, url, browser)
    client = await stored(provider, url)
    assert client is not None
    provider.secrets[client.id] = None
    tokens = await provider.tokens(client, browser, scope="openid offline_access")
    disabled = await manage(provider, "POST", f"/api/v1/clients/{client.id}/disable")
    assert disabled.status == 200
    assert disabled.json["data"]["client_id"] == url
    assert (await provider.userinfo(tokens["access_token"])).status == 401
    assert is_page(await ask(provider, url, browser))
    refreshed = await provider.token(
        {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": url}
    )
    assert (refreshed.status, refreshed.json["error"]) == (401, "invalid_client")
    assert (await manage(provider, "DELETE", f"/api/v1/clients/{client.id}")).status == 204
    assert (await provider.userinfo(tokens["access_token"])).status == 401


async def test_nobody_is_known_so_without_the_policy(provider: Provider, site: Website) -> None:
    """A091: off means off, for those that were known too; and nothing is fetched."""
    url = site.url(PATH)
    await policy(provider, client_id_metadata_documents=False)
    assert is_page(await ask(provider, url))
    assert site.asked == []
    await policy(provider, client_id_metadata_documents=True)
    assert not is_page(await ask(provider, url))
    await policy(provider, client_id_metadata_documents=False)
    assert is_page(await ask(provider, url))
    token = await provider.token(
        {"grant_type": "authorization_code", "code": "x", "client_id": url, "redirect_uri": BACK}
    )
    assert token.json["error"] == "invalid_client"
    shown = await provider.send("GET", "/.well-known/openid-configuration")
    assert shown.json["client_id_metadata_document_supported"] is False


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost/", "https://localhost", "https://localhost/a?b=c", "https://localhost/a#b",
        "https://u:p@localhost/a", "https://localhost/a/../b", "https://localhost/%2e%2e/b",
        "https://LOCALHOST/a", "http://localhost/a", "https://localhost:0/a", "https://lоcalhost/a",
        "https://*.example/a", "https://localhost/" + "a" * 2100, "https:///a", "https:/localhost/a",
    ],
)  # fmt: skip
async def test_urls_that_are_no_name(provider: Provider, site: Website, url: str) -> None:
    """A057, A117, A119: one spelling, a path, and no way around."""
    assert is_page(await ask(provider, url))
    assert site.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/a", "https://169.254.169.254/latest/meta-data", "https://[::1]/a",
        "https://10.0.0.1/a", "https://2130706433/a", "https://0x7f.1/a", "https://localhost:22/a",
        "https://[::ffff:127.0.0.1]/a", "https://192.168.0.1/a",
    ],
)  # fmt: skip
async def test_names_that_lead_inside(provider: Provider, url: str) -> None:
    """R135, A117: nothing is asked there, and the page does not say why."""
    answer = await ask(provider, url)
    assert is_page(answer)
    for word in (b"address", b"dns", b"connect", b"timeout"):
        assert b"FetchFailed" not in answer.body
        assert b">" + word not in answer.body


WRONG: list[dict[str, Any]] = [
    {"client_id": None},
    {"client_id": "https://other.example/client.json"},
    {"client_secret": "shared"},
    {"token_endpoint_auth_method": "client_secret_basic"},
    {"token_endpoint_auth_method": "client_secret_post"},
    {"token_endpoint_auth_method": "client_secret_jwt"},
    {"redirect_uris": None},
    {"redirect_uris": []},
    {"redirect_uris": ["javascript:alert(1)"]},
    {"redirect_uris": ["https://*.example/cb"]},
    {"redirect_uris": BACK},
    {"client_name": "Аssistant"},
    {"client_name": 7},
    {"logo_uri": "http://127.0.0.1/logo"},
    {"jwks_uri": "http://169.254.169.254/"},
    {"response_types": ["token"]},
    {"grant_types": ["client_credentials"]},
]  # fmt: skip


@pytest.mark.parametrize("changes", WRONG, ids=lambda changes: str(changes)[:60])
async def test_documents_that_are_no_client(
    provider: Provider, site: Website, changes: dict[str, Any]
) -> None:
    """R002, R015, R053, R057, A009, A117: the rules of every registration, and nothing stored."""
    site.put(PATH, document(site, **changes))
    assert is_page(await ask(provider, site.url(PATH)))
    assert await provider.data("client.created") == []


@pytest.mark.parametrize(
    "answer",
    [
        page(b"", "404 Not Found"), page(b"[]"), page(b"{"), page(b'{"a":1,"a":2}'),
        page(b"<html>", content_type="text/html"), page(b" " * 17_000),
        page(b"", "302 Found", location="https://169.254.169.254/"), b"",
    ],
)  # fmt: skip
async def test_what_is_no_document(provider: Provider, site: Website, answer: bytes) -> None:
    """A117, A121: no redirect is followed, and nothing large or odd is read."""
    site.pages[PATH] = answer
    assert is_page(await ask(provider, site.url(PATH)))
    assert await provider.data("client.created") == []


async def test_scopes_and_grants_of_others_are_left_out(provider: Provider, site: Website) -> None:
    """R056, A023: a document is for many servers; none of our permissions comes with it."""
    await provider.api()
    await policy(provider, registration_scopes=["orders:read"])
    site.put(PATH, document(
        site, scope="openid users:write account:write orders:read mcp:tools",
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
    ))  # fmt: skip
    await ask(provider, site.url(PATH))
    client = await stored(provider, site.url(PATH))
    assert client is not None
    assert client.scopes == ("openid", "orders:read")
    assert client.grant_types == ("authorization_code", "refresh_token")


async def test_hosts_can_be_named(provider: Provider, site: Website) -> None:
    await policy(provider, client_id_metadata_hosts=["*.vendor.example"])
    assert is_page(await ask(provider, site.url(PATH)))
    assert site.asked == []


async def test_a_changed_document_changes_the_client(
    provider: Provider, site: Website, clock: FrozenClock
) -> None:
    """A redirect URI that is gone from the document is refused from then on."""
    url = site.url(PATH)
    await ask(provider, url)
    site.put(PATH, document(site, redirect_uris=["https://app.example/new"], client_name="New"))
    assert not is_page(await ask(provider, url))
    clock.advance(timedelta(minutes=11))
    await provider.snapshots.poll()
    assert is_page(await ask(provider, url))
    client = await stored(provider, url)
    assert client is not None
    assert (client.name, client.redirect_uris) == ("New", ("https://app.example/new",))
    assert site.count(PATH) == 2
    assert len(await provider.data("client.changed")) == 1


async def test_a_document_leaves_what_administrators_chose(
    provider: Provider, site: Website, clock: FrozenClock
) -> None:
    """R120, A081: whoever writes the document does not put off the rules that it was given."""
    url = site.url(PATH)
    await ask(provider, url)
    client = await stored(provider, url)
    assert client is not None
    given = {"options": {"id_token_lifetime": 60}}
    path = f"/api/v1/clients/{client.id}"
    assert (await manage(provider, "PATCH", path, given)).status == 200
    site.put(PATH, document(site, client_name="New"))
    clock.advance(timedelta(minutes=11))
    await provider.snapshots.poll()
    await ask(provider, url)
    client = await stored(provider, url)
    assert client is not None
    assert (client.name, client.options.id_token_lifetime) == ("New", 60)


async def test_a_document_that_is_gone_ends_it(
    provider: Provider, site: Website, clock: FrozenClock
) -> None:
    """An outage is not the end, a 404 is: after what caches keep."""
    url = site.url(PATH)
    await ask(provider, url)
    site.pages[PATH] = page(b"", "503 Service Unavailable")
    clock.advance(timedelta(hours=2))
    await provider.snapshots.poll()
    assert not is_page(await ask(provider, url))
    site.pages[PATH] = page(b"", "404 Not Found")
    clock.advance(timedelta(hours=2))
    await provider.snapshots.poll()
    assert is_page(await ask(provider, url))


async def test_a_loopback_client_is_asked_about_each_time(
    provider: Provider, site: Website
) -> None:
    """R013, RFC 8252 §8.6: anybody on the machine can pose as it, whoever wrote the document."""
    loopback = "http://127.0.0.1:33418/"
    site.put(PATH, document(site, redirect_uris=[loopback, BACK]))
    url = site.url(PATH)
    browser, _ = await provider.sign_in(await provider.person())
    await ask(provider, url, browser, redirect_uri=loopback)
    client = await stored(provider, url)
    assert client is not None
    assert client.type == "native"
    provider.secrets[client.id] = None
    await provider.code(client, browser, redirect_uri=loopback)
    again = await ask(provider, url, browser, redirect_uri=loopback)
    assert "/consent?" in again.location


async def test_the_id_of_a_document_client_is_no_name(provider: Provider, site: Website) -> None:
    """R055: one client, one name."""
    url = site.url(PATH)
    await ask(provider, url)
    client = await stored(provider, url)
    assert client is not None
    assert is_page(await ask(provider, str(client.id)))
    named = base64.b64encode(f"{client.id}:".encode()).decode()
    token = await provider.token(
        {"grant_type": "authorization_code"}, ("authorization", f"Basic {named}")
    )
    assert token.json["error"] == "invalid_client"


async def test_first_requests_at_once_make_one_client(provider: Provider, site: Website) -> None:
    """A031"""
    url = site.url(PATH)
    answers = await asyncio.gather(*(ask(provider, url) for _ in range(12)))
    assert not any(is_page(answer) for answer in answers)
    assert len(await provider.data("client.created")) == 1
    assert site.count(PATH) == 1


async def test_unknown_names_are_asked_for_slowly(provider: Provider, site: Website) -> None:
    """A117, A135: nobody lets us knock at a thousand doors, nor fill the store."""
    for number in range(70):
        await ask(provider, site.url(f"/no/{number}"))
    assert len(site.asked) == 60
    assert is_page(await ask(provider, site.url(PATH)))


async def test_there_is_room_for_so_many(provider: Provider, site: Website) -> None:
    """A135"""
    await policy(provider, registration_max_clients=0)
    assert is_page(await ask(provider, site.url(PATH)))


async def test_tenants_have_document_clients_of_their_own(
    provider: Provider, site: Website
) -> None:
    """R118, A077: known here is unknown there."""
    url = site.url(PATH)
    await ask(provider, url)
    acme = provider.in_tenant(await provider.tenants.create("acme", "Acme", CAUSE))
    await provider.snapshots.poll()
    assert is_page(await ask(acme, url))
    await policy(acme, client_id_metadata_documents=True)
    assert not is_page(await ask(acme, url))
    first, second = await stored(provider, url), await stored(acme, url)
    assert first is not None
    assert second is not None
    assert first.id == second.id == id_of_url(url)


def test_names_and_ids() -> None:
    """RFC 9562 §5.8: a URL's id is a UUIDv8, and an id's is itself."""
    found = id_of_url("https://app.example/client.json")
    assert (found.version, found.variant) == (8, "specified in RFC 4122")
    assert id_of("https://app.example/client.json") == found
    assert id_of(str(found)) == found
    assert id_of("https://app.example/client.jsox") != found
    assert id_of("local-cli") is None
