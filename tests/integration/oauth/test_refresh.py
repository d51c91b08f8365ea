"""The refresh grant: narrowing, ends, and what a replay costs.

RFC 6749 §6, RFC 9700 §4.14.2.
"""

import asyncio
import json
from typing import Any

import pytest
from tests.support.issuers import manage
from tests.support.oauth import API, CAUSE, Provider, decoded

from limen.oauth.api import Client


async def refresh(provider: Provider, client: Client, token: str, **more: str) -> Any:
    fields = {"grant_type": "refresh_token", "refresh_token": token}
    return await provider.token(fields | provider.credentials(client) | more)


async def test_a_narrower_scope_is_for_this_time_only(provider: Provider) -> None:
    """R031: the family keeps what was granted; more than that is refused, and rotates nothing."""
    client = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    token = (await provider.tokens(client, secret, scope="openid email profile"))["refresh_token"]
    wider = await refresh(provider, client, token, scope="openid phone")
    assert (wider.status, wider.json["error"]) == (400, "invalid_scope")
    narrow = await refresh(provider, client, token, scope="openid")
    assert narrow.json["scope"] == "openid"
    again = await refresh(provider, client, narrow.json["refresh_token"])
    assert again.json["scope"] == "openid email profile"
    identity = decoded(again.json["id_token"])
    assert "nonce" not in identity
    assert identity["sid"]


async def test_one_fact_tells_of_a_refresh(provider: Provider) -> None:
    """R153: with the family, the grant, the scope and the id of the access token."""
    client = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    token = (await provider.tokens(client, secret))["refresh_token"]
    before = len(await provider.data("token.issued"))
    answer = await refresh(provider, client, token)
    assert await provider.data("token_family.rotated") == [
        {"client": client.client_id, "generation": 2, "grant": "refresh_token",
         "scope": ["openid"], "token": decoded(answer.json["access_token"])["jti"]}
    ]  # fmt: skip
    assert len(await provider.data("token.issued")) == before


async def test_what_a_client_may_no_longer_have_is_not_refreshed(provider: Provider) -> None:
    """R056, A023: a scope or an API that it lost is gone with the next refresh."""
    await provider.api(scopes=("orders:read", "orders:write"))
    client = await provider.client(
        skip_consent=True, scopes=["openid", "offline_access", "orders:read", "orders:write"]
    )
    secret, _ = await provider.sign_in(await provider.person())
    held = await provider.tokens(
        client, secret, scope="openid offline_access orders:read orders:write", resource=API
    )
    path = f"/api/v1/clients/{client.id}"

    async def leave(*scopes: str) -> None:
        assert (await manage(provider, "PATCH", path, {"scopes": scopes})).status == 200
        await provider.snapshots.poll()

    await leave("openid", "offline_access", "orders:read")
    asked = await refresh(provider, client, held["refresh_token"], scope="orders:write")
    assert (asked.status, asked.json["error"]) == (400, "invalid_scope")
    less = await refresh(provider, client, held["refresh_token"])
    assert less.json["scope"] == "openid offline_access orders:read"
    await leave("openid", "offline_access")
    none = await refresh(provider, client, less.json["refresh_token"])
    assert (none.status, none.json["error"]) == (400, "invalid_target")


async def test_a_resource_is_never_widened(provider: Provider) -> None:
    """R031, RFC 8707 §2.2: only what was granted."""
    await provider.api()
    client = await provider.client(skip_consent=True, scopes=["openid", "orders:read"])
    secret, _ = await provider.sign_in(await provider.person())
    plain = (await provider.tokens(client, secret))["refresh_token"]
    refused = await refresh(provider, client, plain, resource=API)
    assert refused.json["error"] == "invalid_target"
    bound = await provider.tokens(client, secret, scope="openid orders:read", resource=API)
    answer = await refresh(provider, client, bound["refresh_token"], resource=API)
    assert decoded(answer.json["access_token"])["aud"] == [API, provider.tenant.issuer]


@pytest.mark.parametrize("token", ["", "nonsense", "lrt_" + "A" * 92, "x" * 9000])
async def test_what_is_no_refresh_token_is_refused(provider: Provider, token: str) -> None:
    """A019, A031: missing, of another kind, forged, oversized."""
    client = await provider.client()
    answer = await refresh(provider, client, token)
    assert answer.status == 400
    assert answer.json["error"] in ("invalid_request", "invalid_grant")


async def test_another_client_cannot_use_it_and_does_no_harm(provider: Provider) -> None:
    """R031, R032: refused without ending the family."""
    mine, other = await provider.client(skip_consent=True), await provider.client("spa")
    secret, _ = await provider.sign_in(await provider.person())
    token = (await provider.tokens(mine, secret))["refresh_token"]
    assert (await refresh(provider, other, token)).json["error"] == "invalid_grant"
    assert (await refresh(provider, mine, token)).status == 200


async def test_a_replay_ends_the_family_and_its_access_tokens(provider: Provider) -> None:
    """R032, A031: a public client's used token, presented again after the leeway."""
    client = await provider.client("spa")
    secret, _ = await provider.sign_in(await provider.person())
    first = await provider.tokens(client, secret)
    second = (await refresh(provider, client, first["refresh_token"])).json
    provider.clock.advance(11)
    replay = await refresh(provider, client, first["refresh_token"])
    assert (replay.status, replay.json["error"]) == (400, "invalid_grant")
    assert (await refresh(provider, client, second["refresh_token"])).status == 400
    assert (await provider.userinfo(second["access_token"])).status == 401


async def test_refreshing_at_once_gives_one_successor(provider: Provider) -> None:
    """A031: fifty at once get the identical answer, never two live successors."""
    client = await provider.client("spa")
    secret, _ = await provider.sign_in(await provider.person())
    token = (await provider.tokens(client, secret))["refresh_token"]
    answers = await asyncio.gather(*(refresh(provider, client, token) for _ in range(50)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["refresh_token"] for answer in answers}) == 1


async def test_signing_out_ends_all_but_offline_access(provider: Provider) -> None:
    """R034, A035, contract.md: without offline_access tokens end with the session."""
    client = await provider.client(skip_consent=True)
    secret, session = await provider.sign_in(await provider.person())
    online = await provider.tokens(client, secret)
    offline = await provider.tokens(client, secret, scope="openid offline_access")
    await provider.store.transact(
        lambda tx: provider.sessions.end(tx, session.id, CAUSE, reason="signed_out")
    )
    assert (await provider.userinfo(online["access_token"])).status == 401
    assert (await refresh(provider, client, online["refresh_token"])).status == 400
    assert (await provider.userinfo(offline["access_token"])).status == 200
    assert "sid" not in decoded(offline["access_token"])
    assert (await refresh(provider, client, offline["refresh_token"])).status == 200


async def test_claims_that_were_asked_by_name_survive_a_refresh(provider: Provider) -> None:
    """R031: neither wider nor narrower than what was allowed (OpenID Connect Core §5.5)."""
    user = await provider.person()
    secret, _ = await provider.sign_in(user)
    client = await provider.client(scopes=["openid", "profile"])
    asked = json.dumps({"userinfo": {"nickname": None, "name": None}})
    tokens = await provider.tokens(client, secret, claims=asked)
    answer = await refresh(provider, client, tokens["refresh_token"])
    found = await provider.userinfo(answer.json["access_token"])
    assert found.json == {"sub": str(user.id), "name": "Ada Lovelace"}
