"""Pairwise subjects: what clients of different sectors can and cannot find out together.

OpenID Connect Core §8.
"""

import json
from typing import Any
from uuid import UUID

import pytest
from tests.support.exchange import EXCHANGE, exchange, reissued
from tests.support.oauth import API, CAUSE, REDIRECT, Provider, decoded
from tests.support.websites import website

from limen.kernel.tenant import Tenant
from limen.oauth.api import Client
from limen.oauth.options import ClientOptions
from limen.oauth.subjects import Subjects

SCOPES = ["openid", "profile", "offline_access"]


async def pairwise(provider: Provider, uri: str = REDIRECT, **changes: Any) -> Client:
    options = ClientOptions(subject_type="pairwise", **changes.pop("options", {}))
    values: dict[str, Any] = {"skip_consent": True, "scopes": SCOPES, "redirect_uris": [uri]}
    return await provider.client(options=options, **(values | changes))


async def seen(provider: Provider, client: Client, secret: str, **more: str) -> list[Any]:
    """Return every value that a client learns about the person and the session."""
    tokens = await provider.tokens(client, secret, scope="openid offline_access", **more)
    userinfo = await provider.userinfo(tokens["access_token"])
    introspected = await provider.introspect(client, tokens["access_token"])
    refresh = await provider.introspect(client, tokens["refresh_token"])
    sources = (decoded(tokens["id_token"]), decoded(tokens["access_token"]), userinfo.json,
               introspected, refresh)  # fmt: skip
    assert len({source["sub"] for source in sources}) == 1
    return [value for source in sources for value in source.values()]


async def test_two_sectors_cannot_tell_that_they_share_a_person(provider: Provider) -> None:
    """R043: neither sub nor sid nor anything else that is the person's is the same."""
    person = await provider.person()
    secret, session = await provider.sign_in(person)
    one = await pairwise(provider)
    two = await pairwise(provider, "https://other.example/callback")
    first, second = await seen(provider, one, secret), await seen(provider, two, secret)
    texts = [
        {v for v in values if isinstance(v, str) and len(v) > 16} for values in (first, second)
    ]
    assert texts[0] & texts[1] == {provider.tenant.issuer, "openid offline_access"}
    everything = repr(first + second)
    assert str(person.id) not in everything
    assert str(session.id) not in everything


async def test_one_sector_knows_the_person_as_one(provider: Provider) -> None:
    """R043: stable, for each client with redirect URIs of that host; two people are two."""
    secret, _ = await provider.sign_in(await provider.person())
    other, _ = await provider.sign_in(await provider.person("bob@example.com"))
    one = await pairwise(provider)
    two = await pairwise(provider, "https://app.example/second")
    found = [decoded((await provider.tokens(c, s))["id_token"])["sub"]
             for c, s in ((one, secret), (two, secret), (one, secret), (one, other))]  # fmt: skip
    assert len(set(found[:3])) == 1
    assert found[3] != found[0]
    assert len(found[0]) == 43


async def test_a_loopback_address_is_nobodys_sector(provider: Provider) -> None:
    """R043, A081: apps of one machine are no sector, and neither are apps without redirects."""
    secret, _ = await provider.sign_in(await provider.person())
    uri = "http://127.0.0.1/callback"
    apps = [await pairwise(provider, uri) for _ in range(2)]
    subs = {decoded((await provider.tokens(app, secret))["id_token"])["sub"] for app in apps}
    assert len(subs) == 2


async def test_the_token_still_ends_with_the_person_and_the_session(provider: Provider) -> None:
    """R034, A033: we know whom it is about, though it does not say so."""
    client = await pairwise(provider)
    person = await provider.person()
    secret, session = await provider.sign_in(person)
    token = (await provider.tokens(client, secret))["access_token"]
    assert (await provider.userinfo(token)).status == 200
    await provider.store.transact(
        lambda tx: provider.sessions.end(tx, session.id, CAUSE, reason="test")
    )
    assert (await provider.userinfo(token)).status == 401
    secret, _ = await provider.sign_in(person)
    token = (await provider.tokens(client, secret))["access_token"]
    await provider.store.transact(
        lambda tx: provider.users.change_status(tx, person.id, "suspended", CAUSE, reason="test")
    )
    assert (await provider.userinfo(token)).status == 401


async def test_what_a_token_rests_on_cannot_be_moved_to_another(provider: Provider) -> None:
    """A097, R028: `own` is bound to its token; without it the token is about nobody."""
    client = await pairwise(provider)
    secret, _ = await provider.sign_in(await provider.person())
    token, other = [(await provider.tokens(client, secret))["access_token"] for _ in range(2)]
    assert (await provider.userinfo(await reissued(provider, token))).status == 200
    moved = await reissued(provider, token, own=decoded(other)["own"])
    assert (await provider.userinfo(moved)).status == 401
    for wrong in ("", "x", "A" * 5000):
        assert (await provider.userinfo(await reissued(provider, token, own=wrong))).status == 401


async def test_refresh_and_opaque_tokens_keep_the_name(provider: Provider) -> None:
    """R031, R043: the next tokens, and tokens that say nothing, are about the same subject."""
    await provider.api(token_format="opaque")
    client = await pairwise(provider, audiences=[API], scopes=[*SCOPES, "orders:read"])
    person = await provider.person()
    secret, _ = await provider.sign_in(person)
    scope = "openid offline_access orders:read"
    tokens = await provider.tokens(client, secret, scope=scope, resource=API)
    sub = decoded(tokens["id_token"])["sub"]
    said = await provider.introspect(client, tokens["access_token"])
    assert (said["sub"], said["active"]) == (sub, True)
    assert str(person.id) not in repr(said)
    fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"],
              **provider.credentials(client)}  # fmt: skip
    again = await provider.token(fields)
    assert again.status == 200, again.body
    assert decoded(again.json["id_token"])["sub"] == sub
    assert (await provider.userinfo(again.json["access_token"])).json["sub"] == sub


async def test_hints_and_claims_name_the_person_by_the_clients_name(provider: Provider) -> None:
    """R014, R019: its own sub finds the session; the global id and another sector's find none."""
    client = await pairwise(provider)
    other = await pairwise(provider, "https://other.example/callback")
    person = await provider.person()
    secret, _ = await provider.sign_in(person)
    tokens = await provider.tokens(client, secret)
    sub = decoded(tokens["id_token"])["sub"]
    foreign = decoded((await provider.tokens(other, secret))["id_token"])["sub"]
    hinted = provider.authorization(client, id_token_hint=tokens["id_token"], prompt="none")
    assert "code" in (await provider.authorize(hinted, secret)).query
    for wanted, found in ((sub, "code"), (str(person.id), "error"), (foreign, "error")):
        claims = json.dumps({"id_token": {"sub": {"value": wanted}}})
        asked = provider.authorization(client, claims=claims, prompt="none")
        assert found in (await provider.authorize(asked, secret)).query


async def test_signing_out_knows_the_clients_session(provider: Provider) -> None:
    """R019: an id_token_hint with the client's own sid needs no question."""
    client = await pairwise(provider)
    secret, session = await provider.sign_in(await provider.person())
    tokens = await provider.tokens(client, secret)
    asked = await provider.oauth.logout.prepare(
        provider.store, provider.tenant, {"id_token_hint": tokens["id_token"]}, secret
    )
    assert (asked.confirmed, asked.session) == (True, session.id)


async def test_an_exchanged_token_is_about_the_new_clients_subject(provider: Provider) -> None:
    """R043, R117: the name that another sector knows does not travel along."""
    await provider.api(scopes=("read",))
    shop = await pairwise(provider, scopes=["openid", "read"])
    person = await provider.person()
    secret, session = await provider.sign_in(person)
    tokens = await provider.tokens(shop, secret, scope="openid read", resource=API)
    options = ClientOptions(subject_type="pairwise", token_exchange_audiences=(API,))
    service = await provider.client(
        "m2m", grant_types=["client_credentials", EXCHANGE], scopes=["read"], audiences=[API],
        options=options,
    )  # fmt: skip
    answer = await exchange(provider, service, tokens["access_token"], audience=API)
    assert answer.status == 200, answer.body
    new = decoded(answer.json["access_token"])
    for hidden in (decoded(tokens["id_token"])["sub"], str(person.id), str(session.id)):
        assert hidden not in repr(new)
    assert (await provider.introspect(service, answer.json["access_token"]))["active"] is True
    await provider.store.transact(
        lambda tx: provider.sessions.end(tx, session.id, CAUSE, reason="test")
    )
    said = await provider.introspect(service, answer.json["access_token"])
    assert said == {"active": False}


async def test_no_tenant_knows_another_tenants_subjects(provider: Provider, tenant: Tenant) -> None:
    """A077: the same sector in two tenants has nothing in common; a foreign sub finds nobody."""
    away = await provider.tenants.create("acme", "Acme", CAUSE)
    await provider.snapshots.poll()
    there = provider.in_tenant(away)
    subjects = Subjects(provider.vault)
    here_client, there_client = await pairwise(provider), await pairwise(there)
    user = UUID(int=7)
    here = await subjects.of(provider.store, here_client, user)
    abroad = await subjects.of(there.store, there_client, user)
    assert here != abroad
    assert await subjects.find(provider.store, here_client, here) == user
    assert await subjects.find(provider.store, here_client, abroad) is None
    assert await subjects.find(there.store, there_client, here) is None
    for wrong in ("", str(user), here[:-1], here + "A", "\u00e9" * 43, "A" * 43, here.swapcase()):
        assert await subjects.find(provider.store, here_client, wrong) is None


# Sectors


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_an_administrators_change_is_checked_too(provider: Provider, method: str) -> None:
    """A081: the document is asked where the client is made and where it is changed."""
    manager = await provider.client("m2m", scopes=["clients:read", "clients:write"])
    await provider.role(manager)
    token = (await provider.machine_token(manager))["access_token"]
    async with website() as site:
        uri = site.put("/sector", [REDIRECT])
        options = {"subject_type": "pairwise", "sector_identifier_uri": uri}
        path = "/api/v1/clients"
        body: dict[str, Any] = {"redirect_uris": ["https://else.example/cb"], "options": options}
        if method == "PATCH":
            path += f"/{(await pairwise(provider)).id}"
        else:
            body |= {"name": "x", "type": "web"}
        refused = await provider.api_call(token, method, path, body)
        assert refused.status == 422, refused.body
        assert refused.json["errors"][0]["field"] == "options.sector_identifier_uri"
        body["redirect_uris"] = [REDIRECT]
        assert (await provider.api_call(token, method, path, body)).status in (200, 201)
