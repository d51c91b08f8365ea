"""Automatic registration: an application of the federation asks, and nobody registered it."""

from datetime import timedelta

import pytest
from tests.integration.federation.conftest import World
from tests.support.federation import BACK, federate
from tests.support.issuers import manage
from tests.support.oauth import CAUSE, VERIFIER, Answer, decoded

from limen.oauth.model.client_ids import id_of_url


def is_page(answer: Answer) -> bool:
    """R003: refused where it is, and sent nowhere."""
    return answer.status == 400 and not answer.location


async def browser_of(world: World) -> str:
    secret, _ = await world.provider.sign_in(await world.provider.person())
    return secret


async def tokens(world: World, browser: str, **asked: str) -> dict[str, str]:
    answer = await world.app.ask(browser, **asked)
    if "/consent?" in answer.location:
        await world.provider.approve(answer, browser)
        answer = await world.provider.resume(answer, browser)
    got = await world.provider.token({
        "grant_type": "authorization_code", "code": answer.query["code"],
        "code_verifier": VERIFIER, "redirect_uri": BACK, **world.app.credentials(),
    })  # fmt: skip
    assert got.status == 200, got.body
    return got.json


async def test_an_application_is_known_by_its_chain(world: World) -> None:
    """R012, R055, R017: from nothing to tokens, by what its superiors say."""
    browser = await browser_of(world)
    got = await tokens(world, browser)
    assert decoded(got["access_token"])["client_id"] == world.app.id
    assert decoded(got["id_token"])["aud"] == world.app.id
    client = await world.provider.oauth.clients.find(world.provider.store, world.app.id)
    assert client is not None
    assert (client.registered, client.type, client.is_unknown) == ("federation", "web", False)
    assert client.options.require_signed_request_object
    [fact] = await world.provider.data("federation_client.trusted")
    assert fact["superiors"] == [world.middle.id, world.anchor.id]
    assert world.site.count("/app/.well-known/openid-federation") == 1


async def test_the_request_must_be_signed(world: World) -> None:
    """R017, A009: who asks is proven by the request itself, by the keys of its metadata."""
    provider = world.provider
    plain = {k: str(v) for k, v in world.app.asked().items() if k not in ("iss", "aud", "jti")}
    answer = await provider.authorize(plain)
    assert answer.query["error"] == "invalid_request"
    foreign = world.entity("/other").is_app()
    forged = foreign.by_app("oauth-authz-req+jwt", world.app.asked())
    answer = await provider.authorize({"client_id": world.app.id, "request": forged})
    assert is_page(answer) or answer.query["error"] == "invalid_request_object"
    by_entity = world.app.by_app("oauth-authz-req+jwt", world.app.asked(), world.app.key)
    answer = await provider.authorize({"client_id": world.app.id, "request": by_entity})
    assert is_page(answer), "the federation key signs statements, not requests"


@pytest.mark.parametrize(
    "change",
    [
        {"jti": None}, {"aud": None}, {"aud": "https://other.example"}, {"exp": None},
        {"iss": "https://other.example"}, {"sub": "x"}, {"exp": 1}, {"client_id": "https://o.example"},
    ],
)  # fmt: skip
async def test_a_request_object_says_everything(
    world: World, change: dict[str, str | int | None]
) -> None:
    """R017, A101: Federation §12.1.1."""
    answer = await world.app.ask(**change)
    assert is_page(answer), answer.location


async def test_a_request_object_works_once(world: World) -> None:
    """R030, A019: a replayed request object is refused, across processes."""
    browser = await browser_of(world)
    token = world.app.request()
    parameters = {"client_id": world.app.id, "request": token}
    assert "/consent?" in (await world.provider.authorize(parameters, browser)).location
    assert is_page(await world.provider.authorize(parameters, browser))


async def test_requests_are_pushed_with_an_object(world: World) -> None:
    """R016: at PAR as at the authorization endpoint."""
    form = {"client_id": world.app.id, "request": world.app.request(), **world.app.credentials()}
    pushed = await world.provider.form("/oauth2/par", form)
    assert pushed.status == 201, pushed.body
    uri = pushed.json["request_uri"]
    browser = await browser_of(world)
    answer = await world.provider.authorize(
        {"client_id": world.app.id, "request_uri": uri}, browser
    )
    assert "/consent?" in answer.location
    asked = {k: str(v) for k, v in world.app.asked().items() if k not in ("iss", "aud", "jti")}
    plain = await world.provider.form("/oauth2/par", {**asked, **world.app.credentials()})
    assert plain.json["error"] == "invalid_request"


async def test_whom_the_superior_removed_is_out(world: World) -> None:
    """A033, R102: at the latest when the chain ends; its tokens and refresh tokens end too."""
    provider, clock = world.provider, world.provider.clock
    browser = await browser_of(world)
    got = await tokens(world, browser, scope="openid offline_access")
    assert (await provider.userinfo(got["access_token"])).status == 200
    del world.middle.subordinates[world.app.id]
    clock.advance(timedelta(minutes=10))
    assert (await provider.userinfo(got["access_token"])).status == 200, "within the cache time"
    clock.advance(timedelta(minutes=25))
    assert is_page(await world.app.ask(browser))
    assert await provider.reasons("federation_client.distrusted") == ["status"]
    again = {"grant_type": "refresh_token", "refresh_token": got["refresh_token"]}
    refused = await provider.token({**again, **world.app.credentials()})
    assert (refused.status, refused.json["error"]) == (401, "invalid_client")
    world.middle.subordinates[world.app.id] = world.app
    clock.advance(31)
    assert (await world.app.ask(browser)).query.get("code")


async def test_tokens_end_with_the_chain(world: World) -> None:
    """A033: the gate asks for the chain, whoever shows the token."""
    provider = world.provider
    browser = await browser_of(world)
    world.app.says["exp"] = world.app.now + 300
    got = await tokens(world, browser)
    provider.clock.advance(301)
    assert (await provider.userinfo(got["access_token"])).status == 401


async def test_nobody_can_be_asked_is_no_verdict(world: World) -> None:
    """A superior that is down ends nobody before the chain does."""
    clock = world.provider.clock
    browser = await browser_of(world)
    await tokens(world, browser)
    kept = dict(world.site.pages)
    world.site.pages = dict.fromkeys(kept, b"HTTP/1.1 503 x\r\ncontent-length: 0\r\n\r\n")
    clock.advance(timedelta(minutes=31))
    assert (await world.app.ask(browser)).query.get("code")
    clock.advance(timedelta(minutes=31))
    assert is_page(await world.app.ask(browser))


async def test_a_new_key_counts_once_the_chain_is_renewed(world: World) -> None:
    """R017: the metadata of now, not of the first time."""
    browser = await browser_of(world)
    await tokens(world, browser)
    other = world.entity("/other")
    world.app.app_key = other.app_key
    world.app.is_app(client_name="Shop 2")
    assert is_page(await world.app.ask(browser))
    world.provider.clock.advance(timedelta(minutes=31))
    assert (await world.app.ask(browser)).query.get("code")
    client = await world.provider.oauth.clients.find(world.provider.store, world.app.id)
    assert client is not None
    assert client.name == "Shop 2"


async def test_off_is_off(world: World) -> None:
    """R057: off by default, for each way, and at once."""
    browser = await browser_of(world)
    await tokens(world, browser)
    await federate(world.provider, world.anchor, federation=False)
    assert is_page(await world.app.ask(browser))
    for path in ("/.well-known/openid-federation", "/oauth2/federation/list"):
        answer = await world.provider.send("GET", path)
        assert (answer.status, answer.json["error"]) == (404, "not_found")
    await federate(world.provider, world.anchor, federation_registration=["explicit"])
    new = world.entity("/new").is_app().under(world.anchor)
    assert is_page(await new.ask(browser))
    await federate(world.provider, federation_registration=["automatic"])
    assert is_page(await world.app.ask(browser)), "its anchor is trusted no more"


async def test_an_administrator_can_switch_it_off(world: World) -> None:
    """A033: whatever its superiors say."""
    browser = await browser_of(world)
    got = await tokens(world, browser)
    client = id_of_url(world.app.id)
    answer = await manage(world.provider, "POST", f"/api/v1/clients/{client}/disable")
    assert answer.status == 200
    assert is_page(await world.app.ask(browser))
    assert (await world.provider.userinfo(got["access_token"])).status == 401


@pytest.mark.parametrize(
    "change",
    [
        {"client_registration_types": ["explicit"]},
        {"client_registration_types": None},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"token_endpoint_auth_method": "none"},
        {"jwks": None},
        {"redirect_uris": ["http://evil.example/cb"]},
        {"redirect_uris": []},
        {"redirect_uris": "https://app.example/cb"},
    ],
)
async def test_metadata_that_makes_no_client(world: World, change: dict[str, object]) -> None:
    """R001, R051, R055: keys, never secrets; and the rules of every client."""
    world.app.is_app(**change)
    assert is_page(await world.app.ask())
    assert await world.provider.data("client.created") == []


async def test_what_it_may_is_what_the_tenant_gives(world: World) -> None:
    """R056, A023: scopes and grant types beyond the policy are left out."""
    grants = ["authorization_code", "client_credentials"]
    world.app.is_app(scope="openid users:write", grant_types=grants)
    await world.app.ask()
    client = await world.provider.oauth.clients.find(world.provider.store, world.app.id)
    assert client is not None
    assert client.scopes == ("openid",)
    assert client.grant_types == ("authorization_code",)
    assert not client.skip_consent


async def test_another_tenant_trusts_nobody(world: World) -> None:
    """R116, A081: trust is a tenant's own."""
    other = world.provider.in_tenant(await world.provider.tenants.create("acme", "Acme", CAUSE))
    answer = await other.send("GET", "/.well-known/openid-federation")
    assert answer.status == 404
    await tokens(world, await browser_of(world))
    assert await other.oauth.clients.find(other.store, world.app.id) is None
