"""What an application does with its own registration (RFC 7592)."""

import asyncio
from typing import Any

import pytest
from tests.support.issuers import manage
from tests.support.oauth import Answer, Provider
from tests.support.registration import (
    REGISTER,
    URI,
    initial_token,
    path_of,
    policy,
    register,
    registered,
    send,
)

OTHER = "https://app.example/other"


def unauthorized(answer: Answer) -> None:
    assert (answer.status, answer.json["error"]) == (401, "invalid_token"), answer.body
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def whole(made: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the metadata to replace a registration with: what an answer says but its tokens."""
    only_answers = {
        "registration_access_token", "registration_client_uri", "client_secret_expires_at",
        "client_id_issued_at",
    }  # fmt: skip
    kept = {name: value for name, value in made.items() if name not in only_answers}
    return {name: value for name, value in (kept | changes).items() if value is not None}


@pytest.fixture
async def made(provider: Provider) -> dict[str, Any]:
    await policy(provider, registration="open")
    return await registered(provider, client_name="Shop")


async def test_an_application_reads_its_registration(
    provider: Provider, made: dict[str, Any]
) -> None:
    """R053, A085: all but its secrets."""
    answer = await send(provider, "GET", path_of(made), token=made["registration_access_token"])
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json["client_name"] == "Shop"
    assert answer.json["client_id"] == made["client_id"]
    assert made["client_secret"] not in answer.body.decode()
    assert made["registration_access_token"] not in answer.body.decode()


async def test_only_with_its_own_token(provider: Provider, made: dict[str, Any]) -> None:
    """R114, A077: another's token, no token, and a client that is not there answer alike."""
    other = await registered(provider)
    managed = await provider.client()
    nowhere = "019a0000-0000-7000-8000-00000000dead"
    for client_id in (other["client_id"], str(managed.id), nowhere, "x"):
        for token in (made["registration_access_token"], made["client_secret"], "x"):
            for method in ("GET", "PUT", "DELETE"):
                body = whole(made) if method == "PUT" else None
                unauthorized(await send(provider, method, f"{REGISTER}/{client_id}", body, token))
    bare = await send(provider, "GET", path_of(made))
    assert (bare.status, bare.json["error"]) == (401, "invalid_token")
    basic = await send(provider, "GET", path_of(made), headers=[("authorization", "Basic eDp5")])
    assert basic.status == 401
    assert len(await provider.data("client.created")) == 3


async def test_a_replacement_is_whole_and_gives_another_token(
    provider: Provider, made: dict[str, Any]
) -> None:
    """RFC 7592 §2.2: the token until now ends with it."""
    body = whole(made, redirect_uris=[OTHER], client_name="Shop 2", contacts=None)
    token = made["registration_access_token"]
    answer = await send(provider, "PUT", path_of(made), body, token)
    assert answer.status == 200, answer.body
    assert answer.json["redirect_uris"] == [OTHER]
    assert answer.json["client_name"] == "Shop 2"
    assert "client_secret" not in answer.json
    renewed = answer.json["registration_access_token"]
    assert renewed != token
    unauthorized(await send(provider, "GET", path_of(made), token=token))
    assert (await send(provider, "GET", path_of(made), token=renewed)).status == 200
    client = await provider.oauth.clients.find(provider.store, made["client_id"])
    assert client is not None
    assert (client.name, client.redirect_uris) == ("Shop 2", (OTHER,))
    assert await provider.data("client.changed")


@pytest.mark.parametrize(
    "changes",
    [
        {"token_endpoint_auth_method": "none"},
        {"token_endpoint_auth_method": "none", "application_type": "native"},
        {"redirect_uris": ["http://127.0.0.1/"]},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": []},
        {"scope": "openid users:write"},
        {"scope": "openid account:write"},
        {"grant_types": ["authorization_code", "client_credentials"]},
        {"client_id": "019a0000-0000-7000-8000-00000000dead"},
        {"client_id": None},
        {"client_secret": "another"},
        {"client_secret": 1},
        {"registration_access_token": "x"},
        {"client_secret_expires_at": 1},
        {"jwks_uri": "http://127.0.0.1/"},
        {"client_name": "Ѕhop"},
    ],
)
async def test_what_a_replacement_cannot_be(
    provider: Provider, made: dict[str, Any], changes: dict[str, Any]
) -> None:
    """R053, R056, A023, A081: a confidential client stays one, and nobody gets more this way."""
    token = made["registration_access_token"]
    answer = await send(provider, "PUT", path_of(made), whole(made, **changes), token)
    assert (answer.status, answer.json["error"]) in (
        (400, "invalid_client_metadata"), (400, "invalid_redirect_uri"),
    ), answer.body  # fmt: skip
    assert (await send(provider, "GET", path_of(made), token=token)).status == 200
    assert await provider.data("client.changed") == []


async def test_what_an_administrator_chose_stays(provider: Provider, made: dict[str, Any]) -> None:
    """R115: a replacement neither sees nor undoes it."""
    from tests.support.issuers import manage

    path = f"/api/v1/clients/{made['client_id']}"
    changes = {"access_token_lifetime": 60, "skip_consent": True}
    assert (await manage(provider, "PATCH", path, changes)).status == 200
    token = made["registration_access_token"]
    assert (await send(provider, "PUT", path_of(made), whole(made), token)).status == 200
    client = await provider.oauth.clients.find(provider.store, made["client_id"])
    assert client is not None
    assert (client.access_token_lifetime, client.skip_consent) == (60, True)


async def test_it_keeps_what_it_has_where_the_policy_narrows(
    provider: Provider, made: dict[str, Any]
) -> None:
    await policy(provider, registration_grant_types=["refresh_token", "authorization_code"])
    token = made["registration_access_token"]
    answer = await send(provider, "PUT", path_of(made), whole(made), token)
    assert answer.status == 200


async def test_deleted_is_deleted(provider: Provider, made: dict[str, Any]) -> None:
    """R102, A035: with its tokens, and its registration token is worth nothing afterwards."""
    client = await provider.oauth.clients.find(provider.store, made["client_id"])
    assert client is not None
    provider.secrets[client.id] = made["client_secret"]
    browser, _ = await provider.sign_in(await provider.person())
    tokens = await provider.tokens(client, browser, scope="openid")
    token = made["registration_access_token"]
    answer = await send(provider, "DELETE", path_of(made), token=token)
    assert (answer.status, answer.body) == (204, b"")
    unauthorized(await send(provider, "GET", path_of(made), token=token))
    unauthorized(await send(provider, "DELETE", path_of(made), token=token))
    assert (await provider.userinfo(tokens["access_token"])).status == 401
    assert len(await provider.data("client.deleted")) == 1


async def test_a_disabled_application_changes_nothing(
    provider: Provider, made: dict[str, Any]
) -> None:
    """A033"""
    from tests.support.issuers import manage

    path = f"/api/v1/clients/{made['client_id']}/disable"
    assert (await manage(provider, "POST", path)).status == 200
    for method in ("GET", "PUT", "DELETE"):
        body = whole(made) if method == "PUT" else None
        token = made["registration_access_token"]
        answer = await send(provider, method, path_of(made), body, token)
        assert (answer.status, answer.json["error"]) == (403, "access_denied")


async def test_of_replacements_at_once_one_wins(provider: Provider, made: dict[str, Any]) -> None:
    """A031: the token is exchanged by one statement."""
    token = made["registration_access_token"]

    async def replace(number: int) -> Answer:
        body = whole(made, client_name=f"Shop {number}")
        return await send(provider, "PUT", path_of(made), body, token)

    answers = await asyncio.gather(*(replace(number) for number in range(8)))
    statuses = sorted(answer.status for answer in answers)
    assert statuses == [200] + [401] * 7
    assert len(await provider.data("client.changed")) == 1


async def test_a_public_client_has_no_secret_to_show(provider: Provider) -> None:
    await policy(provider, registration="open")
    native = await registered(provider, redirect_uris=["http://127.0.0.1/"])
    body = whole(native, client_secret="invented")
    token = native["registration_access_token"]
    answer = await send(provider, "PUT", path_of(native), body, token)
    assert answer.json["error"] == "invalid_client_metadata"


async def test_requests_have_a_limit(provider: Provider, made: dict[str, Any]) -> None:
    """R087: nobody tries many tokens."""
    for _ in range(70):
        answer = await send(provider, "GET", path_of(made), token="wrong", client="192.0.2.99")
    assert answer.status == 429
    assert (await register(provider, redirect_uris=[URI])).status == 201


async def test_a_secret_is_made_with_a_client_alone(provider: Provider) -> None:
    """R053: one that proves itself by keys does not end without any proof."""
    await policy(provider, registration="open")
    keys = {"keys": [{"kty": "EC", "crv": "P-256", "x": "x", "y": "y"}]}
    keyed = await registered(provider, token_endpoint_auth_method="private_key_jwt", jwks=keys)
    assert "client_secret" not in keyed
    token = keyed["registration_access_token"]
    body = whole(keyed, token_endpoint_auth_method="client_secret_basic")
    answer = await send(provider, "PUT", path_of(keyed), body, token)
    assert (answer.status, answer.json["error"]) == (400, "invalid_client_metadata")
    plain = await registered(provider)
    token = plain["registration_access_token"]
    signs = whole(plain, token_endpoint_auth_method="client_secret_jwt")
    answer = await send(provider, "PUT", path_of(plain), signs, token)
    assert answer.json["error"] == "invalid_client_metadata"
    posts = whole(plain, token_endpoint_auth_method="client_secret_post")
    assert (await send(provider, "PUT", path_of(plain), posts, token)).status == 200


async def test_what_administrators_chose_stays(provider: Provider, made: dict[str, Any]) -> None:
    """R120, A081: an application does not put off the rules that it was given."""
    path = f"/api/v1/clients/{made['client_id']}"
    rule = {"claim": "plan", "literal": "gold"}
    options = {"claim_rules": [rule], "id_token_lifetime": 60}
    current = (await manage(provider, "GET", path)).json["data"]["options"]
    given = await manage(provider, "PATCH", path, {"options": {**current, **options}})
    assert given.status == 200, given.body
    await provider.snapshots.poll()
    body = whole(made, client_name="Renamed")
    body.pop("client_secret", None)
    answer = await send(
        provider, "PUT", path_of(made), body, token=made["registration_access_token"]
    )
    assert answer.status == 200, answer.body
    kept = (await manage(provider, "GET", path)).json["data"]
    assert kept["name"] == "Renamed"
    assert kept["options"]["id_token_lifetime"] == 60
    assert [one["claim"] for one in kept["options"]["claim_rules"]] == ["plan"]


async def test_the_hosts_of_its_initial_token_stay(provider: Provider) -> None:
    """R057, A023: what it was let in for does not go by replacing the registration."""
    await policy(provider, registration="token")
    token = await initial_token(provider, redirect_hosts=["app.example"], scopes=[])
    answer = await register(provider, token)
    assert answer.status == 201, answer.body
    made = answer.json
    body = whole(made, redirect_uris=["https://elsewhere.example/cb"])
    moved = await send(
        provider, "PUT", path_of(made), body, token=made["registration_access_token"]
    )
    assert (moved.status, moved.json["error"]) == (400, "invalid_redirect_uri")
    body = whole(made, redirect_uris=[OTHER])
    same = await send(provider, "PUT", path_of(made), body, token=made["registration_access_token"])
    assert same.status == 200, same.body
