"""An administrator's view of grants and families: found by person, application and session."""

from typing import Any

import pytest
from tests.support.databases import second as reopen
from tests.support.oauth import CAUSE, Provider, build, decoded, header_of

from limen.oauth.options import ClientOptions
from limen.platform.db import OpenDatabase


async def desk(provider: Provider, *scopes: str) -> str:
    manager = await provider.client("m2m", scopes=list(scopes))
    await provider.role(manager)
    return (await provider.machine_token(manager))["access_token"]


async def listed(provider: Provider, token: str, path: str, query: str) -> list[dict[str, Any]]:
    answer = await provider.send(
        "GET", f"/api/v1/{path}", query=query, headers=[("authorization", f"Bearer {token}")]
    )
    assert answer.status == 200, answer.body
    return answer.json["data"]


async def test_families_and_grants_are_found_by_what_they_rest_on(provider: Provider) -> None:
    """R035: each filter alone and together; what is of another is not in the list."""
    token = await desk(provider, "tokens:read", "tokens:write", "grants:read")
    apps = [await provider.client(skip_consent=True) for _ in range(2)]
    people = [await provider.person(), await provider.person("bob@example.com")]
    sessions = {}
    for person in people:
        secret, session = await provider.sign_in(person)
        sessions[person.id] = session.id
        for app in apps:
            await provider.tokens(app, secret)
    assert len(await listed(provider, token, "token-families", "")) == 4
    for query, count in (
        (f"user={people[0].id}", 2), (f"client={apps[0].id}", 2),
        (f"session={sessions[people[0].id]}", 2),
        (f"user={people[0].id}&client={apps[1].id}", 1),
        (f"user={people[0].id}&session={sessions[people[1].id]}", 0),
        (f"client={apps[0].id}&limit=1", 1),
    ):  # fmt: skip
        assert len(await listed(provider, token, "token-families", query)) == count, query
    assert len(await listed(provider, token, "grants", f"client={apps[0].id}")) == 2
    assert len(await listed(provider, token, "grants", f"user={people[0].id}")) == 2
    both = f"user={people[0].id}&client={apps[0].id}"
    [family] = await listed(provider, token, "token-families", both)
    found = await listed(provider, token, "token-families", f"grant={family['grant']}")
    assert [one["id"] for one in found] == [family["id"]]
    gone = await provider.api_call(token, "DELETE", f"/api/v1/token-families/{family['id']}")
    assert gone.status == 204
    assert await listed(provider, token, "token-families", both) == []


async def test_a_client_has_lifetimes_of_its_own(provider: Provider) -> None:
    """R027: the ID token's too."""
    client = await provider.client(
        skip_consent=True, access_token_lifetime=60, options=ClientOptions(id_token_lifetime=90)
    )
    secret, _ = await provider.sign_in(await provider.person())
    tokens = await provider.tokens(client, secret)
    for name, lifetime in (("access_token", 60), ("id_token", 90)):
        claims = decoded(tokens[name])
        assert claims["exp"] - claims["iat"] == lifetime


@pytest.mark.parametrize("later", [False, True])
async def test_a_revoked_key_is_out_everywhere_at_once(
    provider: Provider, database: OpenDatabase, later: bool
) -> None:
    """R050, A097: its tokens, its hints, the JWKS, in another process too; families survive."""
    client = await provider.client(skip_consent=True, scopes=["openid", "offline_access"])
    person = await provider.person()
    secret, _ = await provider.sign_in(person)
    tokens = await provider.tokens(client, secret, scope="openid offline_access")
    kid = header_of(tokens["access_token"])["kid"]
    again = await reopen(database, provider.clock)
    other = await build(
        again, again.tenant(provider.tenant.id), provider.clock, provider.tenant, is_new=False
    )
    try:
        other.secrets = provider.secrets
        assert (await other.userinfo(tokens["access_token"])).status == 200  # it is remembered
        if later:  # a key that signs no more
            await provider.keys.rotate(provider.store, CAUSE, at_once=True)
        admin = await desk(provider, "keys:write")
        path = f"/api/v1/keys/{kid}/revoke"
        done = await provider.api_call(admin, "POST", path, {"reason": "its disk was stolen"})
        assert done.json["data"]["status"] == "revoked"
        assert (await provider.data("key.revoked"))[0]["reason"] == "its disk was stolen"
        for one in (provider, other):
            await one.snapshots.poll()
            assert (await one.userinfo(tokens["access_token"])).status == 401
            jwks = (await one.send("GET", "/oauth2/jwks")).json["keys"]
            assert kid not in [jwk["kid"] for jwk in jwks]
            hinted = one.authorization(client, id_token_hint=tokens["id_token"])
            assert (await one.authorize(hinted, secret)).query["error"] == "invalid_request"
            fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"],
                      **provider.credentials(client)}  # fmt: skip
            answer = await one.token(fields)
            assert answer.status == 200, answer.body
            tokens = {**tokens, "refresh_token": answer.json["refresh_token"]}
            fresh = answer.json["access_token"]
            assert header_of(fresh)["kid"] in [jwk["kid"] for jwk in jwks]
            assert (await one.userinfo(fresh)).status == 200
    finally:
        await again.aclose()
