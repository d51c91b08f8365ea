"""Client credentials: what a machine gets, and what only roles give.

RFC 6749 §4.4, RFC 9068.
"""

import asyncio

import pytest
from tests.support.oauth import API, Provider, decoded

GRANT = {"grant_type": "client_credentials"}


async def test_a_machine_speaks_for_itself(provider: Provider) -> None:
    """R027, R028, R037: sub is the client; no person, no refresh token; one fact a token."""
    await provider.api()
    client = await provider.client("m2m", scopes=["orders:read"])
    answer = await provider.machine_token(client)
    claims = decoded(answer["access_token"])
    assert claims["sub"] == claims["client_id"] == client.client_id
    assert claims["aud"] == provider.tenant.issuer
    assert answer["scope"] == "orders:read"
    assert set(answer) == {"access_token", "token_type", "expires_in", "scope"}
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 900)
    bound = decoded((await provider.machine_token(client, resource=API))["access_token"])
    assert (bound["aud"], bound["scope"]) == (API, "orders:read")
    assert len(await provider.reasons("token.issued")) == 2
    assert (await provider.userinfo(answer["access_token"])).status == 401


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"scope": "orders:write"}, "invalid_scope"),
    ({"scope": "openid"}, "invalid_scope"),
    ({"scope": "orders:read orders:read"}, "invalid_scope"),
    ({"scope": "x" * 3000}, "invalid_request"),
    ({"resource": "https://other.example"}, "invalid_target"),
    ({"resource": "nonsense"}, "invalid_target"),
]


async def test_what_a_machine_may_not_have_is_refused(provider: Provider) -> None:
    """R056, A015: scopes and resources that are not the client's."""
    await provider.api()
    client = await provider.client("m2m", scopes=["orders:read"])
    for change, error in REFUSED:
        answer = await provider.token(GRANT | provider.credentials(client) | change)
        assert (answer.status, answer.json["error"]) == (400, error), change


async def test_management_permissions_come_through_roles_and_scope(provider: Provider) -> None:
    """A023, R120: a scope without a role is nothing, and a role without the scope neither."""
    client = await provider.client("m2m", scopes=["clients:read"])
    without = await provider.machine_token(client)
    assert without["scope"] == ""
    asked = await provider.token(GRANT | provider.credentials(client) | {"scope": "clients:read"})
    assert asked.json["error"] == "invalid_scope"
    await provider.role(client)
    given = await provider.machine_token(client)
    assert given["scope"] == "clients:read"
    allowed = await provider.api_call(given["access_token"], "GET", "/api/v1/clients")
    assert allowed.status == 200
    refused = await provider.api_call(given["access_token"], "GET", "/api/v1/grants")
    assert (refused.status, refused.json["code"]) == (403, "insufficient_permission")


async def test_a_token_of_an_api_is_no_token_of_ours(provider: Provider) -> None:
    """R041, R042: the management API takes its own audience; ID tokens authorize nothing."""
    await provider.api()
    client = await provider.client("m2m", scopes=["orders:read", "clients:read"])
    await provider.role(client)
    token = (await provider.machine_token(client, resource=API))["access_token"]
    assert decoded(token)["scope"] == "orders:read"
    assert (await provider.api_call(token, "GET", "/api/v1/clients")).status == 401
    web = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    identity = (await provider.tokens(web, secret))["id_token"]
    assert (await provider.api_call(identity, "GET", "/api/v1/clients")).status == 401
    assert (await provider.userinfo(identity)).status == 401
    own = provider.tenant.issuer + "/api/v1"
    token = (await provider.machine_token(client, resource=own))["access_token"]
    assert decoded(token)["aud"] == own
    assert (await provider.api_call(token, "GET", "/api/v1/clients")).status == 200


async def test_many_people_at_once_are_never_mixed(provider: Provider) -> None:
    """A041: two hundred flows at the same time, each with its own subject."""
    client = await provider.client(skip_consent=True)
    people = [await provider.person(f"p{number}@example.com") for number in range(40)]
    secrets = [(await provider.sign_in(person))[0] for person in people]
    at_once = asyncio.Semaphore(32)

    async def flow(secret: str) -> str:
        async with at_once:
            return decoded((await provider.tokens(client, secret))["access_token"])["sub"]

    subjects = await asyncio.gather(*(flow(secret) for secret in secrets for _ in range(5)))
    assert subjects == [str(person.id) for person in people for _ in range(5)]


@pytest.mark.parametrize("alg", ["RS256", "PS256", "EdDSA", "ES256"])
async def test_a_client_chooses_its_algorithm(provider: Provider, alg: str) -> None:
    """R038: the ID token and the access token by the client's wish; the JWKS has the key."""
    from tests.support.oauth import CAUSE, header_of

    await provider.keys.ensure(provider.store, alg, CAUSE)
    client = await provider.client(skip_consent=True, id_token_alg=alg, access_token_alg=alg)
    secret, _ = await provider.sign_in(await provider.person())
    issued = await provider.tokens(client, secret)
    jwks = (await provider.send("GET", "/oauth2/jwks")).json
    kids = {key["kid"]: key["alg"] for key in jwks["keys"]}
    for name in ("id_token", "access_token"):
        header = header_of(issued[name])
        assert header["alg"] == alg == kids[header["kid"]]
    assert (await provider.userinfo(issued["access_token"])).status == 200
    from limen.oauth.tokens import half_hash

    assert decoded(issued["id_token"])["at_hash"] == half_hash(issued["access_token"], alg)
