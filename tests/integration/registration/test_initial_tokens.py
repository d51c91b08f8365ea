"""Initial access tokens: made by administrators, used by applications."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from tests.support.issuers import manage
from tests.support.oauth import Answer, Provider
from tests.support.registration import initial_token, policy, register

PATH = "/api/v1/registration-tokens"


async def test_a_token_is_shown_once(provider: Provider) -> None:
    """R053, R142, A085: its digest is stored, and no fact holds it."""
    made = await manage(provider, "POST", PATH, {"name": "Partner", "uses": 3})
    assert made.status == 201
    text = made.json["data"]["initial_access_token"]
    assert len(text) >= 43
    listed = await manage(provider, "GET", PATH)
    assert [token["name"] for token in listed.json["data"]] == ["Partner"]
    assert text not in listed.body.decode()
    assert text not in str(await provider.data("registration_token.created"))


async def test_a_token_has_so_many_uses(provider: Provider) -> None:
    token = await initial_token(provider, uses=2)
    assert (await register(provider, token=token)).status == 201
    assert (await register(provider, token=token)).status == 201
    assert (await register(provider, token=token)).status == 401
    listed = await manage(provider, "GET", PATH)
    assert listed.json["data"][0]["uses_left"] == 0


async def test_a_refused_registration_uses_nothing(provider: Provider) -> None:
    token = await initial_token(provider)
    assert (await register(provider, token=token, redirect_uris=["javascript:x"])).status == 400
    assert (await register(provider, token=token, client_name="\n")).status == 400
    assert (await register(provider, token=token)).status == 201


async def test_a_single_use_is_one_use_whoever_comes_at_once(provider: Provider) -> None:
    """A019, A031: twenty at once, one client."""
    token = await initial_token(provider)
    answers = await asyncio.gather(*(register(provider, token=token) for _ in range(20)))
    assert sorted(answer.status for answer in answers) == [201] + [401] * 19
    assert len(await provider.data("client.self_registered")) == 1


async def test_a_token_ends(provider: Provider) -> None:
    """R077: by the store's clock."""
    token = await initial_token(provider, lifetime=60, uses=5)
    assert (await register(provider, token=token)).status == 201
    short = await initial_token(provider, lifetime=60)
    import sqlalchemy as sa

    from limen.oauth.registration.store import initial_access_tokens as table
    from limen.platform.db import Query, mine, store_now

    past = Query(
        sa.update(table).where(mine(table)).values(expires_at=store_now("ago")), None, "ago"
    )
    await provider.store.transact(lambda tx: tx.run(past, timedelta(seconds=-1)))
    assert (await register(provider, token=short)).status == 401


async def test_a_withdrawn_token_is_over(provider: Provider) -> None:
    """R116: at once; what was registered with it stays."""
    made = await manage(provider, "POST", PATH, {"uses": 5})
    token, text = made.json["data"]["id"], made.json["data"]["initial_access_token"]
    first = await register(provider, token=text)
    assert (await manage(provider, "DELETE", f"{PATH}/{token}")).status == 204
    assert (await manage(provider, "DELETE", f"{PATH}/{token}")).status == 404
    assert (await register(provider, token=text)).status == 401
    assert await provider.oauth.clients.find(provider.store, first.json["client_id"])
    assert len(await provider.data("registration_token.revoked")) == 1


async def test_a_token_goes_before_the_policy(provider: Provider) -> None:
    """R056: what an administrator gives one partner, and no permission of this server."""
    await provider.api()
    await policy(provider, registration_redirect_hosts=["nobody.example"])
    token = await initial_token(
        provider, uses=9, scopes=["orders:read"], grant_types=["client_credentials"],
        redirect_hosts=["app.example"],
    )  # fmt: skip
    fields: dict[str, Any] = {"redirect_uris": [], "grant_types": ["client_credentials"]}
    made = await register(provider, token=token, scope="orders:read", **fields)
    assert made.status == 201, made.body
    assert made.json["scope"] == "orders:read"
    assert "redirect_uris" not in made.json
    refused = await register(provider, token=token, scope="users:read", **fields)
    assert refused.json["error"] == "invalid_client_metadata"
    code = await register(provider, token=token)
    assert code.json["error"] == "invalid_client_metadata"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"uses": 0}, "uses"),
        ({"uses": 100_001}, "uses"),
        ({"lifetime": 1}, "lifetime"),
        ({"lifetime": 10**12}, "lifetime"),
        ({"name": "a\nb"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"scopes": ["users:write"]}, "scopes[0]"),
        ({"scopes": ["account:read"]}, "scopes[0]"),
        ({"scopes": ["orders:read"] * 101}, "scopes"),
        ({"redirect_hosts": [""]}, "redirect_hosts"),
        ({"unknown": 1}, "unknown"),
    ],
)
async def test_what_a_token_cannot_be(provider: Provider, body: Any, field: str) -> None:
    """R056, R138, A023"""
    answer = await manage(provider, "POST", PATH, body)
    assert answer.status == 422
    assert field in [error["field"] for error in answer.json["errors"]]


async def test_who_may_make_them(provider: Provider) -> None:
    """A023: who may register applications, and nobody else."""
    client = await provider.client("m2m", scopes=["clients:read"])
    await provider.role(client)
    token = (await provider.machine_token(client, scope="clients:read"))["access_token"]
    answer: Answer = await provider.api_call(token, "POST", PATH, {})
    assert (answer.status, answer.json["code"]) == (403, "insufficient_permission")
