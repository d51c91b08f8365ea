"""private_key_jwt with keys at an address: rotation, and addresses that misbehave."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from tests.fakes.clock import FrozenClock
from tests.support.assertions import Keys, asserted, claims_of
from tests.support.oauth import Provider, build
from tests.support.websites import Asked, Website, page, website

from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.oauth.api import Client
from limen.oauth.options import ClientOptions
from limen.platform.db import OpenDatabase
from limen.platform.fetch import FetchSettings

SHORT = timedelta(seconds=0.3)
QUICK = FetchSettings(timeout=SHORT, connect_timeout=SHORT)


@pytest.fixture
async def site() -> AsyncIterator[Website]:
    async with website() as opened:
        yield opened


async def machine(provider: Provider, uri: str) -> Client:
    options = ClientOptions(jwks_uri=uri)
    return await provider.client("m2m", auth_method="private_key_jwt", options=options)


async def ask(provider: Provider, client: Client, keys: Keys) -> tuple[int, str]:
    """Return the status, and what the log says of a refusal."""
    answer = await provider.token(asserted(keys.token(claims_of(client, provider.clock))))
    if answer.status == 200:
        return 200, ""
    assert answer.json == {
        "error": "invalid_client", "error_description": "Client authentication failed.",
    }  # fmt: skip
    return answer.status, (await provider.reasons("token.refused"))[-1] or ""


async def test_keys_are_fetched_once_and_kept(provider: Provider, site: Website) -> None:
    """R052: the set is read when first needed, and again when it has aged."""
    keys = Keys()
    client = await machine(provider, site.put("/jwks", keys.jwks, cache_control="max-age=300"))
    for _ in range(5):
        assert await ask(provider, client, keys) == (200, "")
    assert site.count("/jwks") == 1
    assert site.asked[0].headers["accept"] == "application/jwk-set+json, application/json"
    provider.clock.advance(300)
    assert await ask(provider, client, keys) == (200, "")
    assert site.count("/jwks") == 2


async def test_a_rotation_is_seen_at_the_first_new_kid(provider: Provider, site: Website) -> None:
    """R052: an unknown kid makes us look again, at most twice a minute; the old key is gone."""
    old, new = Keys(kid="old"), Keys(kid="new")
    client = await machine(provider, site.put("/jwks", old.jwks))
    assert await ask(provider, client, old) == (200, "")
    site.put("/jwks", {"keys": [old.jwk, new.jwk]})
    assert await ask(provider, client, new) == (401, "client_assertion_kid")  # just looked
    provider.clock.advance(31)
    assert await ask(provider, client, new) == (200, "")
    assert await ask(provider, client, old) == (200, "")
    site.put("/jwks", new.jwks)
    provider.clock.advance(601)
    assert await ask(provider, client, old) == (401, "client_assertion_kid")
    assert await ask(provider, client, new) == (200, "")
    assert site.count("/jwks") == 3


async def test_keys_without_a_kid_rotate_too(provider: Provider, site: Website) -> None:
    old, new = Keys(kid=None), Keys(kid=None)
    client = await machine(provider, site.put("/jwks", old.jwks))
    assert await ask(provider, client, old) == (200, "")
    site.put("/jwks", new.jwks)
    provider.clock.advance(31)
    assert await ask(provider, client, new) == (200, "")
    assert (await ask(provider, client, old))[0] == 401


async def test_nobody_makes_us_ask_in_a_loop(provider: Provider, site: Website) -> None:
    """A117, A135: a hundred unknown kids at once are one more look, or none."""
    keys, evil = Keys(), Keys(kid="evil")
    client = await machine(provider, site.put("/jwks", keys.jwks))
    assert await ask(provider, client, keys) == (200, "")
    provider.clock.advance(31)
    forms = [asserted(evil.token(claims_of(client, provider.clock))) for _ in range(100)]
    answers = await asyncio.gather(*[provider.token(form) for form in forms])
    assert {answer.status for answer in answers} == {401}
    assert site.count("/jwks") == 2


async def test_an_address_that_is_down_comes_back(provider: Provider, site: Website) -> None:
    """A117: refused, asked once in half a minute, and no reason shown to the caller."""
    keys = Keys()
    client = await machine(provider, site.url("/jwks"))
    for _ in range(3):
        assert await ask(provider, client, keys) == (401, "client_assertion_keys")
    assert site.count("/jwks") == 1
    site.put("/jwks", keys.jwks)
    provider.clock.advance(31)
    assert await ask(provider, client, keys) == (200, "")


async def bad(site: Website, keys: Keys) -> dict[str, Any]:
    async def slow(asked: Asked) -> bytes:
        await asyncio.sleep(30)
        return b""

    site.put("/good", keys.jwks)
    return {
        "redirect": page(b"", "302 Found", location=site.url("/good")),
        "huge": page(b'{"keys":[' + b" " * 300_000 + b"]}"),
        "gzip": page(b"\x1f\x8b", content_encoding="gzip"),
        "html": page(b"<html>"),
        "list": page(b"[]"),
        "none": page(b'{"keys":{}}'),
        "many": page(b'{"keys":[' + b",".join([b"{}"] * 101) + b"]}"),
        "odd": page(b'{"keys":[1,"x",null,{"kty":"EC"},{"kty":"RSA","n":"AQAB","e":"AQAB"}]}'),
        "error": page(b"", "500 Sorry"),
        "slow": slow,
    }


BAD = ("redirect", "huge", "gzip", "html", "list", "none", "many", "odd", "error", "slow")


@pytest.mark.parametrize("kind", BAD)
async def test_an_address_that_misbehaves_is_no_source_of_keys(
    kind: str,
    site: Website,
    database: OpenDatabase,
    store: Store,
    clock: FrozenClock,
    tenant: Tenant,
) -> None:
    """A117, A121: redirecting, huge, compressed, no JWK Set, failing, slow: 401, and quickly."""
    provider, keys = await build(database, store, clock, tenant, QUICK), Keys()
    site.pages["/jwks"] = (await bad(site, keys))[kind]
    client = await machine(provider, site.url("/jwks"))
    async with asyncio.timeout(3):
        status, reason = await ask(provider, client, keys)
    assert status == 401
    assert reason in ("client_assertion_keys", "client_assertion_jwks", "client_assertion_kid")
    assert site.count("/good") == 0


INSIDE = [
    "https://169.254.169.254/latest/meta-data", "https://10.0.0.1/jwks", "https://[fd00::1]/jwks",
    "https://100.64.0.1/jwks", "https://192.168.1.1:8443/jwks", "https://[::ffff:10.0.0.1]/jwks",
]  # fmt: skip


@pytest.mark.parametrize("uri", INSIDE)
async def test_a_private_address_is_never_asked(uri: str, provider: Provider) -> None:
    """A117: refused in a moment, without a connection."""
    client = await machine(provider, uri)
    async with asyncio.timeout(1):
        assert await ask(provider, client, Keys()) == (401, "client_assertion_keys")


async def test_a_disabled_client_makes_nobody_ask(provider: Provider, site: Website) -> None:
    """A033, A117: nothing is fetched for it."""
    keys = Keys()
    client = await machine(provider, site.put("/jwks", keys.jwks))
    chief = await provider.client("m2m", scopes=["clients:write"])
    await provider.role(chief)
    token = (await provider.machine_token(chief))["access_token"]
    path = f"/api/v1/clients/{client.id}/disable"
    assert (await provider.api_call(token, "POST", path, {})).status == 200
    assert await ask(provider, client, keys) == (401, "client_disabled")
    assert not site.asked
