"""Each parameter of each protocol endpoint, wrong in each way: the RFC's error, nothing stored.

(endpoint, parameter, mutation): missing, empty, wrong, repeated, too long, unreadable, another
client's, another tenant's, used before, expired.  The authorization endpoint has its own table
in tests/integration/oauth_requests, with PAR and request objects.
"""

from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest
from tests.support.mutations import spoiled
from tests.support.oauth import Answer, Provider
from tests.support.receivers import Receiver, receiving
from tests.support.registration import REGISTER, path_of, send
from tests.support.requests_of import INVALID, Row, endpoint_rows, token_rows
from tests.support.victims import OPAQUE, SEALED, Victim, target, victim
from tests.support.world import World

from limen.oauth.api import Client

_BELOW = {
    "userinfo.get", "userinfo.post", "registration.create", "registration.get",
    "registration.update", "registration.delete", "revocations.get", "revocations.post",
    "jwks.get", "resource_metadata.api",
}  # fmt: skip
"""Operations that take no form of a client: each has a test of its own, or takes nothing."""
_NOT_OURS = ("/.well-known", "/api", "/static", "/dev", "/docs")
_OWN_TABLES = ("federation.", "ssf.", "signals.", "status_lists.")
"""Operations whose folders in tests/integration try every parameter themselves."""


@pytest.fixture
def settings() -> dict[str, str]:
    return {
        "LIMEN_FETCH__ALLOW": "127.0.0.1/32", "LIMEN_OAUTH__CIBA__LEAST_TIME": "1ms",
        "LIMEN_MTLS__HEADER": "Client-Cert", "LIMEN_TRUSTED_PROXIES": "203.0.113.9/32",
        "LIMEN_OAUTH__TOKEN_REQUESTS_PER_MINUTE": "100000",
        "LIMEN_OAUTH__CIBA__UNKNOWN_PEOPLE_PER_CLIENT": "1000",
    }  # fmt: skip


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


@pytest.fixture
async def held(world: World, receiver: Receiver) -> Victim:
    return await victim(world.home, receiver)


def refused(answer: Answer, error: str, case: object) -> None:
    """The error of RFC 6749 §5.2, which no cache keeps."""
    assert answer.json.get("error") == error, (case, answer.status, answer.body)
    usual = 401 if error == "invalid_client" else 400
    assert answer.status in (usual, 403, 404), (case, answer.status)
    assert answer.headers["cache-control"] == "no-store", case


async def each_mutation(provider: Provider, row: Row) -> None:
    """Try every value that is wrong, and every form that cannot be read."""
    for name, values in row.wrong.items():
        for value, error in values.items():
            fields = {k: v for k, v in (row.fields | {name: value}).items() if v is not None}
            refused(await provider.form(row.path, fields), error, (row.name, name, value))
    for name in row.names():
        for body in spoiled(row.fields, name):
            answer = await provider.form(row.path, body)
            refused(answer, INVALID, (row.operation, row.name, name, body[-20:]))
    for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x", ""):
        body = urlencode(row.fields).encode()
        headers = [("content-type", kind)] if kind else []
        answer = await provider.send("POST", row.path, body=body, headers=headers)
        refused(answer, INVALID, (row.operation, kind))
    answer = await provider.send("POST", row.path, query=urlencode(row.fields))
    assert answer.status in (400, 401), (row.operation, "in the query", answer.body)
    many = urlencode(row.fields | {f"x{i}": "x" for i in range(101)})
    refused(await provider.form(row.path, many), INVALID, (row.operation, "too many"))


async def abroad(away: Provider) -> Client:
    """Return a client of the other tenant that may do all the same there."""
    for api in (OPAQUE, SEALED):
        await away.api(api)
    return await target(away)


def by(row: Row, provider: Provider, client: Client) -> dict[str, str]:
    return row.fields | provider.credentials(client)


@pytest.fixture
async def other(world: World) -> Client:
    """Another client of the same tenant that may do all the same."""
    return await target(world.home.provider)


async def test_every_wrong_form_of_a_grant(world: World, held: Victim, other: Client) -> None:
    """R007, R022, R023, R031, R037, R048, R051, R054, R056, A005, A009, A019, A121: and what is
    right works afterwards, once where it is good for one use."""
    provider, away = held.provider, world.away.provider
    stranger = await abroad(away)
    rows = token_rows(held, held.app)
    before = await world.dump()
    for row in rows:
        await each_mutation(provider, row)
        if row.secret is not None:
            crossed = await provider.form(row.path, by(row, provider, other))
            refused(crossed, row.crossed, (row.name, "another client's"))
            crossed = await away.form(row.path, by(row, away, stranger))
            refused(crossed, row.crossed, (row.name, "another tenant's"))
        foreign = await away.form(row.path, row.fields)
        refused(foreign, "invalid_client", (row.name, "another tenant's client"))
        assert await world.dump() == before, row.name
        provider.clock.advance(1)
    for row in rows:
        answer = await provider.form(row.path, row.fields)
        assert answer.status == 200, (row.name, answer.body)
    for row in reversed(rows):  # a code that comes again ends what was made for it
        if row.once:
            again = await provider.form(row.path, row.fields)
            refused(again, "invalid_grant", (row.name, "again"))


async def test_every_grant_that_came_too_late(world: World, held: Victim) -> None:
    """R023, R040, R058: expired codes, approvals, tokens and assertions; nothing is kept."""
    rows = token_rows(held, held.app)
    held.provider.clock.advance(901)
    before = await world.dump()
    for row in rows:
        if row.late is not None:
            answer = await held.provider.form(row.path, row.fields)
            refused(answer, row.late, (row.name, "too late"))
    assert await world.dump() == before


async def test_every_wrong_form_of_a_client(world: World, held: Victim) -> None:
    """R007, R016, R037, R048, R051, R054, A005, A009, A063, A121: introspection, revocation, PAR,
    device and backchannel requests."""
    provider, away = held.provider, world.away.provider
    before = await world.dump()
    for row in endpoint_rows(held, held.app):
        await each_mutation(provider, row)
        foreign = await away.form(row.path, row.fields)
        refused(foreign, "invalid_client", (row.operation, "another tenant's client"))
        wrong = await provider.form(row.path, row.fields | {"client_secret": "x" * 43})
        refused(wrong, "invalid_client", (row.operation, "wrong secret"))
        assert await world.dump() == before, row.operation
        provider.clock.advance(61)
    for row in endpoint_rows(held, held.app):
        assert (await provider.form(row.path, row.fields)).status in (200, 201), row.operation


async def test_tokens_of_others_are_nothing_to_introspection_and_revocation(
    world: World, held: Victim, other: Client
) -> None:
    """R048, A029: of another client and another tenant: inactive, and not revoked."""
    provider, away = held.provider, world.away.provider
    stranger = await abroad(away)
    before = await world.dump()
    for token in (held.tokens["access_token"], held.tokens["refresh_token"]):
        for asker, client in ((provider, other), (away, stranger)):
            fields = {"token": token, **asker.credentials(client)}
            told = await asker.form("/oauth2/introspect", fields)
            assert told.json == {"active": False}
            assert (await asker.form("/oauth2/revoke", fields)).status == 200
    assert await world.dump() == before
    assert (await provider.introspect(held.app, held.tokens["access_token"]))["active"] is True


async def test_every_wrong_use_of_a_token(world: World, held: Victim) -> None:
    """R036, R041, R042, R048, A099, A125: userinfo takes one, in one place, of one kind."""
    provider, away = held.provider, world.away.provider
    token, before = held.tokens["access_token"], await world.dump()
    values = [
        "", "Bearer", "Bearer ", "Bearer x", f"bearer  {token}", f"Bearer {token} x", token,
        f"Basic {token}", f"DPoP {token}", f"Bearer {token}.", f"Bearer {token[:-1]}",
        f"Bearer {held.tokens['id_token']}", f"Bearer {held.tokens['refresh_token']}",
        f"Bearer {held.bound}", f"Bearer {held.keyed}", f"Bearer {held.certified}",
        f"Bearer {held.code}", f"Bearer {'x' * 9000}", f"Bearer {token}, Bearer {token}",
    ]  # fmt: skip
    for method in ("GET", "POST"):
        for value in values:
            headers = [("authorization", value)] if value else []
            answer = await provider.send(method, "/oauth2/userinfo", headers=headers)
            assert answer.status == 401, (method, value, answer.body)
            assert answer.headers["www-authenticate"].startswith(("Bearer ", "DPoP ")), value
        twice = [("authorization", f"Bearer {token}")] * 2
        answer = await provider.send(method, "/oauth2/userinfo", headers=twice)
        assert answer.status in (400, 401), (method, "twice")
        foreign = await away.userinfo(token, method)
        assert foreign.status == 401
    assert (await provider.form("/oauth2/userinfo", {"access_token": token})).status == 401
    assert await world.dump() == before


async def test_every_wrong_registration(world: World, held: Victim) -> None:
    """R057, A009, A121: no JSON, no object, wrong tokens, another's and another tenant's."""
    provider, away = held.provider, world.away.provider
    path, token = path_of(held.registration), held.registration["registration_access_token"]
    another = await send(
        provider, "POST", REGISTER, {"redirect_uris": ["https://b.example/cb"]}, held.initial
    )
    before = await world.dump()
    bodies = (b"", b"[]", b"{", b"null", b'{"a":1,"a":2}', b"\xff", b"{}" * 9, b"x" * 300_000)
    for method, where, key in (("POST", REGISTER, held.initial), ("PUT", path, token)):
        for body in bodies:
            answer = await send(provider, method, where, body, key)
            assert answer.status in (400, 413), (method, body[:20], answer.status)
            provider.clock.advance(2)
    for wrong in (None, "", "x", held.initial, another.json["registration_access_token"]):
        for method in ("GET", "PUT", "DELETE"):
            answer = await send(provider, method, path, {}, wrong)
            assert answer.status == 401, (method, wrong, answer.body)
            provider.clock.advance(2)
    for method in ("GET", "PUT", "DELETE"):
        assert (await send(away, method, path, {}, token)).status == 401
    for wrong in (None, "", "x", token):
        answer = await send(provider, "POST", REGISTER, {}, wrong)
        assert answer.status == 401, (wrong, answer.body)
    assert (await send(away, "POST", REGISTER, {}, held.initial)).status == 401
    assert await world.dump() == before


async def test_every_protocol_endpoint_has_a_row(world: World, held: Victim) -> None:
    """A009: a new endpoint, or a new grant, must come into the table."""
    rows = [*token_rows(held, held.app), *endpoint_rows(held, held.app)]
    found = await world.home.provider.send("GET", "/.well-known/openid-configuration")
    assert set(found.json["grant_types_supported"]) <= {
        row.fields.get("grant_type") for row in rows
    }
    operations = {
        route.operation
        for route in world.routes
        if route.answer == "protocol" and not route.path.startswith(_NOT_OURS)
    }
    known = {row.operation for row in rows} | _BELOW
    assert {name for name in operations - known if not name.startswith(_OWN_TABLES)} == set()
