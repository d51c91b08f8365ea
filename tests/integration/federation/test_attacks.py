"""Chains that lie, loop, end nowhere, or never end."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.integration.federation.conftest import World
from tests.integration.federation.test_automatic import is_page
from tests.support.federation import Entity, as_statement, federate, jwks_of
from tests.support.issuers import tampered
from tests.support.websites import page

from limen.platform.jose import base64url


async def is_known(world: World, app: Entity | None = None) -> bool:
    answer = await (app or world.app).ask()
    assert is_page(answer) or "/signin" in answer.location, answer.location
    return not is_page(answer)


async def test_a_chain_that_loops(world: World) -> None:
    """R135: superiors that name each other end the search, and nothing is asked twice."""
    one, other = world.entity("/one"), world.entity("/other")
    one.under(other)
    other.under(one)
    lost = world.entity("/lost").is_app().under(one)
    own = world.entity("/own").is_app()
    own.under(own)
    assert not await is_known(world, lost)
    assert not await is_known(world, own)
    assert (
        max(world.site.count(f"{e.path}/.well-known/openid-federation") for e in (one, other)) == 1
    )


async def test_a_loop_beside_a_way_out(world: World) -> None:
    """Another authority hint may lead to the anchor all the same."""
    loop = world.entity("/loop")
    loop.under(world.app)
    world.app.superiors.insert(0, loop)
    loop.subordinates[world.app.id] = world.app
    assert await is_known(world)


async def test_an_intermediate_claims_another_s_subordinate(world: World) -> None:
    """A097: what is said of an entity counts only by those whom it names as its superiors."""
    world.app.superiors.clear()
    assert not await is_known(world)
    assert world.site.count("/middle/fetch") == 0


async def test_an_intermediate_of_nobody(world: World) -> None:
    """A097: whoever calls itself an intermediate is none while no anchor says so."""
    impostor = world.entity("/impostor")
    impostor.superiors.append(world.anchor)
    app = world.entity("/theirs").is_app().under(impostor)
    assert not await is_known(world, app)


async def test_somebody_else_s_name(world: World) -> None:
    """A097: a statement about another entity, or by another one, says nothing of this."""
    world.app.says["sub"] = "https://other.example"
    assert not await is_known(world)
    world.app.says.clear()
    world.provider.clock.advance(31)
    world.middle.about[world.app.id]["sub"] = "https://other.example"
    assert not await is_known(world)
    world.middle.about[world.app.id] = {"iss": world.anchor.id}
    world.provider.clock.advance(31)
    assert not await is_known(world)


async def test_keys_are_those_that_the_superior_says(world: World) -> None:
    """R039, A097: swapped keys of the application, of the intermediate and of the anchor."""
    stranger = world.entity("/stranger")
    world.middle.about[world.app.id] = {"jwks": jwks_of(stranger.key)}
    assert not await is_known(world)
    world.middle.about[world.app.id] = {}
    world.anchor.about[world.middle.id] = {"jwks": jwks_of(stranger.key)}
    world.provider.clock.advance(31)
    assert not await is_known(world)
    world.anchor.about[world.middle.id] = {}
    genuine, world.anchor.key = world.anchor.key, stranger.key
    world.provider.clock.advance(31)
    assert not await is_known(world), "the anchor's keys are pinned here, whatever it says"
    world.anchor.key = genuine
    world.provider.clock.advance(31)
    assert await is_known(world)


async def test_a_swapped_intermediate_key_with_the_old_statement(world: World) -> None:
    """A097: a statement signed by a key that the superior of its issuer does not vouch for."""
    stranger = world.entity("/stranger")
    world.middle.says["jwks"] = jwks_of(world.middle.key, stranger.key)
    forged = world.middle.statement(world.app, iss=world.middle.id)
    parts = json.loads(base64url.decode(forged.split(".")[1].encode()))
    world.site.pages["/middle/fetch"] = as_statement(stranger.signed(parts))
    assert not await is_known(world)


Change = Callable[[World], Any]


@pytest.mark.parametrize("which", ["app", "statement", "middle", "anchor"])
@pytest.mark.parametrize(
    "times",
    [{"exp": -1}, {"exp": 0}, {"iat": 120}, {"exp": None}, {"iat": None}, {"exp": "x"},
     {"exp": 1e300}],
    ids=str,
)  # fmt: skip
async def test_statements_out_of_their_time(
    world: World, which: str, times: dict[str, Any]
) -> None:
    """R040, A101: each statement of the chain must be in time, and say its times."""
    now = world.app.now
    moved = {k: now + v if isinstance(v, int) else v for k, v in times.items()}
    if which == "statement":
        world.middle.about[world.app.id] = moved
    else:
        getattr(world, which).says |= moved
    assert not await is_known(world)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"}, {"alg": "None"}, {"alg": "HS256"}, {"alg": ["ES256"]}, {"alg": "RS256"},
        {"typ": "JWT"}, {"typ": None}, {"kid": None}, {"kid": "other"}, {"crit": ["x"]},
        {"jwk": {}}, {"jku": "https://evil.example"}, {"x5c": []},
    ],
    ids=str,
)  # fmt: skip
async def test_headers_choose_nothing(world: World, header: dict[str, Any]) -> None:
    """A095, A097, R039: no algorithm, no key and no kind by the token's own word."""
    usual = {"alg": "ES256", "kid": world.app.key.kid, "typ": "entity-statement+jwt"}
    changed = {k: v for k, v in {**usual, **header}.items() if v is not None}
    token = tampered(world.app.configuration(), changed)
    world.site.pages["/app/.well-known/openid-federation"] = as_statement(token)
    assert not await is_known(world)


@pytest.mark.parametrize(
    "says",
    [
        {"crit": ["new"]}, {"crit": []}, {"metadata_policy": {}}, {"constraints": {}},
        {"jwks": {}}, {"jwks": {"keys": []}}, {"jwks": None}, {"metadata": []},
        {"authority_hints": "https://a.example"}, {"metadata": {"openid_relying_party": 1}},
    ],
    ids=str,
)  # fmt: skip
async def test_configurations_of_another_form(world: World, says: dict[str, Any]) -> None:
    """R138: what cannot be read strictly is no statement."""
    world.app.says |= says
    assert not await is_known(world)


@pytest.mark.parametrize(
    "says",
    [{"crit": ["x"]}, {"authority_hints": ["https://a.example"]},
     {"trust_mark_issuers": {"a": []}}, {"metadata_policy_crit": ["regexp"]}],
    ids=str,
)  # fmt: skip
async def test_subordinate_statements_that_say_too_much(world: World, says: dict[str, Any]) -> None:
    """R138: §3.1.3, and operators that must be understood and are not (§6.1.3.2)."""
    world.middle.about[world.app.id] = says
    assert not await is_known(world)


async def test_huge_and_strange_answers(world: World) -> None:
    """A117, R138: a size cap, a media type, no redirect, no compression."""
    where = "/app/.well-known/openid-federation"
    token = world.app.configuration()
    kind = "application/entity-statement+jwt"
    for answer in (
        page(b"x" * 70_000, content_type=kind),
        page(token.encode(), content_type="text/html"),
        page(token.encode(), content_type=kind, content_encoding="gzip"),
        page(b"", "302 Found", location=world.site.url("/middle"), content_type=kind),
        page(world.app.configuration(pad="x" * 60_000).encode(), content_type=kind),
        page(b"\xff\xfe", content_type=kind),
        page(b"", content_type=kind),
    ):
        world.site.pages[where] = answer
        assert not await is_known(world)
        world.provider.clock.advance(31)


async def test_thousands_of_hints(world: World) -> None:
    """R135, A117: too many superiors are none, and few are followed."""
    world.app.says["authority_hints"] = [world.site.url(f"/n{i}") for i in range(2000)]
    assert not await is_known(world)
    assert len(world.site.asked) == 1
    world.app.says["authority_hints"] = [world.site.url(f"/n{i}") for i in range(50)]
    world.provider.clock.advance(31)
    assert not await is_known(world)
    assert len(world.site.asked) == 1 + 1 + 8


async def test_a_web_of_superiors(world: World) -> None:
    """R135: the whole search asks for so many statements and no more."""
    many = [world.entity(f"/w{i}") for i in range(12)]
    for one in many:
        one.under(*(other for other in many if other is not one))
    lost = world.entity("/lost").is_app().under(*many)
    assert not await is_known(world, lost)
    assert len(world.site.asked) <= 24
    assert not await is_known(world, lost)
    assert len(world.site.asked) <= 24, "and nobody makes us search in a loop"


async def test_a_chain_that_is_too_long(world: World) -> None:
    """R135: at most so many superiors."""
    at = world.anchor
    for index in range(8):
        at = world.entity(f"/d{index}").under(at)
    assert not await is_known(world, world.entity("/deep").is_app().under(at))


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest", "https://169.254.169.254", "https://10.0.0.1/x",
        "file:///etc/passwd", "gopher://x", "https://user@localhost/x", "https://[::ffff:10.0.0.1]",
        "https://localhost:22/x#y", "https://2130706433/", "", "x",
    ],
)  # fmt: skip
async def test_superiors_that_are_not_public(world: World, address: str) -> None:
    """A117, R135: hints and fetch endpoints are addresses that strangers chose."""
    world.app.says["authority_hints"] = [address]
    assert not await is_known(world)
    world.app.says.clear()
    world.middle.says["metadata"] = {"federation_entity": {"federation_fetch_endpoint": address}}
    world.provider.clock.advance(31)
    assert not await is_known(world)
    assert not any("passwd" in asked.path for asked in world.site.asked)


@pytest.mark.parametrize(
    "name",
    ["https://169.254.169.254/x", "http://10.0.0.1/", "https://a.example?x", "https://a.example#x",
     "https://A.example", "https://a.example/../b", "http://a.example"],
)  # fmt: skip
async def test_names_that_are_none(world: World, name: str) -> None:
    """A117, R135: whoever asks chooses what we ask; the page does not say why it failed."""
    answer = await world.provider.authorize({"client_id": name, "response_type": "code"})
    assert is_page(answer)
    assert "169" not in answer.body.decode().replace(name, "")


async def test_made_up_names_are_slow(world: World) -> None:
    """A135: nobody makes us ask the world as often as they like."""
    for index in range(70):
        await world.entity(f"/made{index}").is_app().ask()
    assert len(world.site.asked) <= 62


async def test_a_leaf_widens_nothing(world: World) -> None:
    """R056: the policy of its superiors, the higher one first, whatever it says itself."""
    world.anchor.about[world.middle.id] = {
        "metadata_policy": {
            "openid_relying_party": {
                "grant_types": {"subset_of": ["authorization_code"]},
                "id_token_signed_response_alg": {"one_of": ["ES256", "PS256"]},
                "client_name": {"value": "By the anchor"},
            }
        }
    }
    world.app.is_app(client_name="By itself", grant_types=["authorization_code", "refresh_token"])
    assert await is_known(world)
    client = await world.provider.oauth.clients.find(world.provider.store, world.app.id)
    assert client is not None
    assert (client.name, client.grant_types) == ("By the anchor", ("authorization_code",))
    weak = world.entity("/weak").is_app(id_token_signed_response_alg="RS256").under(world.middle)
    assert not await is_known(world, weak)


async def test_an_intermediate_widens_nothing(world: World) -> None:
    """R056: policies that contradict each other end the chain (§6.1.3.1)."""
    rule = {"openid_relying_party": {"redirect_uris": {"subset_of": ["https://a.example/cb"]}}}
    wide = {"openid_relying_party": {"redirect_uris": {"value": ["https://evil.example/cb"]}}}
    world.anchor.about[world.middle.id] = {"metadata_policy": rule}
    world.middle.about[world.app.id] = {"metadata_policy": wide}
    assert not await is_known(world)


async def test_constraints_hold(world: World) -> None:
    """§6.2: how long, which names, which kinds."""
    for constraints in (
        {"max_path_length": 0},
        {"max_path_length": -1},
        {"naming_constraints": {"permitted": [".example.com"]}},
        {"naming_constraints": {"excluded": ["localhost"]}},
        {"allowed_entity_types": ["openid_provider"]},
        {"allowed_entity_types": []},
        {"max_path_length": "x"},
    ):
        world.anchor.about[world.middle.id] = {"constraints": constraints}
        assert not await is_known(world), constraints
        world.provider.clock.advance(31)
    fine = {
        "max_path_length": 1,
        "naming_constraints": {"permitted": ["localhost"], "excluded": [".localhost"]},
        "allowed_entity_types": ["openid_relying_party"],
    }
    world.anchor.about[world.middle.id] = {"constraints": fine}
    assert await is_known(world)


async def test_no_more_clients_than_the_tenant_takes(world: World) -> None:
    """A135: a federation fills nobody's store."""
    await federate(world.provider, world.anchor, registration_max_clients=1)
    assert await is_known(world)
    assert not await is_known(world, world.entity("/second").is_app().under(world.anchor))


async def test_a_name_that_is_another_kind_of_client(world: World) -> None:
    """A097, R055: a metadata document and an entity cannot take each other's clients over."""
    document = {"client_id": world.app.id, "redirect_uris": ["https://evil.example/cb"],
                "client_name": "Evil"}  # fmt: skip
    assert await is_known(world)
    await federate(world.provider, world.anchor, client_id_metadata_documents=True)
    world.site.put("/app", document)
    del world.middle.subordinates[world.app.id]
    world.provider.clock.advance(3700)
    assert not await is_known(world)
    client = await world.provider.oauth.clients.find(world.provider.store, world.app.id)
    assert client is None
