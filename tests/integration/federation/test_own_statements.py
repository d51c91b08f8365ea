"""What we say: of ourselves, of subordinates, and of others' chains."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.integration.federation.conftest import World
from tests.support.federation import federate, jwks_of, subordinate
from tests.support.issuers import manage
from tests.support.oauth import CAUSE, Answer, Provider, decoded, header_of

from limen.oauth.federation.model.statements import check_signed, read_statement
from limen.platform.jose.foreign import read
from limen.platform.jose.keys import SigningKey
from limen.platform.jose.verify import InvalidToken

BASE = "/oauth2/federation"
SUBORDINATES = "/api/v1/federation-subordinates"


async def get(provider: Provider, path: str, **query: Any) -> Answer:
    return await provider.send("GET", path, query=urlencode(query, doseq=True))


async def configuration(provider: Provider) -> dict[str, Any]:
    answer = await get(provider, "/.well-known/openid-federation")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/entity-statement+jwt"
    signed = read_statement(answer.body.decode(), provider.clock.now().timestamp())
    check_signed(signed.unverified, signed.says.jwks)
    return decoded(answer.body.decode())


async def test_our_own_configuration(world: World) -> None:
    """R041: signed by keys of its own, which sign no token, and no token's keys sign it."""
    provider = world.provider
    await federate(
        provider, world.anchor, federation_authority_hints=[world.anchor.id],
        federation_organization="Example",
    )  # fmt: skip
    says = await configuration(provider)
    assert says["iss"] == says["sub"] == provider.tenant.issuer
    assert says["authority_hints"] == [world.anchor.id]
    assert says["exp"] - says["iat"] == 3600
    discovery = (await get(provider, "/.well-known/openid-configuration")).json
    assert says["metadata"]["openid_provider"] == discovery
    assert says["metadata"]["oauth_authorization_server"] == discovery
    assert discovery["client_registration_types_supported"] == ["automatic", "explicit"]
    entity = says["metadata"]["federation_entity"]
    assert entity["organization_name"] == "Example"
    assert "federation_fetch_endpoint" not in entity, "a leaf has none (§5.1.1)"
    jwks = (await get(provider, "/oauth2/jwks")).json
    ours = {key["kid"] for key in says["jwks"]["keys"]}
    assert len(ours) == 2, "the one that signs, and the next"
    assert not ours & {key["kid"] for key in jwks["keys"]}


async def test_federation_keys_rotate_and_are_remembered(world: World) -> None:
    """R050: the next key is published before it signs; a revoked one is history."""
    provider = world.provider
    before = await configuration(provider)
    kids = [key["kid"] for key in before["jwks"]["keys"]]
    answer = await get(provider, "/.well-known/openid-federation")
    signing = header_of(answer.body.decode())["kid"]
    revoked = await manage(provider, "POST", f"/api/v1/keys/{signing}/revoke")
    assert revoked.status == 200
    await provider.snapshots.poll()
    after = await get(provider, "/.well-known/openid-federation", fresh=1)
    assert header_of(after.body.decode())["kid"] in set(kids) - {signing}
    history = await get(provider, f"{BASE}/historical-keys")
    assert history.headers["content-type"] == "application/jwk-set+jwt"
    [key] = decoded(history.body.decode())["keys"]
    assert key["kid"] == signing
    assert key["revoked"]["revoked_at"] == int(provider.clock.now().timestamp())
    assert (await provider.send("GET", "/oauth2/jwks")).status == 200


async def test_a_tenant_is_a_trust_anchor(world: World) -> None:
    """§8: fetch and list say what was made by the API; removed is gone."""
    provider = world.provider
    app = world.entity("/ours").is_app()
    made = await subordinate(
        provider, app, entity_types=["openid_relying_party"],
        metadata_policy={"openid_relying_party": {"client_name": {"value": "Ours"}}},
        constraints={"max_path_length": 0},
    )  # fmt: skip
    says = await configuration(provider)
    entity = says["metadata"]["federation_entity"]
    assert entity["federation_fetch_endpoint"].endswith(f"{BASE}/fetch")
    answer = await get(provider, f"{BASE}/fetch", sub=app.id)
    assert answer.headers["content-type"] == "application/entity-statement+jwt"
    about = decoded(answer.body.decode())
    check_signed(read(answer.body.decode()), says["jwks"])
    assert (about["sub"], about["jwks"]) == (app.id, jwks_of(app.key))
    assert about["constraints"] == {"max_path_length": 0}
    assert "authority_hints" not in about
    for query, found in [
        ({}, [app.id]), ({"entity_type": "openid_relying_party"}, [app.id]),
        ({"entity_type": "openid_provider"}, []), ({"intermediate": "true"}, []),
        ({"intermediate": "false"}, [app.id]),
    ]:  # fmt: skip
        assert (await get(provider, f"{BASE}/list", **query)).json == found
    path = f"{SUBORDINATES}/{made['id']}"
    assert (await manage(provider, "PATCH", path, {"enabled": False})).status == 200
    assert (await get(provider, f"{BASE}/fetch", sub=app.id)).json["error"] == "not_found"
    assert (await get(provider, f"{BASE}/list")).json == []
    assert (await manage(provider, "DELETE", path)).status == 204
    assert (await get(provider, f"{BASE}/fetch", sub=app.id)).status == 404
    names = ["created", "changed", "deleted"]
    for name in names:
        assert len(await provider.data(f"federation_subordinate.{name}")) == 1


async def test_our_own_subordinates_are_clients(world: World) -> None:
    """R012: what we say ourselves is not asked for over the network."""
    provider = world.provider
    ours = world.entity("/ours").is_app()
    policy = {"openid_relying_party": {"client_name": {"value": "Ours"}}}
    made = await subordinate(provider, ours, metadata_policy=policy)
    ours.says["authority_hints"] = [provider.tenant.issuer]
    browser, _ = await provider.sign_in(await provider.person())
    assert "/consent?" in (await ours.ask(browser)).location
    client = await provider.oauth.clients.find(provider.store, ours.id)
    assert client is not None
    assert client.name == "Ours"
    await manage(provider, "DELETE", f"{SUBORDINATES}/{made['id']}")
    provider.clock.advance(timedelta(minutes=31))
    assert (await ours.ask(browser)).status == 400


async def test_chains_of_others_are_resolved(world: World) -> None:
    """§8.3: signed, with the chain, as its policies leave it."""
    provider = world.provider
    rule = {"openid_relying_party": {"client_name": {"value": "X"}}}
    world.anchor.about[world.middle.id] = {"metadata_policy": rule}
    query = {"sub": world.app.id, "trust_anchor": ["https://other.example", world.anchor.id]}
    answer = await get(provider, f"{BASE}/resolve", **query, entity_type="openid_relying_party")
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == "application/resolve-response+jwt"
    says = decoded(answer.body.decode())
    check_signed(
        read(answer.body.decode(), max_size=70_000), (await configuration(provider))["jwks"]
    )
    assert (says["iss"], says["sub"]) == (provider.tenant.issuer, world.app.id)
    assert says["metadata"]["openid_relying_party"]["client_name"] == "X"
    assert len(says["trust_chain"]) == 4
    assert await provider.data("client.created") == [], "asking about it registers nothing"


@pytest.mark.parametrize(
    ("path", "query", "status", "error"),
    [
        ("fetch", {}, 400, "invalid_request"),
        ("fetch", {"sub": "x"}, 404, "invalid_subject"),
        ("fetch", {"sub": ["https://a.example", "https://b.example"]}, 400, "invalid_request"),
        ("fetch", {"sub": "https://a.example"}, 404, "not_found"),
        ("list", {"trust_marked": "true"}, 400, "unsupported_parameter"),
        ("list", {"intermediate": "maybe"}, 400, "invalid_request"),
        ("resolve", {"trust_anchor": "https://a.example"}, 400, "invalid_request"),
        ("resolve", {"sub": "https://a.example"}, 400, "invalid_request"),
        ("resolve", {"sub": "https://a.example", "trust_anchor": "https://a.example"}, 404,
         "invalid_trust_anchor"),
        ("resolve", {"sub": "x", "trust_anchor": "https://a.example"}, 404, "invalid_subject"),
        ("resolve", {"sub": "https://a.invalid", "trust_anchor": "http://localhost:8400"}, 400,
         "invalid_trust_chain"),
        ("resolve", {"sub": "https://169.254.169.254", "trust_anchor": "http://localhost:8400"},
         400, "invalid_trust_chain"),
        ("resolve", {"sub": "https://a.example\x00", "trust_anchor": "x"}, 404, "invalid_subject"),
        ("resolve", {"sub": ["a", "b"], "trust_anchor": "x"}, 400, "invalid_request"),
    ],
)  # fmt: skip
async def test_what_endpoints_refuse(
    world: World, path: str, query: dict[str, Any], status: int, error: str
) -> None:
    """R007, R138, A117: in the form of §8.9; nothing tells what our network looks like."""
    answer = await get(world.provider, f"{BASE}/{path}", **query)
    assert (answer.status, answer.json["error"]) == (status, error), answer.body
    assert "169" not in answer.body.decode()


async def test_another_tenant_says_nothing_of_ours(world: World) -> None:
    """A077, R114: subordinates, keys and anchors are a tenant's own."""
    provider = world.provider
    app = world.entity("/ours").is_app()
    made = await subordinate(provider, app)
    acme = provider.in_tenant(await provider.tenants.create("acme", "Acme", CAUSE))
    acme.send.prefix = "/t/acme"
    for path in ("/.well-known/openid-federation", f"{BASE}/list"):
        assert (await get(acme, path)).status == 404
    await federate(acme)
    assert (await get(acme, f"{BASE}/list")).json == []
    assert (await get(acme, f"{BASE}/fetch", sub=app.id)).status == 404
    query = {"sub": world.app.id, "trust_anchor": world.anchor.id}
    assert (await get(acme, f"{BASE}/resolve", **query)).json["error"] == "invalid_trust_anchor"
    assert (await manage(acme, "GET", f"{SUBORDINATES}/{made['id']}")).status == 404
    theirs = await configuration(acme)
    ours = await get(provider, f"{BASE}/fetch", sub=app.id)
    with pytest.raises(InvalidToken):
        check_signed(read(ours.body.decode()), theirs["jwks"])


def _private() -> dict[str, Any]:
    jwk = dict(SigningKey.generate("ES256").public.jwk)
    return {"keys": [jwk, {**jwk, "kid": "2", "d": "AAAA"}]}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"entity_id": "x"}, "entity_id"),
        ({"entity_id": "http://localhost:8400"}, "entity_id"),
        ({"entity_id": "https://a.example?b"}, "entity_id"),
        ({"jwks": {}}, "jwks"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}, "jwks"),
        ({"jwks": _private()}, "jwks"),
        ({"name": "x" * 201}, "name"),
        ({"metadata_policy": {"a": {"b": {"one_of": []}}}}, "metadata_policy"),
        ({"metadata_policy": {"a": {"b": {"value": 1, "one_of": [2]}}}}, "metadata_policy"),
        ({"constraints": {"max_path_length": "x"}}, "constraints"),
        ({"metadata": {"a": {"b": "x" * 20_000}}}, "metadata"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_subordinates_that_nobody_could_believe(
    world: World, body: dict[str, Any], field: str
) -> None:
    """R138: each wrong field is named, and nothing is stored."""
    right = {"entity_id": "https://a.example", "jwks": jwks_of(world.app.key)}
    answer = await manage(world.provider, "POST", SUBORDINATES, {**right, **body})
    assert answer.status == 422, answer.body
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert (await manage(world.provider, "GET", SUBORDINATES)).json["data"] == []


@pytest.mark.parametrize(
    "change",
    [
        {"federation_trust_anchors": [{"entity_id": "x", "jwks": {"keys": []}}]},
        {"federation_trust_anchors": [{"entity_id": "https://a.example", "jwks": {}}]},
        {"federation_authority_hints": ["https://a.example", "https://a.example"]},
        {"federation_authority_hints": ["ftp://a.example"]},
        {"federation_trust_marks": [{"trust_mark_type": ""}]},
        {"federation_trust_marks": [{"trust_mark_type": "a", "issuers": ["x"]}]},
        {"federation_organization": ""},
        {"federation_registration": ["manual"]},
    ],
    ids=str,
)
async def test_policies_that_are_wrong(world: World, change: dict[str, Any]) -> None:
    """R138."""
    answer = await manage(world.provider, "PATCH", "/api/v1/oauth-policy", change)
    assert answer.status == 422, answer.body
