"""Calling back: pings and pushes, and what must not leave (CIBA Core §10.2, §10.3, §12)."""

import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from typing import Any

from tests.integration.oauth_ciba.conftest import NOTIFICATION_TOKEN, Bank
from tests.support.oauth import CAUSE, decoded


def half(text: str) -> str:
    return urlsafe_b64encode(sha256(text.encode()).digest()[:16]).decode().rstrip("=")


async def deliver(bank: Bank, count: int = 1) -> Any:
    await bank.run("deliveries.send")
    await bank.receiver.until(count)
    return bank.receiver.received[-1]


async def test_a_ping_says_that_the_answer_is_there(bank: Bank) -> None:
    """CIBA Core §10.2: the id and the token, nothing else; the tokens are fetched."""
    app = await bank.client("ping")
    asked = await bank.approved(app)
    got = await deliver(bank)
    assert (got.method, got.path) == ("POST", "/told")
    assert got.headers["authorization"] == f"Bearer {NOTIFICATION_TOKEN}"
    assert got.headers["content-type"] == "application/json"
    assert json.loads(got.body) == {"auth_req_id": asked["auth_req_id"]}
    assert (await bank.poll(asked["auth_req_id"], app)).status == 200


async def test_a_ping_says_so_of_a_no_and_of_the_end(bank: Bank) -> None:
    """CIBA Core §10.2, §11."""
    app = await bank.client("ping")
    refused = await bank.asked(app)
    await bank.decide("deny")
    await deliver(bank)
    assert (await bank.poll(refused["auth_req_id"], app)).json["error"] == "access_denied"
    late = await bank.asked(app)
    bank.provider.clock.advance(timedelta(minutes=6))
    await bank.run("oauth.ciba.expiry")
    got = await deliver(bank, 2)
    assert json.loads(got.body) == {"auth_req_id": late["auth_req_id"]}
    assert (await bank.poll(late["auth_req_id"], app)).json["error"] == "expired_token"


async def test_a_push_brings_tokens_bound_to_each_other(bank: Bank) -> None:
    """CIBA Core §10.3.1: at_hash, rt_hash and auth_req_id in the ID token."""
    app = await bank.client("push")
    asked = await bank.approved(app, scope="openid email offline_access")
    assert "interval" not in asked
    got = await deliver(bank)
    assert got.headers["authorization"] == f"Bearer {NOTIFICATION_TOKEN}"
    body = json.loads(got.body)
    assert body["auth_req_id"] == asked["auth_req_id"] and body["token_type"] == "Bearer"
    claims = decoded(body["id_token"])
    assert claims["urn:openid:params:jwt:claim:auth_req_id"] == asked["auth_req_id"]
    assert claims["urn:openid:params:jwt:claim:rt_hash"] == half(body["refresh_token"])
    assert claims["at_hash"] == half(body["access_token"])
    assert claims["sub"] == str(bank.person.id) and claims["aud"] == app.client_id
    assert (await bank.provider.userinfo(body["access_token"])).status == 200
    assert len(await bank.provider.data("ciba_request.pushed")) == 1


async def test_who_is_pushed_to_does_not_poll(bank: Bank) -> None:
    """CIBA Core §11: unauthorized_client, before and after."""
    app = await bank.client("push")
    asked = await bank.approved(app)
    answer = await bank.poll(asked["auth_req_id"], app)
    assert (answer.status, answer.json["error"]) == (400, "unauthorized_client")


async def test_a_push_is_repeated_with_the_same_tokens(bank: Bank) -> None:
    """R024: a client that was down gets what was made for it, made once."""
    app = await bank.client("push")
    bank.receiver.answers = [503]
    await bank.approved(app)
    first = await deliver(bank)
    bank.provider.clock.advance(timedelta(minutes=10))
    second = await deliver(bank, 2)
    assert first.body == second.body
    assert len(await bank.provider.data("ciba_request.pushed")) == 1
    issued = await bank.provider.data("token.issued")
    assert len([one for one in issued if one["grant"].endswith("ciba")]) == 1


async def test_a_push_of_a_no_and_of_the_end(bank: Bank) -> None:
    """CIBA Core §12."""
    app = await bank.client("push")
    refused = await bank.asked(app)
    await bank.decide("deny")
    body = json.loads((await deliver(bank)).body)
    assert (body["error"], body["auth_req_id"]) == ("access_denied", refused["auth_req_id"])
    await bank.asked(app)
    bank.provider.clock.advance(timedelta(minutes=6))
    await bank.run("oauth.ciba.expiry")
    body = json.loads((await deliver(bank, 2)).body)
    assert body["error"] == "expired_token" and "access_token" not in body


async def test_nothing_is_pushed_for_who_ended_meanwhile(bank: Bank) -> None:
    """A033: standing is asked when tokens are made, not only when they were allowed."""
    app = await bank.client("push")
    await bank.approved(app)
    users = bank.provider.users
    await bank.provider.store.transact(
        lambda tx: users.change_status(tx, bank.person.id, "suspended", CAUSE, reason="x")
    )
    body = json.loads((await deliver(bank)).body)
    assert body["error"] == "transaction_failed" and "access_token" not in body


async def test_no_secret_lies_open_in_the_store(bank: Bank) -> None:
    """R025, R098, R141: neither id nor token nor what was pushed, while it waits and after."""
    from tests.support.world import dump

    app = await bank.client("push")
    bank.receiver.answers = [503]
    asked = await bank.approved(app)
    body = json.loads((await deliver(bank)).body)
    rows = repr(await dump(bank.provider.database, ()))
    for secret in (asked["auth_req_id"], NOTIFICATION_TOKEN, body["access_token"]):
        assert secret not in rows
