"""Back-channel logout: whoever learnt of a session hears of its end, once, and verifiably.

Back-Channel Logout.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt
import pytest
from tests.support.oauth import CAUSE, Provider, header_of
from tests.support.receivers import Receiver, receiving

from limen.kernel.ids import new_id
from limen.oauth.api import Client
from limen.oauth.options import ClientOptions

EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


async def turn(provider: Provider, name: str = "deliveries.send") -> None:
    for task in provider.tasks:
        if task.name == name:
            await task.run()


async def told_client(provider: Provider, receiver: Receiver, **changes: Any) -> Client:
    path = changes.pop("path", "/logout")
    more = changes.pop("options", {})
    options = ClientOptions(backchannel_logout_uri=f"{receiver.url}{path}", **more)
    return await provider.client(skip_consent=True, options=options, **changes)


async def claims_of(provider: Provider, client: Client, token: str) -> dict[str, Any]:
    """Verify a logout token as a relying party's library does (PyJWT)."""
    keys = jwt.PyJWKSet.from_dict((await provider.send("GET", "/oauth2/jwks")).json)
    key = keys[jwt.get_unverified_header(token)["kid"]]
    options: Any = {"verify_exp": False, "verify_iat": False, "require": ["iat", "exp", "jti"]}
    return jwt.decode(
        token, key, algorithms=[client.id_token_alg], audience=client.client_id,
        issuer=provider.tenant.issuer, options=options,
    )  # fmt: skip


@dataclass
class Case:
    provider: Provider
    receiver: Receiver
    client: Client
    user: Any
    secret: str
    session: Any
    issued: dict[str, Any]


@pytest.fixture
async def case(provider: Provider, receiver: Receiver) -> Case:
    client = await told_client(provider, receiver)
    user = await provider.person()
    secret, session = await provider.sign_in(user)
    issued = await provider.tokens(client, secret)
    return Case(provider, receiver, client, user, secret, session, issued)


async def end(case: Case) -> None:
    sessions = case.provider.sessions
    await case.provider.store.transact(
        lambda tx: sessions.end(tx, case.session.id, CAUSE, reason="test")
    )


async def sign_out(case: Case) -> None:
    headers = [await case.provider.cookies(case.secret)]
    query = f"id_token_hint={case.issued['id_token']}"
    assert (
        await case.provider.send("GET", "/oauth2/logout", query=query, headers=headers)
    ).status == 303


async def end_all(case: Case) -> None:
    sessions = case.provider.sessions
    await case.provider.store.transact(
        lambda tx: sessions.end_all(tx, case.user.id, CAUSE, reason="password_changed")
    )


async def suspend(case: Case) -> None:
    from limen.identity.api import Status

    status: Status = "suspended"
    users = case.provider.users
    await case.provider.store.transact(
        lambda tx: users.change_status(tx, case.user.id, status, CAUSE, reason="test")
    )


async def expire(case: Case) -> None:
    case.provider.clock.advance(timedelta(hours=25))
    await turn(case.provider, "logouts.expiry")


async def crowd_out(case: Case) -> None:
    """R108: more sessions than a person may have."""
    for _ in range(60):
        await case.provider.sign_in(case.user)


ENDS = [end, sign_out, end_all, suspend, expire, crowd_out]


@pytest.mark.parametrize("ending", ENDS, ids=lambda ending: ending.__name__)
async def test_however_a_session_ends_the_application_is_told(
    case: Case, ending: Callable[[Case], Awaitable[None]]
) -> None:
    """R049, R102: typ logout+jwt, events, sid, sub, jti, no nonce, two minutes at most."""
    provider, receiver = case.provider, case.receiver
    await ending(case)
    await provider.snapshots.poll()
    assert receiver.received == []  # not inside the unit
    await turn(provider)
    (received,) = receiver.received
    assert (received.method, received.path) == ("POST", "/logout")
    assert received.headers["content-type"] == "application/x-www-form-urlencoded"
    token = received.form["logout_token"]
    assert header_of(token)["typ"] == "logout+jwt"
    claims = await claims_of(provider, case.client, token)
    assert claims["events"] == {EVENT: {}}
    assert (claims["sid"], claims["sub"]) == (str(case.session.id), str(case.user.id))
    assert "nonce" not in claims
    assert 0 < claims["exp"] - claims["iat"] <= 120
    assert claims["iat"] == int(provider.clock.now().timestamp())
    await turn(provider)
    assert len(receiver.received) == 1
    (fact,) = await provider.data("logout.delivered")
    assert fact["session"] == str(case.session.id) and fact["attempts"] == 1


@pytest.mark.parametrize("alg", ["ES256", "RS256", "PS256", "EdDSA"])
async def test_a_logout_token_is_signed_as_the_clients_id_tokens_are(
    provider: Provider, receiver: Receiver, alg: str
) -> None:
    """R049: a client that accepts one algorithm gets that one."""
    await provider.keys.ensure(provider.store, alg, CAUSE)
    await provider.snapshots.poll()
    client = await told_client(provider, receiver, id_token_alg=alg)
    secret, session = await provider.sign_in(await provider.person())
    await provider.tokens(client, secret)
    await provider.store.transact(
        lambda tx: provider.sessions.end(tx, session.id, CAUSE, reason="test")
    )
    await turn(provider)
    token = receiver.received[0].form["logout_token"]
    assert header_of(token)["alg"] == alg
    assert (await claims_of(provider, client, token))["sid"] == str(session.id)


async def test_only_who_learnt_of_the_session_is_told(case: Case) -> None:
    """A077: neither another session's applications, nor those that never got tokens."""
    provider = case.provider
    stranger = await told_client(provider, case.receiver, path="/stranger")
    other, _ = await provider.sign_in(await provider.person("bob@example.com"))
    await provider.tokens(stranger, other)
    await told_client(provider, case.receiver, path="/unused")
    await end(case)
    await turn(provider)
    assert [one.path for one in case.receiver.received] == ["/logout"]


async def test_one_application_in_two_sessions_is_told_of_each(case: Case) -> None:
    provider = case.provider
    secret, second = await provider.sign_in(case.user)
    await provider.tokens(case.client, secret)
    await provider.tokens(case.client, secret)
    await end_all(case)
    await turn(provider)
    told = [
        await claims_of(provider, case.client, one.form["logout_token"])
        for one in case.receiver.received
    ]
    assert {claims["sid"] for claims in told} == {str(case.session.id), str(second.id)}
    assert len(told) == 2 == len({claims["jti"] for claims in told})


async def test_a_receiver_that_fails_twice_is_told_the_third_time(case: Case) -> None:
    """R134: each try carries a fresh token, whose two minutes begin anew."""
    provider, receiver = case.provider, case.receiver
    receiver.answers = [500, 400]
    await end(case)
    for wait in (7, 25, 25):
        await turn(provider)
        provider.clock.advance(wait)
        await provider.snapshots.poll()
    issued = [
        (await claims_of(provider, case.client, one.form["logout_token"]))["iat"]
        for one in receiver.received
    ]
    assert len(set(issued)) == 3
    assert await provider.reasons("logout.failed") == []
    assert [data["attempts"] for data in await provider.data("logout.delivered")] == [3]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + b"10000\r\n" + b"x" * 65536 + b"\r\n" + b"10000\r\n" + b"x" * 65536 + b"\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nxx",
        b"\x00" * 100,
    ],
    ids=["redirect", "gigabytes", "endless", "compressed", "no-http"],
)  # fmt: skip
async def test_a_receiver_that_misbehaves_gains_nothing(case: Case, answer: bytes) -> None:
    """A117, A121: no redirect is followed, no body is read to its end."""
    case.receiver.answers = [answer]
    await end(case)
    await turn(case.provider)
    (receipt,) = await listed(case)
    assert (receipt["status"], receipt["attempts"]) == ("waiting", 1)
    assert receipt["error"] in ("refused", "no_answer")
    assert len(case.receiver.received) == 1


async def listed(case: Case, query: str = "") -> list[dict[str, Any]]:
    provider = case.provider
    reader = await provider.client("m2m", name="Reader", scopes=["sessions:read"])
    await provider.role(reader)
    token = (await provider.machine_token(reader, scope="sessions:read"))["access_token"]
    headers = [("authorization", f"Bearer {token}")]
    answer = await provider.send("GET", "/api/v1/logouts", query=query, headers=headers)
    assert answer.status == 200, answer.body
    return answer.json["data"]


async def test_a_client_that_is_gone_or_wants_nothing_is_not_told(case: Case) -> None:
    provider = case.provider
    await end(case)
    record = await provider.oauth.clients.find(provider.store, case.client.client_id)
    assert record is not None
    admin = await provider.client("m2m", name="Admin", scopes=["clients:write"])
    await provider.role(admin)
    token = (await provider.machine_token(admin, scope="clients:write"))["access_token"]
    changed = await provider.api_call(
        token, "PATCH", f"/api/v1/clients/{case.client.id}", {"options": {}}
    )
    assert changed.status == 200, changed.body
    await turn(provider)
    assert case.receiver.received == []
    assert [one["status"] for one in await listed(case)] == ["withdrawn"]
    assert await provider.reasons("logout.failed") == []


async def test_a_disabled_client_is_told_all_the_same(case: Case) -> None:
    """A035: its sessions should end more than anybody's."""
    provider = case.provider
    admin = await provider.client("m2m", name="Admin", scopes=["clients:write"])
    await provider.role(admin)
    token = (await provider.machine_token(admin, scope="clients:write"))["access_token"]
    path = f"/api/v1/clients/{case.client.id}/disable"
    assert (await provider.api_call(token, "POST", path)).status == 200
    await end(case)
    await turn(provider)
    assert len(case.receiver.received) == 1


async def test_a_session_that_lives_is_left_alone(case: Case) -> None:
    """Looked at in time, and again when it would be over."""
    for _ in range(5):
        case.provider.clock.advance(timedelta(minutes=6))
        await turn(case.provider, "logouts.expiry")
    await turn(case.provider)
    assert case.receiver.received == []


async def test_a_code_redeemed_while_the_session_ends_is_told_later(case: Case) -> None:
    """A035: who is noted after the end is found by the next look."""
    provider = case.provider
    await end(case)
    await turn(provider)
    late = await told_client(provider, case.receiver, path="/late")
    participants = provider_participants()
    await provider.store.transact(
        lambda tx: participants.note(tx, late, session=case.session.id, user=case.user.id)
    )
    provider.clock.advance(timedelta(minutes=6))
    await turn(provider, "logouts.expiry")
    await turn(provider)
    assert [one.path for one in case.receiver.received] == ["/logout", "/late"]


def provider_participants() -> Any:
    from limen.oauth.logouts.store import SqlParticipants

    return SqlParticipants()


async def test_who_ends_it_at_the_same_time_tells_it_once(case: Case) -> None:
    """A019: one statement decides who tells."""
    await asyncio.gather(*[end(case) for _ in range(8)], *[end_all(case) for _ in range(4)])
    await asyncio.gather(*[turn(case.provider) for _ in range(3)])
    assert len(case.receiver.received) == 1


async def test_thousands_of_applications_cost_one_unit_and_no_long_one(
    provider: Provider, receiver: Receiver
) -> None:
    """A135: signing out is as quick, whoever has to be told."""
    import time

    user = await provider.person()
    _, session = await provider.sign_in(user)
    participants = provider_participants()
    clients = [await told_client(provider, receiver, path=f"/{n}") for n in range(40)]

    async def note(tx: Any) -> None:
        for client in clients:
            await participants.note(tx, client, session=session.id, user=user.id)

    await provider.store.transact(note)
    began = time.monotonic()
    await provider.store.transact(
        lambda tx: provider.sessions.end(tx, session.id, CAUSE, reason="test")
    )
    assert time.monotonic() - began < 1
    await turn(provider)
    assert len({one.path for one in receiver.received}) == 40


async def test_the_roll_of_a_session(case: Case) -> None:
    """The administrator sees each application, and whether it was told."""
    provider = case.provider
    plain = await provider.client(skip_consent=True, name="Plain")
    await provider.tokens(plain, case.secret)
    unused = await provider.client(skip_consent=True, name="Unused")
    reader = await provider.client("m2m", name="Reader", scopes=["sessions:read", "sessions:write"])
    await provider.role(reader)
    token = (await provider.machine_token(reader, scope="sessions:read sessions:write"))[
        "access_token"
    ]
    path = f"/api/v1/sessions/{case.session.id}/applications"
    await provider.snapshots.poll()

    async def roll() -> dict[str, str]:
        answer = await provider.api_call(token, "GET", path)
        assert answer.status == 200, answer.body
        return {one["client"]: one["status"] for one in answer.json["data"]}

    assert await roll() == {str(case.client.id): "signed_in", str(plain.id): "signed_in"}
    case.receiver.answers = [410]
    await end(case)
    assert (await roll())[str(case.client.id)] == "waiting"
    await turn(provider)
    assert await roll() == {str(case.client.id): "failed", str(plain.id): "not_told"}
    assert str(unused.id) not in await roll()
    assert await provider.reasons("logout.failed") == ["refused"]
    (failed,) = await listed(case, "status=failed")
    assert failed["client"] == str(case.client.id) and failed["answered"] == 410
    retried = await provider.api_call(token, "POST", f"/api/v1/logouts/{failed['id']}/retry")
    assert (retried.status, retried.json["data"]["status"]) == (200, "waiting")
    await turn(provider)
    assert (await roll())[str(case.client.id)] == "delivered"
    again = await provider.api_call(token, "POST", f"/api/v1/logouts/{failed['id']}/retry")
    assert (again.status, again.json["code"]) == (409, "delivery_not_failed")
    shown = await provider.api_call(token, "GET", f"/api/v1/logouts/{failed['id']}")
    assert shown.json["data"]["status"] == "delivered"
    for missing in (f"/api/v1/sessions/{new_id()}/applications", f"/api/v1/logouts/{new_id()}"):
        assert (await provider.api_call(token, "GET", missing)).status == 404


async def test_what_is_long_over_is_forgotten(case: Case) -> None:
    """G11, A135."""
    await end(case)
    await turn(case.provider)
    case.provider.clock.advance(timedelta(days=31))
    await turn(case.provider, "logouts.forget")
    await turn(case.provider, "deliveries.forget")
    assert await listed(case) == []
    participants = provider_participants()
    assert await participants.of_session(case.provider.store, case.session.id, limit=9) == []
