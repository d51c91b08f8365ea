"""Token status lists: a bit for each token, as the one gate sees it."""

import asyncio
import zlib
from base64 import urlsafe_b64decode
from datetime import timedelta
from typing import Any

import pytest
from tests.support.exchange import EXCHANGE, exchange
from tests.support.oauth import API, CAUSE, Provider, decoded, header_of

from limen.oauth.api import Client
from limen.oauth.options import ClientOptions
from limen.oauth.status_lists.model import packed

PATH = "/oauth2/status-lists/"


async def shop(provider: Provider, **changes: Any) -> Client:
    await provider.api(status_list=True)
    values: dict[str, Any] = {"skip_consent": True, "audiences": [API],
                              "scopes": ["openid", "offline_access", "orders:read"]}  # fmt: skip
    return await provider.client(**(values | changes))


async def bought(provider: Provider, client: Client, secret: str, **more: str) -> dict[str, Any]:
    return await provider.tokens(
        client, secret, **({"scope": "openid orders:read", "resource": API} | more)
    )


def place(token: str) -> tuple[int, str]:
    found = decoded(token)["status"]["status_list"]
    return found["idx"], found["uri"]


async def is_refused(provider: Provider, token: str) -> bool:
    """Read the bit as a resource server does, with a list made anew."""
    provider.clock.advance(timedelta(seconds=6))
    index, uri = place(token)
    issuer = provider.tenant.issuer
    assert uri.startswith(issuer + PATH)
    answer = await provider.send("GET", uri.removeprefix(issuer))
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == "application/statuslist+jwt"
    assert answer.headers["cache-control"] == "public, max-age=5"
    text = answer.body.decode()
    claims = decoded(text)
    assert (header_of(text)["typ"], claims["sub"]) == ("statuslist+jwt", uri)
    assert claims["exp"] > claims["iat"]
    lst = claims["status_list"]["lst"]
    bits = zlib.decompress(urlsafe_b64decode(lst + "=" * (-len(lst) % 4)))
    return bool(bits[index >> 3] >> (index & 7) & 1)


def test_bits_are_packed_as_the_draft_has_them() -> None:
    """Draft §4.1: the example of one bit each, from its text."""
    refused = [0, 3, 4, 5, 7, 8, 9, 13, 15]
    lst = packed(refused, 16)
    raw = zlib.decompress(urlsafe_b64decode(lst + "=" * (-len(lst) % 4)))
    assert raw == bytes([0xB9, 0xA3])


WAYS = ["token", "family", "session", "user", "client", "grant"]


@pytest.mark.parametrize("way", WAYS)
async def test_whatever_ends_a_token_sets_its_bit(provider: Provider, way: str) -> None:
    """R034, A033: revoked, signed out, suspended, disabled, withdrawn; and nobody else's."""
    client = await shop(provider)
    person = await provider.person()
    secret, session = await provider.sign_in(person)
    tokens = await bought(provider, client, secret)
    other_client = await provider.client(
        skip_consent=True, audiences=[API], scopes=["openid", "orders:read"]
    )
    hers, _ = await provider.sign_in(await provider.person("bob@example.com"))
    others = (await bought(provider, other_client, hers))["access_token"]
    token = tokens["access_token"]
    assert place(token) != place(others)
    assert not await is_refused(provider, token)
    basic = provider.basic(client)
    if way == "token":
        await provider.form("/oauth2/revoke", {"token": token}, basic)
    if way == "family":
        await provider.form("/oauth2/revoke", {"token": tokens["refresh_token"]}, basic)
    if way == "session":
        await provider.store.transact(
            lambda tx: provider.sessions.end(tx, session.id, CAUSE, reason="test")
        )
    if way == "user":
        await provider.store.transact(
            lambda tx: provider.users.change_status(
                tx, person.id, "suspended", CAUSE, reason="test"
            )
        )
    if way == "client":
        manager = await provider.client("m2m", scopes=["clients:write"])
        await provider.role(manager)
        desk = (await provider.machine_token(manager))["access_token"]
        await provider.api_call(desk, "POST", f"/api/v1/clients/{client.id}/disable", {})
    if way == "grant":
        [grant] = await provider.oauth.grants.list_of(provider.store, person.id)
        await provider.store.transact(
            lambda tx: provider.oauth.grants.revoke(tx, grant.grant, CAUSE, user=person.id)
        )
    assert await is_refused(provider, token)
    assert not await is_refused(provider, others)


async def test_refreshed_and_exchanged_tokens_have_places_too(provider: Provider) -> None:
    """R117: each its own; an exchanged one ends with all that it came from."""
    client = await shop(provider)
    secret, _ = await provider.sign_in(await provider.person())
    tokens = await bought(provider, client, secret)
    fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"],
              **provider.credentials(client)}  # fmt: skip
    again = (await provider.token(fields)).json["access_token"]
    service = await provider.client(
        "m2m", grant_types=["client_credentials", EXCHANGE], scopes=["orders:read"],
        audiences=[API], options=ClientOptions(token_exchange_audiences=(API,)),
    )  # fmt: skip
    answer = await exchange(provider, service, again, audience=API)
    new = answer.json["access_token"]
    assert len({place(t) for t in (tokens["access_token"], again, new)}) == 3
    await provider.form("/oauth2/revoke", {"token": again}, provider.basic(client))
    assert await is_refused(provider, new)
    assert not await is_refused(provider, tokens["access_token"])


async def test_no_two_tokens_have_one_place(provider: Provider) -> None:
    """R024's family: places are handed out once, however many ask."""
    await provider.api(status_list=True)
    client = await provider.client("m2m", scopes=["orders:read"])
    made = await asyncio.gather(*(provider.machine_token(client, resource=API) for _ in range(30)))
    assert len({place(token["access_token"]) for token in made}) == 30


async def test_only_apis_that_ask_have_it(provider: Provider) -> None:
    """An opaque token and one for another API say nothing of a list."""
    await provider.api()
    client = await provider.client("m2m", scopes=["orders:read"])
    token = (await provider.machine_token(client, resource=API))["access_token"]
    assert "status" not in decoded(token)
    opaque = "https://api.example.com/opaque"
    await provider.api(opaque, ("o:read",), status_list=True, token_format="opaque")
    both = await provider.client("m2m", scopes=["o:read"])
    said = await provider.introspect(
        both, (await provider.machine_token(both, resource=opaque))["access_token"]
    )
    assert "status" not in said


async def test_a_list_is_its_tenants(provider: Provider) -> None:
    """A077: another tenant does not have it, and what is no list is not found."""
    client = await shop(provider)
    secret, _ = await provider.sign_in(await provider.person())
    _, uri = place((await bought(provider, client, secret))["access_token"])
    path = uri.removeprefix(provider.tenant.issuer)
    away = provider.in_tenant(await provider.tenants.create("acme", "Acme", CAUSE))
    await provider.snapshots.poll()
    assert (await away.send("GET", path)).status == 404
    for wrong in ("x", "019a0000-0000-7000-8000-00000000dead", path[-36:].upper()):
        assert (await provider.send("GET", PATH + wrong)).status == 404


async def test_what_has_expired_leaves_the_store(provider: Provider) -> None:
    """A135: places go with their tokens, and lists with the last of them."""
    client = await shop(provider)
    secret, _ = await provider.sign_in(await provider.person())
    _, uri = place((await bought(provider, client, secret))["access_token"])
    provider.clock.advance(timedelta(days=2))
    [task] = [task for task in provider.tasks if task.name == "status_lists.retention"]
    await task.run()
    assert (await provider.send("GET", uri.removeprefix(provider.tenant.issuer))).status == 404
