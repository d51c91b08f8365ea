"""Explicit registration: the application hands in what it says of itself."""

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.integration.federation.conftest import World
from tests.support.federation import BACK, Entity, federate
from tests.support.oauth import VERIFIER, Answer, decoded, header_of

PATH = "/oauth2/federation/register"
KIND = "application/entity-statement+jwt"


async def hand_in(world: World, token: str, kind: str = KIND) -> Answer:
    headers = [("content-type", kind)]
    return await world.provider.send("POST", PATH, body=token.encode(), headers=headers)


async def register(world: World, app: Entity | None = None, **changes: Any) -> Answer:
    one = app or world.app
    return await hand_in(world, one.configuration(aud=world.provider.tenant.issuer, **changes))


async def test_an_application_registers_itself(world: World) -> None:
    """R055, R057: the answer is signed, says what was registered, and until when."""
    world.app.is_app(client_registration_types=["explicit"])
    answer = await register(world)
    assert answer.status == 200, answer.body
    kind = "application/explicit-registration-response+jwt"
    assert answer.headers["content-type"] == kind
    token = answer.body.decode()
    says = decoded(token)
    assert header_of(token)["typ"] == "explicit-registration-response+jwt"
    assert (says["iss"], says["sub"], says["aud"]) == (
        world.provider.tenant.issuer, world.app.id, world.app.id,
    )  # fmt: skip
    assert says["trust_anchor"] == world.anchor.id
    assert says["authority_hints"] == [world.middle.id]
    assert says["exp"] == says["iat"] + 3600
    metadata = says["metadata"]["openid_relying_party"]
    assert (metadata["client_id"], metadata["redirect_uris"]) == (world.app.id, [BACK])
    assert "client_secret" not in metadata


async def test_it_asks_as_every_client(world: World) -> None:
    """R012: no request object is needed; its key proves it at the token endpoint."""
    provider = world.provider
    world.app.is_app(client_registration_types=["explicit"])
    assert (await register(world)).status == 200
    browser, _ = await provider.sign_in(await provider.person())
    asked = {k: str(v) for k, v in world.app.asked().items() if k not in ("iss", "aud", "jti")}
    answer = await provider.authorize(asked, browser)
    await provider.approve(answer, browser)
    answer = await provider.resume(answer, browser)
    got = await provider.token({
        "grant_type": "authorization_code", "code": answer.query["code"],
        "code_verifier": VERIFIER, "redirect_uri": BACK, **world.app.credentials(),
    })  # fmt: skip
    assert got.status == 200, got.body
    provider.clock.advance(timedelta(minutes=61))
    assert (await provider.authorize(asked, browser)).status == 400, "it has to register again"
    assert (await register(world)).status == 200
    assert "flow" in (await provider.authorize(asked, browser)).query


async def test_a_chain_may_be_handed_in(world: World) -> None:
    """§12.2.1: the first statement counts; the others are asked for, not believed."""
    own = world.app.configuration(aud=world.provider.tenant.issuer)
    chain = [own, world.middle.statement(world.app, exp=1), "not a statement"]
    answer = await hand_in(world, json.dumps(chain), "application/trust-chain+json")
    assert answer.status == 200, answer.body


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"aud": None}, "invalid_request"),
        ({"aud": "https://other.example"}, "invalid_request"),
        ({"aud": ["http://localhost:8400", "https://other.example"]}, "invalid_request"),
        ({"sub": "https://other.example"}, "invalid_request"),
        ({"iss": "https://other.example", "sub": "https://other.example"}, "invalid_trust_chain"),
        ({"exp": 1}, "invalid_request"),
        ({"authority_hints": ["https://nobody.invalid"]}, "invalid_trust_chain"),
        ({"authority_hints": None}, "invalid_trust_chain"),
        ({"metadata": {}}, "invalid_metadata"),
    ],
    ids=str,
)
async def test_what_is_refused(world: World, changes: dict[str, Any], error: str) -> None:
    """R138, A101: in the form of §8.9, and nothing is stored."""
    token = world.app.configuration(**{"aud": world.provider.tenant.issuer, **changes})
    answer = await hand_in(world, token)
    assert (answer.status, answer.json["error"]) == (400, error)
    assert await world.provider.data("client.created") == []
    assert len(await world.provider.reasons("federation.refused")) == 1


@pytest.mark.parametrize("kind", ["application/jwt", "application/json", "text/plain", ""])
async def test_other_kinds_of_bodies(world: World, kind: str) -> None:
    """R138."""
    token = world.app.configuration(aud=world.provider.tenant.issuer)
    answer = await hand_in(world, token, kind)
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("body", ["", "x", "a.b.c", "[]", "{}", "\x00" * 9, "x" * 65_000])
async def test_bodies_that_are_nothing(world: World, body: str) -> None:
    """R138."""
    for kind in (KIND, "application/trust-chain+json"):
        answer = await hand_in(world, body, kind)
        assert answer.json["error"] == "invalid_request", answer.body


async def test_somebody_else_s_keys(world: World) -> None:
    """A095, A097: signed by itself with keys that its superior does not know."""
    stranger = world.entity("/stranger").is_app()
    stranger.superiors = world.app.superiors
    token = stranger.configuration(
        iss=world.app.id, sub=world.app.id, aud=world.provider.tenant.issuer
    )
    answer = await hand_in(world, token)
    assert answer.json["error"] == "invalid_trust_chain"


async def test_where_it_is_not_offered(world: World) -> None:
    """R057: off by default."""
    await federate(world.provider, world.anchor, federation_registration=["automatic"])
    assert (await register(world)).status == 404
    found = (await world.provider.send("GET", "/.well-known/openid-configuration")).json
    assert found["client_registration_types_supported"] == ["automatic"]
    assert "federation_registration_endpoint" not in found


async def test_it_is_slow(world: World) -> None:
    """A135: finding chains for strangers is limited, by place and in all."""
    statuses = [(await register(world)).status for _ in range(61)]
    assert statuses[-1] == 429
    refused = await register(world)
    assert refused.json["error"] == "temporarily_unavailable"
    assert "retry-after" in refused.headers
