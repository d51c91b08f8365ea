"""Pushed authorization requests (RFC 9126)."""

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
import sqlalchemy as sa
from tests.support.dpop import ProofKey
from tests.support.oauth import CAUSE, REDIRECT, Provider
from tests.support.requests import push, pushed, set_policy

from limen.oauth.options import ClientOptions
from limen.platform.db import Query, mine
from limen.platform.db.shared import one_time

URN = "urn:ietf:params:oauth:request_uri:"


class Kept(msgspec.Struct, frozen=True):
    digest: bytes
    payload: Any


_kept = Query(sa.select(one_time.c.digest, one_time.c.payload).where(mine(one_time)), Kept)


async def test_what_was_pushed_is_asked(provider: Provider) -> None:
    """R016, R037: the browser carries a handle; what it says beside does not count (R017)."""
    client, person = await provider.client(), await provider.person()
    secret, _ = await provider.sign_in(person)
    answer = await push(provider, client, scope="openid email")
    assert (answer.status, answer.json["expires_in"]) == (201, 60)
    assert answer.headers["cache-control"] == "no-store"
    uri = answer.json["request_uri"]
    assert uri.startswith(URN)
    assert len(uri.removeprefix(URN)) == 43  # 256 bits
    asked = {"client_id": client.client_id, "request_uri": uri, "scope": "openid profile",
             "redirect_uri": "https://evil.test", "state": "another", "prompt": "none"}  # fmt: skip
    consent = await provider.authorize(asked, secret)
    assert "/consent?" in consent.location
    await provider.approve(consent, secret)
    done = await provider.resume(consent, secret)
    assert done.location.startswith(REDIRECT)
    assert done.query["state"] == "the-state"
    tokens = (await provider.token(provider.redemption(client, done.query["code"]))).json
    assert tokens["scope"] == "openid email"


async def test_only_a_hash_of_the_handle_is_kept(provider: Provider) -> None:
    """R025: neither the handle nor the client's secret is in the store."""
    client = await provider.client()
    asked = await pushed(provider, client, state="the-state-of-this-test")
    kept = repr(await provider.store.all(_kept))
    assert "the-state-of-this-test" in kept
    assert asked["request_uri"].removeprefix(URN) not in kept
    assert str(provider.secrets[client.id]) not in kept


async def test_a_handle_is_used_once(provider: Provider) -> None:
    """R016: by whoever comes first, also where the answer was an error."""
    client = await provider.client()
    asked = await pushed(provider, client, prompt="none")
    first = await provider.authorize(asked)
    assert first.query["error"] == "login_required"
    again = await provider.authorize(asked)
    assert (again.status, "location" in again.headers) == (400, False)
    assert await provider.reasons("authorization.refused") == [
        "login_required", "pushed_request_used",
    ]  # fmt: skip


async def test_of_many_browsers_exactly_one_uses_a_handle(provider: Provider) -> None:
    """R016, A019: whatever races."""
    client = await provider.client()
    for _ in range(3):
        asked = await pushed(provider, client)
        answers = await asyncio.gather(*(provider.authorize(asked) for _ in range(12)))
        assert sorted(answer.status for answer in answers) == [303] + [400] * 11


async def test_a_handle_ends(provider: Provider) -> None:
    """R016: after 60 seconds."""
    client = await provider.client()
    asked = await pushed(provider, client)
    provider.clock.advance(timedelta(seconds=61))
    late = await provider.authorize(asked)
    assert (late.status, "location" in late.headers) == (400, False)


async def test_a_handle_is_its_clients(provider: Provider) -> None:
    """R016: another client neither uses it nor uses it up."""
    client, other = await provider.client(), await provider.client(name="Other")
    asked = await pushed(provider, client)
    foreign = await provider.authorize({**asked, "client_id": other.client_id})
    assert (foreign.status, "location" in foreign.headers) == (400, False)
    assert await provider.reasons("authorization.refused") == ["pushed_request_foreign"]
    assert "/signin?" in (await provider.authorize(asked)).location


async def test_a_handle_is_its_tenants(provider: Provider) -> None:
    """R016, A077: in another tenant it is unknown."""
    client = await provider.client()
    asked = await pushed(provider, client)
    other = provider.in_tenant(await provider.tenants.create("acme", "Acme", CAUSE))
    theirs = await other.client()
    answer = await other.authorize({**asked, "client_id": theirs.client_id})
    assert (answer.status, "location" in answer.headers) == (400, False)
    assert "/signin?" in (await provider.authorize(asked)).location


@pytest.mark.parametrize("uri", [URN, URN + "x" * 43, URN + "x" * 2000, URN + "../x"])
async def test_an_unknown_handle_is_a_page(provider: Provider, uri: str) -> None:
    """R003: there is no address to answer at."""
    client = await provider.client()
    answer = await provider.authorize({"client_id": client.client_id, "request_uri": uri})
    assert (answer.status, "location" in answer.headers) == (400, False)


async def test_a_code_is_no_handle_and_a_handle_no_code(provider: Provider) -> None:
    """A019: each kind of one-time thing is its own."""
    client, person = await provider.client(), await provider.person()
    secret, _ = await provider.sign_in(person)
    code = await provider.code(client, secret)
    answer = await provider.authorize({"client_id": client.client_id, "request_uri": URN + code})
    assert answer.status == 400
    asked = await pushed(provider, client)
    handle = asked["request_uri"].removeprefix(URN)
    for text in (handle, asked["request_uri"]):
        refused = await provider.token(provider.redemption(client, text))
        assert refused.json["error"] == "invalid_grant"


async def test_the_client_proves_itself(provider: Provider) -> None:
    """R051: as at the token endpoint, and in no other client's name."""
    client, other = await provider.client(), await provider.client(name="Other")
    fields = provider.authorization(client)
    for wrong in (
        {},
        {"client_secret": "wrong"},
        {"client_secret": str(provider.secrets[other.id])},
    ):
        answer = await provider.form("/oauth2/par", fields | wrong)
        assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    mixed = await provider.form("/oauth2/par", fields, provider.basic(other))
    assert mixed.json["error"] == "invalid_request"
    basic = await provider.form("/oauth2/par", fields, provider.basic(client))
    assert basic.status == 201
    public = await provider.client("spa")
    assert (await push(provider, public)).status == 201


async def test_nobody_fills_the_store_in_a_public_clients_name(provider: Provider) -> None:
    """R154: an address pushes 120 a minute for it; others, and clients that prove who they are, go on."""
    client, proven = await provider.client("spa"), await provider.client()
    fields = provider.authorization(client) | provider.credentials(client)
    for _ in range(120):
        assert (await provider.form("/oauth2/par", fields)).status == 201
    refused = await provider.form("/oauth2/par", fields)
    assert (refused.status, refused.json["error"]) == (429, "temporarily_unavailable")
    assert int(refused.headers["retry-after"]) > 0
    elsewhere = await provider.form("/oauth2/par", fields, client="192.0.2.99")
    assert elsewhere.status == 201
    assert (await push(provider, proven)).status == 201


async def test_nothing_is_pushed_twice_removed(provider: Provider) -> None:
    """RFC 9126 §2.1: request_uri cannot be pushed; the query is never looked at (R054)."""
    client = await provider.client()
    answer = await push(provider, client, request_uri=URN + "x")
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    query = urlencode(provider.authorization(client) | provider.credentials(client))
    kind = ("content-type", "application/x-www-form-urlencoded")
    unread = await provider.send("POST", "/oauth2/par", query=query, body=b"x=1", headers=[kind])
    assert (unread.status, unread.json["error"]) == (401, "invalid_client")
    got = await provider.send("GET", "/oauth2/par", query=query)
    assert got.status == 405


async def test_who_must_push_cannot_ask_directly(provider: Provider) -> None:
    """R016, R018: by the client's option, or by the tenant's policy."""
    options = ClientOptions(require_pushed_authorization_requests=True)
    client, free = await provider.client(options=options), await provider.client(name="Free")
    direct = await provider.authorize(provider.authorization(client))
    assert direct.query["error"] == "invalid_request"
    assert await provider.reasons("authorization.refused") == ["not_pushed"]
    assert "/signin?" in (await provider.authorize(await pushed(provider, client))).location
    assert "/signin?" in (await provider.authorize(provider.authorization(free))).location
    await set_policy(provider, require_pushed_authorization_requests=True)
    direct = await provider.authorize(provider.authorization(free))
    assert direct.query["error"] == "invalid_request"
    assert "/signin?" in (await provider.authorize(await pushed(provider, free))).location


async def test_what_changed_meanwhile_is_seen(provider: Provider) -> None:
    """A009: the rules are applied when it is pushed, and again when it is used."""
    client = await provider.client()
    asked = await pushed(provider, client)
    admin = await provider.client("m2m", name="Admin", scopes=["clients:read", "clients:write"])
    await provider.role(admin)
    token = (await provider.machine_token(admin, scope="clients:write"))["access_token"]
    changes = {"redirect_uris": ["https://app.example/elsewhere"]}
    done = await provider.api_call(token, "PATCH", f"/api/v1/clients/{client.id}", changes)
    assert done.status == 200, done.body
    answer = await provider.authorize(asked)
    assert (answer.status, "location" in answer.headers) == (400, False)


async def test_a_pushed_proof_binds_the_code(provider: Provider) -> None:
    """R030: the key proven at PAR redeems the code, and no other (RFC 9449 §10.1)."""
    client, person = await provider.client(), await provider.person()
    secret, _ = await provider.sign_in(person)
    key, other = ProofKey(provider), ProofKey(provider)
    proof = ("dpop", key.proof("/oauth2/par"))
    wrong = await push(provider, client, proof, dpop_jkt=other.jkt)
    assert wrong.json["error"] == "invalid_dpop_proof"
    proof = ("dpop", key.proof("/oauth2/par"))
    answer = await push(provider, client, proof)
    assert answer.status == 201, answer.body
    asked = {"client_id": client.client_id, "request_uri": answer.json["request_uri"]}
    consent = await provider.authorize(asked, secret)
    await provider.approve(consent, secret)
    done = await provider.resume(consent, secret)
    fields = provider.redemption(client, done.query["code"])
    refused = await provider.token(fields, ("dpop", other.proof()))
    assert refused.json["error"] == "invalid_grant"
    assert (await provider.token(fields)).json["error"] == "invalid_grant"
    given = await provider.token(fields, ("dpop", key.proof()))
    assert given.json["token_type"] == "DPoP"


async def test_discovery_names_the_endpoint(provider: Provider) -> None:
    document = (await provider.send("GET", "/.well-known/openid-configuration")).json
    issuer = provider.tenant.issuer
    assert document["pushed_authorization_request_endpoint"] == f"{issuer}/oauth2/par"
    assert document["require_pushed_authorization_requests"] is False
