"""Nonces of ours in proofs (RFC 9449 §8, §9)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from tests.support.dpop import ProofKey
from tests.support.oauth import Provider, build, decoded

from limen.kernel.tenant import Tenant
from limen.oauth.dpop.settings import DpopSettings

USERINFO = "/oauth2/userinfo"


@pytest.fixture
async def strict(database: Any, store: Any, clock: Any, tenant: Tenant) -> AsyncIterator[Provider]:
    """A provider that demands a nonce in each proof."""
    yield await build(database, store, clock, tenant, DpopSettings(nonce_required=True))


async def ask(provider: Provider, key: ProofKey, **claims: Any) -> Any:
    client = await provider.client("m2m")
    fields = {"grant_type": "client_credentials", **provider.credentials(client)}
    return await provider.token(fields, key.header(**claims))


async def test_a_proof_without_the_nonce_is_told_it(strict: Provider) -> None:
    """R030, RFC 9449 §8: use_dpop_nonce and DPoP-Nonce; the client's next try is let in."""
    key = ProofKey(strict)
    told = await ask(strict, key)
    assert (told.status, told.json["error"]) == (400, "use_dpop_nonce")
    nonce = told.headers["dpop-nonce"]
    answer = await ask(strict, key, nonce=nonce)
    assert decoded(answer.json["access_token"])["cnf"] == {"jkt": key.jkt}
    assert answer.headers["dpop-nonce"] == nonce
    assert await strict.reasons("token.refused") == []


@pytest.mark.parametrize("nonce", ["", "x", "A" * 28, "é" * 28, "\ud800", "A" * 5000])
async def test_a_nonce_that_is_not_ours_is_none(strict: Provider, nonce: str) -> None:
    """R030: made up or altered."""
    answer = await ask(strict, ProofKey(strict), nonce=nonce)
    assert answer.status == 400
    assert answer.json["error"] in ("use_dpop_nonce", "invalid_dpop_proof")


@pytest.mark.parametrize("nonce", [7, ["x"], {}])
async def test_a_nonce_is_a_text(strict: Provider, nonce: object) -> None:
    """A101."""
    assert (await ask(strict, ProofKey(strict), nonce=nonce)).json["error"] == "invalid_dpop_proof"


async def test_nonces_rotate_and_grow_old(strict: Provider) -> None:
    """R030: the one before the current one is accepted, and answered with the current one."""
    key = ProofKey(strict)
    first = (await ask(strict, key)).headers["dpop-nonce"]
    strict.clock.advance(timedelta(minutes=2))
    answer = await ask(strict, key, nonce=first)
    assert answer.status == 200
    second = answer.headers["dpop-nonce"]
    assert second != first
    strict.clock.advance(timedelta(minutes=2))
    assert (await ask(strict, key, nonce=first)).json["error"] == "use_dpop_nonce"
    assert (await ask(strict, key, nonce=second)).status == 200


async def test_a_nonce_does_not_make_an_old_proof_young(strict: Provider) -> None:
    """R030: both are asked."""
    key = ProofKey(strict)
    nonce = (await ask(strict, key)).headers["dpop-nonce"]
    old = int(strict.clock.now().timestamp()) - 61
    assert (await ask(strict, key, nonce=nonce, iat=old)).json["error"] == "invalid_dpop_proof"


async def test_a_resource_asks_for_a_nonce_too(strict: Provider) -> None:
    """RFC 9449 §9: 401 with the challenge, and the nonce beside it."""
    key = ProofKey(strict)
    client = await strict.client("spa", skip_consent=True)
    secret, _ = await strict.sign_in(await strict.person())
    code = await strict.code(client, secret)
    nonce = (await ask(strict, key)).headers["dpop-nonce"]
    tokens = await strict.token(strict.redemption(client, code), key.header(nonce=nonce))
    token = tokens.json["access_token"]
    told = await strict.send("GET", USERINFO, headers=key.using(token, USERINFO))
    assert told.status == 401
    assert (
        'DPoP realm="http://localhost:8400", error="use_dpop_nonce"'
        in (told.headers["www-authenticate"])
    )
    headers = key.using(token, USERINFO, nonce=told.headers["dpop-nonce"])
    assert (await strict.send("GET", USERINFO, headers=headers)).status == 200


async def test_where_none_is_demanded_an_old_one_is_replaced(provider: Provider) -> None:
    """RFC 9449 §8.2: a client that goes on with a nonce of before gets the current one."""
    answer = await ask(provider, ProofKey(provider), nonce="from-elsewhere")
    assert answer.json["error"] == "use_dpop_nonce"
    assert answer.headers["dpop-nonce"]
