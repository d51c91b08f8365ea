"""Assertions about people: by stored link, by a verified address if the policy says so (R063)."""

from typing import Any

import pytest
from tests.support.exchange import refusal
from tests.support.issuers import JWT_BEARER, ForeignIssuer, manage
from tests.support.oauth import API, CAUSE, Answer, Provider, decoded

from limen.access.api import AUDITOR, Subject
from limen.identity.api import NewUser
from limen.oauth.api import Client


async def portal(provider: Provider, **changes: Any) -> Client:
    await provider.api()
    values: dict[str, Any] = {
        "name": "Portal", "grant_types": ["authorization_code", JWT_BEARER],
        "scopes": ["openid", "email", "orders:read"],
    }  # fmt: skip
    return await provider.client("web", **(values | changes))


async def ask(provider: Provider, client: Client, token: str, **changes: str) -> Answer:
    fields = {"grant_type": JWT_BEARER, "assertion": token, **provider.credentials(client)}
    return await provider.token(fields | changes)


async def test_a_linked_subject_is_its_person(provider: Provider) -> None:
    """R028, R056, R063: within the issuer's scopes and the client's; no refresh token."""
    client, person = await portal(provider), await provider.person()
    idp = ForeignIssuer(provider)
    await idp.trust(scopes=["orders:read", "openid", "email", "orders:write"])
    assert refusal(await ask(provider, client, idp.token())) == (400, "invalid_grant")
    assert (await provider.reasons("token.refused"))[-1] == "assertion_subject_unknown"
    await idp.link(person)
    answer = await ask(provider, client, idp.token(), resource=API)
    claims = decoded(answer.json["access_token"])
    assert (claims["sub"], claims["client_id"]) == (str(person.id), client.client_id)
    assert set(claims["scope"].split()) == {"orders:read", "openid", "email"}
    assert claims["aud"] == [API, provider.tenant.issuer]
    assert answer.json.keys() == {"access_token", "expires_in", "scope", "token_type"}
    assert not {"sid", "gid", "auth_time", "acr"} & claims.keys()  # R044: nobody signed in here
    assert (await provider.userinfo(answer.json["access_token"])).json["sub"] == str(person.id)
    fact = (await provider.data("token.issued"))[-1]
    assert (fact["grant"], fact["issuer"]) == (JWT_BEARER, idp.id)


SCOPES: list[tuple[dict[str, str], str]] = [
    ({"scope": "orders:read"}, ""),
    ({"scope": "email"}, "invalid_scope"),
    ({"scope": "orders:write"}, "invalid_scope"),
    ({"scope": "users:read"}, "invalid_scope"),
    ({"scope": "offline_access"}, "invalid_scope"),
    ({"resource": "https://nowhere.example"}, "invalid_target"),
]


async def test_nothing_wider_is_given(provider: Provider) -> None:
    """R031, R056: than the issuer may give and the client may have."""
    client, person = await portal(provider), await provider.person()
    idp = ForeignIssuer(provider)
    await idp.trust(scopes=["orders:read"])
    await idp.link(person)
    for change, error in SCOPES:
        answer = await ask(provider, client, idp.token(), **change)
        assert refusal(answer) == ((400, error) if error else (200, "")), change


async def test_an_address_finds_its_person_once(provider: Provider) -> None:
    """R063: from then on the stored link counts, whatever happens to the address."""
    client, person = await portal(provider), await provider.person()
    idp = ForeignIssuer(provider)
    await idp.trust(match_email=True, scopes=["orders:read"])
    known = {"email": "ADA@example.com", "email_verified": True}
    answer = await ask(provider, client, idp.token(**known))
    assert decoded(answer.json["access_token"])["sub"] == str(person.id)
    assert len(await provider.data("issuer_subject.linked")) == 1
    bob = await provider.person("bob@example.com")
    later = await ask(provider, client, idp.token(email="bob@example.com", email_verified=True))
    assert decoded(later.json["access_token"])["sub"] == str(person.id) != str(bob.id)
    listed = await manage(provider, "GET", f"/api/v1/trusted-issuers/{idp.id}/subjects")
    assert [link["subject"] for link in listed.json["data"]] == ["subject-1"]


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "ada@example.com"},
        {"email": "ada@example.com", "email_verified": False},
        {"email": "ada@example.com", "email_verified": "true"},
        {"email": "ada@example.com", "email_verified": 1},
        {"email": ["ada@example.com"], "email_verified": True},
        {"email": "ada@example.com,bob@example.com", "email_verified": True},
        {"email": "nobody@example.com", "email_verified": True},
        {"email": "pending@example.com", "email_verified": True},
        {"email": "", "email_verified": True},
        {"email_verified": True},
        {},
    ],
)
async def test_an_address_that_is_not_proven_finds_nobody(
    provider: Provider, claims: dict[str, Any]
) -> None:
    """R063, A057: verified there as the value true, verified here, and exactly one."""
    client, _ = await portal(provider), await provider.person()
    new = NewUser(email="pending@example.com", email_verified=False, status="active")
    await provider.store.transact(lambda tx: provider.users.create(tx, new, CAUSE))
    idp = ForeignIssuer(provider)
    await idp.trust(match_email=True, scopes=["orders:read"])
    assert refusal(await ask(provider, client, idp.token(**claims))) == (400, "invalid_grant")
    assert await provider.data("issuer_subject.linked") == []


async def test_an_address_finds_nobody_who_manages(provider: Provider) -> None:
    """R120, A081: whoever manages people names any address; administrators are linked by hand."""
    client, ada = await portal(provider), await provider.person()
    await provider.store.transact(
        lambda tx: provider.roles.assign(tx, Subject("user", ada.id), AUDITOR, CAUSE, by=None)
    )
    idp = ForeignIssuer(provider)
    await idp.trust(match_email=True, scopes=["orders:read"])
    token = idp.token(email="ada@example.com", email_verified=True)
    assert refusal(await ask(provider, client, token)) == (400, "invalid_grant")
    assert await provider.data("issuer_subject.linked") == []
    await idp.link(ada)
    assert (await ask(provider, client, idp.token())).status == 200


async def test_an_address_counts_only_where_the_policy_says_so(provider: Provider) -> None:
    """R063: by default it never does."""
    client, _ = await portal(provider), await provider.person()
    idp = ForeignIssuer(provider)
    await idp.trust(scopes=["orders:read"])
    token = idp.token(email="ada@example.com", email_verified=True)
    assert refusal(await ask(provider, client, token)) == (400, "invalid_grant")


async def test_the_same_subject_elsewhere_is_somebody_else(provider: Provider) -> None:
    """R063, R043: of another issuer, and of the same issuer in another tenant."""
    client, person = await portal(provider), await provider.person()
    idp = ForeignIssuer(provider)
    other = ForeignIssuer(provider, "https://other.example.com")
    await idp.trust(scopes=["orders:read"])
    await other.trust(scopes=["orders:read"])
    await idp.link(person)
    assert refusal(await ask(provider, client, other.token())) == (400, "invalid_grant")
    acme = provider.in_tenant(await provider.tenants.create("acme", "Acme", CAUSE))
    await provider.snapshots.poll()
    there = ForeignIssuer(acme)
    await there.trust(scopes=["orders:read"])
    client_there, person_there = await portal(acme), await acme.person()
    await there.link(person_there)
    crossed = await ask(acme, client_there, idp.token(aud=acme.tenant.issuer))
    assert refusal(crossed) == (400, "invalid_grant")  # the key of the other trust
    right = await ask(acme, client_there, there.token())
    assert decoded(right.json["access_token"])["sub"] == str(person_there.id)
    back = await ask(provider, client, there.token(aud=provider.tenant.issuer))
    assert refusal(back) == (400, "invalid_grant")


async def test_who_is_disabled_gets_nothing_and_loses_what_there_is(provider: Provider) -> None:
    """A033: the issuer, its removal, the person, the client."""
    client, person = await portal(provider), await provider.person()
    idp = ForeignIssuer(provider)
    await idp.trust(scopes=["orders:read"])
    await idp.link(person)
    watcher = await provider.client("m2m", name="Watcher", audiences=[API])

    async def made() -> str:
        answer = await ask(provider, client, idp.token(), resource=API)
        assert answer.status == 200, answer.body
        return answer.json["access_token"]

    async def is_active(token: str) -> bool:
        return (await provider.introspect(watcher, token))["active"]

    token = await made()
    assert await is_active(token)
    await idp.switch("disable")
    assert not await is_active(token)
    assert refusal(await ask(provider, client, idp.token())) == (400, "invalid_grant")
    await idp.switch("enable")
    assert await is_active(token)
    await manage(provider, "DELETE", f"/api/v1/trusted-issuers/{idp.id}")
    assert not await is_active(token)
    assert refusal(await ask(provider, client, idp.token())) == (400, "invalid_grant")
    await idp.trust(scopes=["orders:read"])
    await idp.link(person)
    token = await made()
    await provider.store.transact(
        lambda tx: provider.users.change_status(tx, person.id, "suspended", CAUSE, reason="x")
    )
    assert not await is_active(token)
    assert refusal(await ask(provider, client, idp.token())) == (400, "invalid_grant")


async def test_a_link_that_is_taken_back_counts_no_more(provider: Provider) -> None:
    """R063: the next token has nobody."""
    client, person = await portal(provider), await provider.person()
    idp = ForeignIssuer(provider)
    await idp.trust(scopes=["orders:read"])
    link = await idp.link(person)
    assert (await ask(provider, client, idp.token())).status == 200
    path = f"/api/v1/trusted-issuers/{idp.id}/subjects/{link['id']}"
    assert (await manage(provider, "DELETE", path)).status == 204
    assert refusal(await ask(provider, client, idp.token())) == (400, "invalid_grant")


async def test_each_parameter_is_checked(provider: Provider) -> None:
    """R007, A015, A121: missing, empty, repeated, oversized, malformed; nothing is kept."""
    from urllib.parse import urlencode

    client, person = await portal(provider), await provider.person()
    idp = ForeignIssuer(provider)
    await idp.trust(scopes=["orders:read"])
    await idp.link(person)
    base = {"grant_type": JWT_BEARER, **provider.credentials(client)}
    token = idp.token()
    cases: list[tuple[str, str]] = [
        ("", "invalid_request"), ("assertion=", "invalid_request"),
        (f"assertion={token}&assertion={token}", "invalid_request"),
        ("assertion=" + "x" * 9000, "invalid_request"), ("assertion=x", "invalid_grant"),
        ("assertion=a.b.c", "invalid_grant"), (f"assertion={token}x", "invalid_grant"),
        (f"assertion={token}.", "invalid_grant"), (f"assertion={token[:-4]}", "invalid_grant"),
        (f"assertion={token}&scope=" + "x" * 3000, "invalid_request"),
        (f"assertion={token}&scope=" + "+".join(f"s{n}" for n in range(70)), "invalid_scope"),
        (f"assertion={token}&client_assertion=x", "invalid_client"),
    ]  # fmt: skip
    for more, error in cases:
        answer = await provider.token(f"{urlencode(base)}&{more}")
        assert answer.json["error"] == error, more
    assert (await provider.token(f"{urlencode(base)}&assertion={token}")).status == 200


async def test_a_public_client_brings_no_assertion(provider: Provider) -> None:
    """R051: whoever holds an assertion must also be the client that may use it."""
    from limen.kernel.errors import Invalid

    for kind in ("spa", "native", "device"):
        with pytest.raises(Invalid):
            await provider.client(kind, grant_types=["authorization_code", JWT_BEARER])
    client, _ = await portal(provider), await provider.person()
    bare = {"grant_type": JWT_BEARER, "client_id": client.client_id, "assertion": "a.b.c"}
    assert refusal(await provider.token(bare)) == (401, "invalid_client")
