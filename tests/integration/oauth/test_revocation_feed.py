"""The revocation feed: who hears what, how soon, and how long."""

import asyncio
import base64
import json
import time
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from tests.fakes.clock import FrozenClock
from tests.support.databases import second
from tests.support.oauth import API, CAUSE, Answer, Provider, build, decoded, header_of

from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.oauth.api import Client
from limen.oauth.feed.settings import FeedSettings
from limen.oauth.options import ClientOptions
from limen.platform.db import OpenDatabase, Query, mine
from limen.platform.facts.store import events

PATH = "/oauth2/revocations"
OTHER = "https://other.example.com/"
QUICK = FeedSettings(
    poll_every=timedelta(milliseconds=10), longest_wait=timedelta(milliseconds=600),
    waiting_per_client=3,
)  # fmt: skip
_seal = Query(
    sa.update(events).where(mine(events), events.c.seq.is_(None)).values(seq=events.c.id), None
)


@pytest.fixture
async def provider(
    database: OpenDatabase, store: Store, clock: FrozenClock, tenant: Tenant
) -> Provider:
    made = await build(database, store, clock, tenant, QUICK)
    await made.api()
    await made.api(OTHER, ("other:read",))
    return made


async def seal(provider: Provider) -> None:
    """Give each fact its place in the log, as the sealer does."""
    await provider.store.transact(lambda tx: tx.run(_seal))


async def server(provider: Provider, *audiences: str, **changes: Any) -> Client:
    return await provider.client("m2m", name="Server", audiences=audiences or (API,), **changes)


async def shop(provider: Provider, **changes: Any) -> Client:
    values: dict[str, Any] = {
        "skip_consent": True, "scopes": ["openid", "offline_access", "orders:read"],
        "audiences": [API],
    }  # fmt: skip
    return await provider.client(**(values | changes))


async def bought(provider: Provider, client: Client, secret: str) -> dict[str, Any]:
    return await provider.tokens(client, secret, scope="openid orders:read", resource=API)


async def ask(provider: Provider, client: Client, **fields: str) -> Answer:
    return await provider.form(PATH, {**provider.credentials(client), **fields})


async def heard(provider: Provider, client: Client, **fields: str) -> dict[str, Any]:
    await seal(provider)
    answer = await ask(provider, client, **fields)
    assert answer.status == 200, answer.body
    return said(provider, client, answer.body)


def said(provider: Provider, client: Client, token: bytes) -> dict[str, Any]:
    text = token.decode()
    header, claims = header_of(text), decoded(text)
    assert header["typ"] == "revocations+jwt"
    assert (claims["iss"], claims["aud"]) == (provider.tenant.issuer, client.client_id)
    return claims


async def signed_in(provider: Provider, email: str = "ada@example.com") -> tuple[Any, str, Any]:
    person = await provider.person(email)
    secret, session = await provider.sign_in(person)
    return person, secret, session


async def test_each_end_of_a_token_is_told(provider: Provider) -> None:
    """R034, R048: a token, a family, a grant, a session, a person, a client, a key."""
    api, client = await server(provider), await shop(provider)
    person, secret, session = await signed_in(provider)
    first = await heard(provider, api)
    assert (first["revocations"], first["more"]) == ([], False)
    cursor = first["cursor"]
    tokens = await bought(provider, client, secret)
    claims = decoded(tokens["access_token"])

    async def news() -> list[dict[str, Any]]:
        nonlocal cursor
        found = await heard(provider, api, cursor=cursor)
        cursor = found["cursor"]
        for entry in found["revocations"]:
            assert entry.pop("before") >= claims["iat"]
        return found["revocations"]

    basic = provider.basic(client)
    await provider.form("/oauth2/revoke", {"token": tokens["access_token"]}, basic)
    assert await news() == [{"jti": claims["jti"]}]
    await provider.form("/oauth2/revoke", {"token": tokens["refresh_token"]}, basic)
    assert await news() == [{"fid": claims["fid"]}]
    [grant] = await provider.oauth.grants.list_of(provider.store, person.id)
    await provider.store.transact(
        lambda tx: provider.oauth.grants.revoke(tx, grant.grant, CAUSE, user=person.id)
    )
    assert {"gid": claims["gid"]} in await news()
    await bought(provider, client, secret)
    await provider.store.transact(
        lambda tx: provider.sessions.end(tx, session.id, CAUSE, reason="test")
    )
    assert {"sid": claims["sid"]} in await news()
    await provider.store.transact(
        lambda tx: provider.users.change_status(tx, person.id, "suspended", CAUSE, reason="test")
    )
    assert {"sub": str(person.id)} in await news()
    manager = await provider.client("m2m", scopes=["clients:write", "keys:rotate"])
    await provider.role(manager)
    desk = (await provider.machine_token(manager))["access_token"]
    await provider.api_call(desk, "POST", f"/api/v1/clients/{client.id}/disable", {})
    assert await news() == [{"client_id": client.client_id}]
    await provider.api_call(desk, "DELETE", f"/api/v1/clients/{client.id}")
    assert {"client_id": client.client_id} in await news()
    kid = header_of(tokens["access_token"])["kid"]
    await provider.keys.revoke(provider.store, kid, CAUSE)
    assert await news() == [{"kid": kid}]
    assert await news() == []


async def test_a_newcomer_hears_what_still_matters(provider: Provider) -> None:
    """R040: without a cursor the feed begins a day ago: no token is older."""
    client = await shop(provider)
    _, secret, session = await signed_in(provider)
    await bought(provider, client, secret)
    await provider.store.transact(
        lambda tx: provider.sessions.end(tx, session.id, CAUSE, reason="test")
    )
    api = await server(provider)
    assert {"sid"} <= {name for e in (await heard(provider, api))["revocations"] for name in e}
    provider.clock.advance(timedelta(hours=25))
    assert (await heard(provider, api))["revocations"] == []


async def test_nobody_hears_of_what_is_not_for_them(provider: Provider) -> None:
    """R042, R048, G06: another API's people, sessions and applications are none of its business."""
    api, other = await server(provider), await server(provider, OTHER)
    client = await shop(provider)
    person, secret, session = await signed_in(provider)
    tokens = await bought(provider, client, secret)
    await provider.form("/oauth2/revoke", {"token": tokens["access_token"]}, provider.basic(client))
    await provider.store.transact(
        lambda tx: provider.sessions.end(tx, session.id, CAUSE, reason="test")
    )
    await provider.store.transact(
        lambda tx: provider.users.change_status(tx, person.id, "deleted", CAUSE, reason="test")
    )
    manager = await provider.client("m2m", scopes=["clients:write"])
    await provider.role(manager)
    desk = (await provider.machine_token(manager))["access_token"]
    assert (await provider.api_call(desk, "DELETE", f"/api/v1/clients/{client.id}")).status == 204
    assert (await heard(provider, other))["revocations"] == []
    assert len((await heard(provider, api))["revocations"]) >= 1


async def test_an_api_behind_an_exchange_hears_of_everybody(provider: Provider) -> None:
    """R117: an exchanged token rests on the person's session at another API's client."""
    options = ClientOptions(token_exchange_audiences=(OTHER,))
    grants = ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"]
    await provider.client("m2m", grant_types=grants, options=options)
    other = await server(provider, OTHER)
    client = await shop(provider)
    _, secret, session = await signed_in(provider)
    await bought(provider, client, secret)
    await provider.store.transact(
        lambda tx: provider.sessions.end(tx, session.id, CAUSE, reason="test")
    )
    found = (await heard(provider, other))["revocations"]
    assert str(session.id) in [entry.get("sid") for entry in found]


async def test_people_of_other_issuers_count_too(provider: Provider) -> None:
    """RFC 7523: a client may get tokens for people who never allowed it anything."""
    grants = ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    await provider.client("m2m", grant_types=grants, scopes=["other:read"])
    other = await server(provider, OTHER)
    person = await provider.person()
    await provider.store.transact(
        lambda tx: provider.users.change_status(tx, person.id, "suspended", CAUSE, reason="test")
    )
    found = (await heard(provider, other))["revocations"]
    assert [entry.get("sub") for entry in found] == [str(person.id)]
    api = await server(provider)
    assert (await heard(provider, api))["revocations"] == []


async def test_names_are_those_of_the_tokens(provider: Provider) -> None:
    """R043: of pairwise clients, sub and sid as their tokens say them, and no id of ours."""
    api = await server(provider)
    client = await shop(provider, options=ClientOptions(subject_type="pairwise"))
    person, secret, session = await signed_in(provider)
    claims = decoded((await bought(provider, client, secret))["access_token"])
    await provider.store.transact(
        lambda tx: provider.sessions.end(tx, session.id, CAUSE, reason="test")
    )
    await provider.store.transact(
        lambda tx: provider.users.change_status(tx, person.id, "suspended", CAUSE, reason="test")
    )
    found = (await heard(provider, api))["revocations"]
    texts = {v for entry in found for v in entry.values()}
    assert {claims["sid"], claims["sub"], claims["fid"]} <= texts
    assert {str(session.id), str(person.id)}.isdisjoint(texts)


async def test_it_knows_how_far_the_log_is_sealed(provider: Provider) -> None:
    """F: what waits to be sealed is missing, and the answer says since when."""
    api = await server(provider)
    before = await heard(provider, api)
    provider.clock.advance(timedelta(seconds=30))
    waiting = int(provider.clock.now().timestamp())
    await shop(provider)
    provider.clock.advance(timedelta(seconds=30))
    answer = await ask(provider, api, cursor=before["cursor"])
    assert said(provider, api, answer.body)["as_of"] == waiting
    assert (await heard(provider, api))["as_of"] == waiting + 30


# Who may ask


async def test_only_resource_servers_are_told(provider: Provider) -> None:
    """R048, R051, R054: a confidential client with audiences, proven, and not by the query."""
    nobody = await provider.client("m2m")
    public = await provider.client("spa")
    api = await server(provider)
    assert (await ask(provider, nobody)).json["error"] == "unauthorized_client"
    assert (await ask(provider, public)).status in (400, 401)
    assert (await provider.form(PATH, {})).status == 401
    wrong = {"client_id": api.client_id, "client_secret": "x" * 43}
    assert (await provider.form(PATH, wrong)).status == 401
    from urllib.parse import urlencode

    query = urlencode(provider.credentials(api))
    assert (await provider.send("GET", PATH, query=query)).status == 401
    fine = await provider.send("GET", PATH, headers=[provider.basic(api)])
    assert fine.status == 200
    assert fine.headers["content-type"] == "application/revocations+jwt"
    assert fine.headers["cache-control"] == "no-store"
    assert (await provider.userinfo(fine.body.decode())).status == 401


async def test_cursors_are_ones_own(provider: Provider) -> None:
    """A087, A077: another server's, another tenant's, changed and invented ones are refused."""
    api, other = await server(provider), await server(provider, OTHER)
    mine = (await heard(provider, api))["cursor"]
    assert mine != (await heard(provider, api))["cursor"]
    raw = bytearray(base64.urlsafe_b64decode(mine + "=" * (-len(mine) % 4)))
    raw[-1] ^= 1
    flipped = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    theirs = (await heard(provider, other))["cursor"]
    for wrong in (theirs, flipped, "0", "1; DROP TABLE events", "A" * 200, "\u00e9"):
        answer = await ask(provider, api, cursor=wrong)
        assert (answer.status, answer.json["error"]) == (400, "invalid_request"), wrong
    for wrong in ("-1", "1e3", "x", "99999", "\u0661"):
        assert (await ask(provider, api, wait=wrong)).status == 400


async def test_a_tenants_feed_is_its_own(provider: Provider) -> None:
    """A077: the same audience in another tenant hears nothing of ours, and its client is unknown."""
    away = provider.in_tenant(await provider.tenants.create("acme", "Acme", CAUSE))
    await provider.snapshots.poll()
    await away.api()
    client, theirs = await shop(provider), await server(away)
    _, secret, session = await signed_in(provider)
    await bought(provider, client, secret)
    await provider.store.transact(
        lambda tx: provider.sessions.end(tx, session.id, CAUSE, reason="test")
    )
    await seal(provider)
    assert (await heard(away, theirs))["revocations"] == []
    assert (await ask(provider, await _as(provider, away, theirs))).status == 401


async def _as(provider: Provider, away: Provider, client: Client) -> Client:
    provider.secrets[client.id] = away.secrets[client.id]
    return client


# As it happens


async def end_later(provider: Provider, session: Any) -> float:
    await asyncio.sleep(0.1)
    await provider.store.transact(
        lambda tx: provider.sessions.end(tx, session.id, CAUSE, reason="test")
    )
    began = time.monotonic()
    await seal(provider)
    return began


async def test_a_server_that_waits_hears_within_a_second(
    provider: Provider, database: OpenDatabase
) -> None:
    """R034: also where another process ends it."""
    again = await second(database, provider.clock)
    elsewhere = await build(
        again, again.tenant(provider.tenant.id), provider.clock, provider.tenant, QUICK,
        is_new=False,
    )  # fmt: skip
    elsewhere.secrets = provider.secrets
    try:
        api, client = await server(provider), await shop(provider)
        _, secret, session = await signed_in(provider)
        await bought(provider, client, secret)
        cursor = (await heard(provider, api))["cursor"]
        await elsewhere.snapshots.poll()
        waiting = asyncio.create_task(ask(elsewhere, api, cursor=cursor, wait="20"))
        began = await end_later(provider, session)
        answer = await waiting
        assert time.monotonic() - began < 1
        entries = said(provider, api, answer.body)["revocations"]
        assert str(session.id) in [entry.get("sid") for entry in entries]
        quiet = await ask(elsewhere, api, cursor=said(provider, api, answer.body)["cursor"],
                          wait="1")  # fmt: skip
        assert said(provider, api, quiet.body)["revocations"] == []
    finally:
        await again.aclose()


async def test_a_stream_tells_each_as_it_happens(provider: Provider) -> None:
    """Server-sent events: signed each, with cursors that go on where it broke off."""
    api, client = await server(provider), await shop(provider)
    _, secret, session = await signed_in(provider)
    await bought(provider, client, secret)
    await seal(provider)
    headers = [("accept", "text/event-stream"), provider.basic(api)]
    streaming = asyncio.create_task(provider.send("GET", PATH, headers=headers))
    await end_later(provider, session)
    answer = await streaming
    assert answer.headers["content-type"] == "text/event-stream"
    assert "content-length" not in answer.headers
    pieces = [
        dict(line.split(": ", 1) for line in piece.splitlines())
        for piece in answer.body.decode().split("\n\n")
        if piece.startswith("id:")
    ]
    assert [piece["event"] for piece in pieces] == ["revocations"] * len(pieces)
    entries = [e for p in pieces for e in said(provider, api, p["data"].encode())["revocations"]]
    assert str(session.id) in [entry.get("sid") for entry in entries]
    last = [*headers, ("last-event-id", pieces[0]["id"])]
    resumed = await provider.send("GET", PATH, headers=last)
    assert str(session.id) in json.dumps(
        decoded(resumed.body.decode().split("data: ")[1].split("\n")[0])
    )


@pytest.mark.parametrize("way", ["wait", "stream"])
async def test_a_disabled_server_hears_no_more(provider: Provider, way: str) -> None:
    """A033: while it waits too."""
    api, client = await server(provider), await shop(provider)
    _, secret, session = await signed_in(provider)
    await bought(provider, client, secret)
    cursor = (await heard(provider, api))["cursor"]
    manager = await provider.client("m2m", scopes=["clients:write"])
    await provider.role(manager)
    desk = (await provider.machine_token(manager))["access_token"]
    if way == "wait":
        asking = asyncio.create_task(ask(provider, api, cursor=cursor, wait="20"))
    else:
        headers = [("accept", "text/event-stream"), provider.basic(api)]
        asking = asyncio.create_task(provider.send("GET", PATH, headers=headers))
    await asyncio.sleep(0.1)
    await provider.api_call(desk, "POST", f"/api/v1/clients/{api.id}/disable", {})
    await end_later(provider, session)
    answer = await asking
    assert str(session.id).encode() not in answer.body
    assert answer.status == (401 if way == "wait" else 200)
    assert b"sid" not in b"".join(
        json.dumps(decoded(d.decode().split("\n")[0])).encode()
        for d in answer.body.split(b"data: ")[1:]
    )
    assert (await ask(provider, api)).status == 401


async def test_few_wait_at_a_time(provider: Provider) -> None:
    """A121: one server cannot hold every connection; whoever left makes room."""
    api = await server(provider)
    cursor = (await heard(provider, api))["cursor"]
    answers = await asyncio.gather(*(ask(provider, api, cursor=cursor, wait="1") for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [200, 200, 200, 429, 429]
    assert (await ask(provider, api, cursor=cursor, wait="1")).status == 200
