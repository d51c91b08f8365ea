"""ID-JAG, both sides: taken to another authorization server, and brought by another's client.

Identity Assertion Grant.
"""

import asyncio
from typing import Any

import pytest
from tests.support.exchange import EXCHANGE, TYPE, exchange, refusal
from tests.support.issuers import JWT_BEARER, ForeignIssuer
from tests.support.oauth import API, CAUSE, Answer, Provider, decoded, header_of

from limen.kernel.errors import Invalid
from limen.oauth.api import Client
from limen.oauth.options import ClientOptions, CrossApp

CHAT = "https://as.chat.example"
JAG = TYPE + "id-jag"


async def wiki(provider: Provider, **changes: Any) -> Client:
    """Return an application whose people go on to the chat."""
    app = {"audience": CHAT, "client_id": "wiki-there", "scopes": ("chat.read", "chat.write"),
           "resources": ("https://chat.example/api",), **changes}  # fmt: skip
    return await provider.client(
        "web", name="Wiki", skip_consent=True, scopes=["openid", "email", "offline_access"],
        grant_types=["authorization_code", "refresh_token", EXCHANGE],
        options=ClientOptions(cross_app_access=(CrossApp(**app),)),
    )  # fmt: skip


async def signed_in(provider: Provider, client: Client, **changes: str) -> tuple[Any, Any, Any]:
    person = await provider.person()
    secret, session = await provider.sign_in(person)
    scope = "openid email offline_access"
    return person, session, await provider.tokens(client, secret, **({"scope": scope} | changes))


async def ask_jag(provider: Provider, client: Client, token: str, **changes: str | None) -> Answer:
    values: dict[str, str | None] = {
        "audience": CHAT, "requested_token_type": JAG, "subject_token_type": TYPE + "id_token",
    }  # fmt: skip
    return await exchange(provider, client, token, **(values | changes))


async def test_a_person_s_identity_is_taken_elsewhere(provider: Provider) -> None:
    """R028, R041, R056: for one audience, short, with the name of the client there."""
    client = await wiki(provider)
    person, _, issued = await signed_in(provider, client)
    answer = await ask_jag(provider, client, issued["id_token"], scope="chat.read")
    assert answer.status == 200, (answer.body, await provider.reasons("token.refused"))
    assert answer.json["issued_token_type"] == JAG
    assert answer.json["token_type"] == "N_A"
    assert (answer.json["scope"], answer.json["expires_in"]) == ("chat.read", 300)
    token = answer.json["access_token"]
    assert header_of(token)["typ"] == "oauth-id-jag+jwt"
    claims = decoded(token)
    assert claims["iss"] == provider.tenant.issuer
    assert (claims["sub"], claims["aud"]) == (str(person.id), CHAT)
    assert (claims["client_id"], claims["scope"]) == ("wiki-there", "chat.read")
    assert (claims["email"], claims["email_verified"]) == ("ada@example.com", True)
    assert claims["exp"] - claims["iat"] == 300
    assert claims["auth_time"] == decoded(issued["id_token"])["auth_time"]
    fact = (await provider.data("token.issued"))[-1]
    assert (fact["issued_token_type"], fact["audience"]) == (JAG, CHAT)
    by_refresh = await ask_jag(
        provider, client, issued["refresh_token"], subject_token_type=TYPE + "refresh_token",
        resource="https://chat.example/api",
    )  # fmt: skip
    assert decoded(by_refresh.json["access_token"])["resource"] == ["https://chat.example/api"]


async def test_an_identity_assertion_is_no_token_of_ours(provider: Provider) -> None:
    """R041: at userinfo, introspection, exchange, and as a hint."""
    client = await wiki(provider)
    _, _, issued = await signed_in(provider, client)
    token = (await ask_jag(provider, client, issued["id_token"])).json["access_token"]
    assert (await provider.userinfo(token)).status == 401
    assert await provider.introspect(client, token) == {"active": False}
    for kind in ("access_token", "id_token", "jwt"):
        answer = await exchange(provider, client, token, subject_token_type=TYPE + kind)
        assert refusal(answer) == (400, "invalid_request")


WRONG: list[tuple[dict[str, str | None], str]] = [
    ({"audience": None}, "invalid_request"),
    ({"audience": "https://other.example"}, "invalid_target"),
    ({"audience": CHAT + "/"}, "invalid_target"),
    ({"scope": "chat.admin"}, "invalid_scope"),
    ({"scope": "chat.read openid"}, "invalid_scope"),
    ({"resource": "https://chat.example"}, "invalid_target"),
    ({"subject_token": "x"}, "invalid_request"),
    ({"subject_token_type": TYPE + "access_token"}, "invalid_request"),
]


async def test_nothing_wider_is_asserted(provider: Provider) -> None:
    """R042, R056: than the application is registered for."""
    client = await wiki(provider)
    _, _, issued = await signed_in(provider, client)
    for change, error in WRONG:
        answer = await ask_jag(provider, client, issued["id_token"], **change)
        assert refusal(answer) == (400, error), change
    other = await wiki(provider)
    answer = await ask_jag(provider, other, issued["id_token"])
    assert refusal(answer) == (400, "invalid_request")


async def test_nobody_is_asserted_who_is_not_there(provider: Provider) -> None:
    """A033: an ended session, a suspended person."""
    client = await wiki(provider)
    person, session, issued = await signed_in(provider, client)
    users, sessions = provider.users, provider.sessions
    await provider.store.transact(lambda tx: sessions.end(tx, session.id, CAUSE, reason="test"))
    answer = await ask_jag(provider, client, issued["id_token"])
    assert refusal(answer) == (400, "invalid_request")
    refresh = {"subject_token_type": TYPE + "refresh_token"}
    assert (await ask_jag(provider, client, issued["refresh_token"], **refresh)).status == 200
    await provider.store.transact(
        lambda tx: users.change_status(tx, person.id, "suspended", CAUSE, reason="x")
    )
    answer = await ask_jag(provider, client, issued["refresh_token"], **refresh)
    assert refusal(answer) == (400, "invalid_request")


@pytest.mark.parametrize(
    "change",
    [
        {"audience": "http://as.chat.example"}, {"audience": "chat"}, {"audience": CHAT + "#x"},
        {"client_id": ""}, {"scopes": ("a b",)}, {"resources": ("",)},
    ],
)  # fmt: skip
async def test_what_is_no_other_server_is_not_registered(
    provider: Provider, change: dict[str, Any]
) -> None:
    """R056, R144: an https issuer, names and scopes."""
    with pytest.raises(Invalid):
        await wiki(provider, **change)


# The other side: another issuer's people come to our APIs.


async def guest(provider: Provider, **settings: Any) -> tuple[Client, ForeignIssuer, Any]:
    """Return a client of ours, the issuer that vouches for its people, and one of them."""
    await provider.api(scopes=("orders:read", "orders:write"))
    client = await provider.client(
        "web", name="Guest", grant_types=["authorization_code", JWT_BEARER],
        scopes=["openid", "orders:read", "orders:write"],
    )  # fmt: skip
    idp = ForeignIssuer(provider)
    scopes = ["orders:read", "orders:write"]
    await idp.trust(**{"uses": ["id_jag"], "scopes": scopes, **settings})
    person = await provider.person()
    await idp.link(person)
    return client, idp, person


async def ask(provider: Provider, client: Client, token: str, **changes: str) -> Answer:
    fields = {"grant_type": JWT_BEARER, "assertion": token, **provider.credentials(client)}
    return await provider.token(fields | changes)


async def test_another_issuer_s_person_comes_to_our_api(provider: Provider) -> None:
    """R028, R056, R063: with what the assertion says, and no refresh token."""
    client, idp, person = await guest(provider)
    token = idp.jag(client, scope="orders:read", resource=API)
    answer = await ask(provider, client, token)
    assert answer.status == 200, (answer.body, await provider.reasons("token.refused"))
    claims = decoded(answer.json["access_token"])
    assert (claims["sub"], claims["aud"], claims["scope"]) == (str(person.id), API, "orders:read")
    assert "refresh_token" not in answer.json


REFUSED: list[tuple[dict[str, Any], dict[str, str], str]] = [
    ({"client_id": "another"}, {}, "invalid_grant"),
    ({"client_id": None}, {}, "invalid_grant"),
    ({"aud": "http://localhost:8400/oauth2/token"}, {}, "invalid_grant"),
    ({"aud": ["http://localhost:8400", "https://other.example"]}, {}, "invalid_grant"),
    ({"jti": None}, {}, "invalid_grant"),
    ({"sub": "somebody-else"}, {}, "invalid_grant"),
    ({"typ": "JWT"}, {}, "invalid_grant"),
    ({"scope": "orders:read"}, {"scope": "orders:write"}, "invalid_scope"),
    ({"resource": "https://other.example"}, {"resource": API}, "invalid_target"),
    ({"resource": "https://other.example"}, {}, "invalid_target"),
    ({"resource": {"a": 1}}, {}, "invalid_target"),
    ({"resource": [7]}, {}, "invalid_target"),
]


async def test_what_is_not_for_this_client_here_is_refused(provider: Provider) -> None:
    """R041, R042, R062: client, audience, kind, scope, resource; once each."""
    client, idp, _ = await guest(provider)
    for claims, changes, error in REFUSED:
        given = {"typ": "oauth-id-jag+jwt", "client_id": client.client_id, **claims}
        answer = await ask(provider, client, idp.token(**given), **changes)
        assert refusal(answer) == (400, error), (claims, changes)


async def test_an_identity_assertion_is_used_once(provider: Provider) -> None:
    """R052, A021: also where the issuer's other tokens may be used again."""
    client, idp, _ = await guest(provider, single_use=False)
    token = idp.jag(client)
    answers = await asyncio.gather(*(ask(provider, client, token) for _ in range(20)))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 19


async def test_only_a_trusted_issuer_s_are_taken(provider: Provider) -> None:
    """R056: one that is trusted for plain assertions alone is not."""
    client, idp, _ = await guest(provider, uses=["grant"])
    assert refusal(await ask(provider, client, idp.jag(client))) == (400, "invalid_grant")
    assert (await ask(provider, client, idp.token())).status == 200


async def test_two_of_our_tenants_do_it_together(provider: Provider) -> None:
    """The whole way: signed in at one, a token for an API of the other, by nothing but protocol."""
    acme = provider.in_tenant(await provider.tenants.create("acme", "Acme", CAUSE))
    await provider.snapshots.poll()
    await acme.api()
    there = await acme.client(
        "web", name="Wiki", grant_types=["authorization_code", JWT_BEARER],
        scopes=["openid", "orders:read"],
    )  # fmt: skip
    client = await wiki(
        provider, audience=acme.tenant.issuer, client_id=there.client_id,
        scopes=("orders:read",), resources=(API,),
    )  # fmt: skip
    person, _, issued = await signed_in(provider, client)
    jag = (
        await ask_jag(provider, client, issued["id_token"], audience=acme.tenant.issuer,
                      resource=API)
    ).json["access_token"]  # fmt: skip
    home = ForeignIssuer(acme, provider.tenant.issuer)
    jwks = (await provider.send("GET", "/oauth2/jwks")).json
    await home.trust(uses=["id_jag"], scopes=["orders:read"], match_email=True, jwks=jwks)
    guest_here = await acme.person()
    answer = await ask(acme, there, jag)
    assert answer.status == 200, (answer.body, await acme.reasons("token.refused"))
    claims = decoded(answer.json["access_token"])
    assert (claims["sub"], claims["aud"]) == (str(guest_here.id), API)
    assert claims["sub"] != str(person.id)
