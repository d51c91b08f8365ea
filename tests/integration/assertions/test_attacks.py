"""Assertions, attacked: forged, replayed, meant for others, malformed, with keys out of reach.

RFC 7523 §3.
"""

import asyncio
from typing import Any

import pytest
from tests.support.exchange import refusal
from tests.support.issuers import ASSERTION_TYPE, IDP, JWT_BEARER, ForeignIssuer, tampered
from tests.support.oauth import API, CAUSE, Answer, Provider, decoded
from tests.support.websites import Website, website

from limen.oauth.api import Client
from limen.platform.jose.keys import SigningKey
from limen.platform.jose.sign import sign

REPOSITORY = {"claim": "repository", "glob": "acme/*"}


async def workload(provider: Provider, **settings: Any) -> tuple[Client, ForeignIssuer]:
    await provider.api()
    client = await provider.client(
        "m2m", name="Deploy", grant_types=[JWT_BEARER, "client_credentials"],
        auth_method="federated_jwt", scopes=["orders:read"],
    )  # fmt: skip
    issuer = ForeignIssuer(provider, settings.pop("name", IDP))
    link = {"client": str(client.id), "conditions": [REPOSITORY]}
    uses = ["grant", "client_assertion"]
    await issuer.trust(**{"links": [link], "uses": uses, **settings})
    return client, issuer


async def ask(provider: Provider, client: Client, token: str, **changes: str) -> Answer:
    fields = {"grant_type": JWT_BEARER, "client_id": client.client_id, "assertion": token}
    return await provider.token(fields | changes)


async def as_credentials(provider: Provider, client: Client, token: str) -> Answer:
    return await provider.token(
        {"grant_type": "client_credentials", "client_id": client.client_id,
         "client_assertion": token, "client_assertion_type": ASSERTION_TYPE}
    )  # fmt: skip


WRONG: list[dict[str, Any]] = [
    {"iss": None}, {"iss": "https://evil.example"}, {"iss": IDP + "/"}, {"iss": 7},
    {"iss": IDP.upper()}, {"sub": None}, {"sub": ""}, {"sub": 7}, {"sub": "x" * 256},
    {"sub": "a\nb"}, {"aud": None}, {"aud": ""}, {"aud": []}, {"aud": "https://other.example"},
    {"aud": ["http://localhost:8400", "https://other.example"]}, {"aud": {"a": 1}},
    {"aud": "http://localhost:8400/"}, {"exp": None}, {"exp": 1}, {"exp": "9999999999"},
    {"exp": 1e308}, {"exp": True}, {"iat": None}, {"iat": 9999999999}, {"iat": "1"}, {"iat": 1},
    {"nbf": 9999999999}, {"nbf": "1"}, {"nbf": -1}, {"jti": None}, {"jti": ""}, {"jti": 7},
    {"jti": "x" * 600}, {"repository": None}, {"repository": "evil/acme/shop"},
    {"repository": "acme-evil/shop"}, {"repository": "acme/"}, {"repository": ["acme/shop"]},
    {"repository": "ACME/shop"}, {"repository": "acme/shop/../../evil"},
]  # fmt: skip


async def test_each_claim_is_checked(provider: Provider) -> None:
    """A101, R039, R040, R042: wrong or absent, by both ways in; nothing is issued."""
    client, ci = await workload(provider)
    for change in WRONG:
        token = ci.token(**{"repository": "acme/shop", **change})
        answer = await ask(provider, client, token)
        assert refusal(answer) == (401, "invalid_client"), change
        answer = await as_credentials(provider, client, token)
        assert refusal(answer) == (401, "invalid_client"), change
    assert await provider.reasons("token.issued") == [None]  # the administrator's
    right = await ask(provider, client, ci.token(repository="acme/shop"))
    assert right.status == 200
    assert (await as_credentials(provider, client, ci.token(repository="acme/x"))).status == 200


@pytest.mark.parametrize("typ", ["at+jwt", "logout+jwt", "oauth-id-jag+jwt", "dpop+jwt", "x"])
async def test_another_kind_of_token_is_no_assertion(provider: Provider, typ: str) -> None:
    """R041: a kind that has a name of its own is meant for something else."""
    client, ci = await workload(provider)
    token = ci.token(typ=typ, repository="acme/shop")
    assert refusal(await ask(provider, client, token))[0] in (400, 401)


async def test_the_algorithm_is_not_the_token_s_choice(provider: Provider) -> None:
    """A095, A097: none, symmetric, another's, keys in the header."""
    client, ci = await workload(provider, algorithms=["ES256"])
    token = ci.token(repository="acme/shop")
    kid = ci.key.kid
    headers: list[dict[str, Any]] = [
        {"alg": "none", "kid": kid}, {"alg": "None", "kid": kid}, {"alg": "HS256", "kid": kid},
        {"alg": "RS256", "kid": kid}, {"alg": "EdDSA", "kid": kid}, {"alg": ["ES256"], "kid": kid},
        {"kid": kid}, {"alg": "ES256", "kid": "other"}, {"alg": "ES256", "kid": "../../dev/null"},
        {"alg": "ES256", "kid": kid, "jwk": dict(ci.key.public.jwk)},
        {"alg": "ES256", "kid": kid, "jku": "https://evil.example/jwks"},
        {"alg": "ES256", "kid": kid, "x5u": "https://evil.example/x"},
        {"alg": "ES256", "kid": kid, "crit": ["exp"]},
    ]  # fmt: skip
    for header in headers:
        answer = await ask(provider, client, tampered(token, header))
        assert refusal(answer) == (401, "invalid_client"), header
    own = SigningKey.generate("ES256")
    forged = sign(own, "JWT", ci.claims(repository="acme/shop"))
    assert refusal(await ask(provider, client, forged)) == (401, "invalid_client")
    edwards = ForeignIssuer(provider, alg="EdDSA")
    await ci.change(jwks=edwards.jwks)  # a right key of an algorithm that is not taken
    answer = await ask(provider, client, edwards.token(repository="acme/shop"))
    assert refusal(answer) == (401, "invalid_client")


async def test_a_huge_token_is_not_parsed(provider: Provider) -> None:
    """A121: the size is looked at before anything else."""
    client, ci = await workload(provider)
    token = ci.token(repository="acme/shop", pad="x" * 9000)
    assert refusal(await ask(provider, client, token)) == (400, "invalid_request")


async def test_an_assertion_is_used_once(provider: Provider) -> None:
    """R052, A021: a hundred at the same time, and the same again: one."""
    client, ci = await workload(provider)
    token = ci.token(repository="acme/shop")
    answers = await asyncio.gather(*(ask(provider, client, token) for _ in range(100)))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 99
    assert {refusal(answer)[1] for answer in answers} == {"", "invalid_grant"}
    credentials = ci.token(repository="acme/shop")
    answers = await asyncio.gather(
        *(as_credentials(provider, client, credentials) for _ in range(30))
    )
    assert sorted(answer.status for answer in answers) == [200] + [401] * 29


async def test_a_refused_request_does_not_use_it_up(provider: Provider) -> None:
    """A wrong scope can be corrected with the same token."""
    client, ci = await workload(provider)
    token = ci.token(repository="acme/shop")
    wrong = await ask(provider, client, token, scope="orders:write")
    assert refusal(wrong) == (400, "invalid_scope")
    assert (await ask(provider, client, token)).status == 200


async def test_a_cluster_s_token_may_be_used_again(provider: Provider) -> None:
    """Kubernetes gives a pod the same token for an hour: its preset says so."""
    client, ci = await workload(provider)
    condition = {"claim": ["kubernetes.io", "namespace"], "equals": "prod"}
    link = {"client": str(client.id), "conditions": [condition]}
    await ci.change(preset="kubernetes", links=[link])
    claims = {"sub": "system:serviceaccount:prod:deploy", "jti": None,
              "kubernetes.io": {"namespace": "prod"}}  # fmt: skip
    token = ci.token(typ="JWT", **claims)
    for _ in range(3):
        assert (await ask(provider, client, token)).status == 200
    other = ci.token(**{**claims, "kubernetes.io": {"namespace": "dev"}})
    assert refusal(await ask(provider, client, other)) == (401, "invalid_client")


async def test_a_workload_speaks_for_its_own_client_alone(provider: Provider) -> None:
    """R056, A021: another client's name, or its secret, beside the token."""
    client, ci = await workload(provider)
    other = await provider.client("m2m", name="Other", grant_types=[JWT_BEARER])
    token = ci.token(repository="acme/shop")
    named = {"grant_type": JWT_BEARER, "assertion": token, **provider.credentials(other)}
    answer = await provider.token(named)
    assert refusal(answer) == (400, "invalid_grant")
    assert (await provider.reasons("token.refused"))[-1] == "assertion_of_another_client"
    twin = await provider.client(
        "m2m", name="Twin", grant_types=[JWT_BEARER], auth_method="federated_jwt"
    )
    assert refusal(await ask(provider, twin, token)) == (401, "invalid_client")
    assert refusal(await as_credentials(provider, twin, token)) == (401, "invalid_client")
    bare = await provider.token({"grant_type": "client_credentials", "client_id": client.client_id})
    assert refusal(bare) == (401, "invalid_client")
    assert (await ask(provider, client, token)).status == 200


async def test_a_token_is_used_once_in_whichever_way(provider: Provider) -> None:
    """R052, A021: what proved a client is no assertion any more, and the other way round."""
    client, ci = await workload(provider)
    first, second = ci.token(repository="acme/shop"), ci.token(repository="acme/shop")
    assert (await as_credentials(provider, client, first)).status == 200
    assert refusal(await ask(provider, client, first)) == (400, "invalid_grant")
    assert (await ask(provider, client, second)).status == 200
    assert refusal(await as_credentials(provider, client, second)) == (401, "invalid_client")


async def test_an_issuer_is_believed_for_what_it_is_trusted_for(provider: Provider) -> None:
    """R056: an assertion of a client is no grant, and the other way round."""
    client, ci = await workload(provider, uses=["client_assertion"])
    token = ci.token(repository="acme/shop")
    assert refusal(await ask(provider, client, token)) == (401, "invalid_client")
    assert (await as_credentials(provider, client, token)).status == 200
    await ci.change(uses=["grant"])
    assert refusal(await as_credentials(provider, client, ci.token(repository="acme/x")))[0] == 401


async def test_a_disabled_issuer_proves_nobody(provider: Provider) -> None:
    """A033: by both ways in, at once; and what a client got with it ends."""
    client, ci = await workload(provider)
    made = await ask(provider, client, ci.token(repository="acme/shop"), resource=API)
    watcher = await provider.client("m2m", name="Watcher", audiences=[API])
    token = made.json["access_token"]
    assert (await provider.introspect(watcher, token))["active"] is True
    await ci.switch("disable")
    assert await provider.introspect(watcher, token) == {"active": False}
    for way in (ask, as_credentials):
        answer = await way(provider, client, ci.token(repository="acme/shop"))
        assert refusal(answer) == (401, "invalid_client")


async def test_the_life_of_a_token_is_limited(provider: Provider) -> None:
    """A101: from iat to exp, whatever the issuer likes."""
    client, ci = await workload(provider, max_lifetime=600)
    now = int(provider.clock.now().timestamp())
    long = ci.token(repository="acme/shop", exp=now + 601)
    assert refusal(await ask(provider, client, long)) == (401, "invalid_client")
    aged = ci.token(repository="acme/shop", iat=now - 300, exp=now + 301)
    assert refusal(await ask(provider, client, aged)) == (401, "invalid_client")
    assert (
        await ask(provider, client, ci.token(repository="acme/shop", exp=now + 600))
    ).status == 200


async def test_an_audience_of_ones_own_is_taken(provider: Provider) -> None:
    """R042: where the owner named it; our issuer and token endpoint always."""
    client, ci = await workload(provider, audiences=["sts.acme"])
    own = provider.tenant.issuer
    for aud in ("sts.acme", own, own + "/oauth2/token", [own, "sts.acme"]):
        answer = await ask(provider, client, ci.token(repository="acme/shop", aud=aud))
        assert answer.status == 200, aud
    wrong = ci.token(repository="acme/shop", aud=["sts.acme", "sts.evil"])
    assert refusal(await ask(provider, client, wrong)) == (401, "invalid_client")


def publish(site: Website, issuer: ForeignIssuer, /, **metadata: Any) -> None:
    site.put("/jwks", issuer.jwks)
    document = {"issuer": issuer.name, "jwks_uri": site.url("/jwks"), **metadata}
    site.put("/.well-known/openid-configuration", document)


async def test_keys_are_found_by_discovery(provider: Provider) -> None:
    """R020, R039: once, then remembered; a rotated key is found by its unknown kid."""
    async with website() as site:
        client, _ = await workload(provider)
        found = ForeignIssuer(provider, site.url(""))
        publish(site, found)
        link = {"client": str(client.id), "conditions": [REPOSITORY]}
        body = {"jwks_uri": None, "links": [link]}
        await trust_without_keys(found, **body)
        for _ in range(3):
            answer = await ask(provider, client, found.token(repository="acme/shop"))
            assert answer.status == 200, (answer.body, await provider.reasons("token.refused"))
        assert site.count("/jwks") == 1
        found.key = SigningKey.generate("ES256")
        publish(site, found)
        provider.clock.advance(40)
        answer = await ask(provider, client, found.token(repository="acme/shop"))
        assert answer.status == 200


async def trust_without_keys(issuer: ForeignIssuer, **settings: Any) -> None:
    from tests.support.issuers import manage

    body = {"name": "Discovered", "issuer": issuer.name, **settings}
    answer = await manage(issuer.provider, "POST", "/api/v1/trusted-issuers", body)
    assert answer.status == 201, answer.body


@pytest.mark.parametrize("broken", ["down", "another", "no_uri", "no_keys"])
async def test_without_keys_nobody_is_believed(provider: Provider, broken: str) -> None:
    """R020, A117: 503 to come back, and nothing about why; metadata of another are no metadata."""
    async with website() as site:
        client, _ = await workload(provider)
        found = ForeignIssuer(provider, site.url(""))
        if broken != "down":
            publish(site, found)
        if broken == "another":
            publish(site, found, issuer="https://evil.example")
        if broken == "no_uri":
            publish(site, found, jwks_uri=7)
        if broken == "no_keys":
            del site.pages["/jwks"]
        link = {"client": str(client.id), "conditions": [REPOSITORY]}
        await trust_without_keys(found, links=[link])
        answer = await ask(provider, client, found.token(repository="acme/shop"))
        assert refusal(answer) == (503, "temporarily_unavailable")
        assert "retry-after" in answer.headers
        assert "localhost" not in answer.body.decode()


async def test_one_issuer_s_jti_is_not_another_s(provider: Provider) -> None:
    """A021: nobody uses up what somebody else will send."""
    client, ci = await workload(provider)
    other = ForeignIssuer(provider, "https://other.example.com")
    link = {"client": str(client.id), "conditions": [REPOSITORY]}
    await other.trust(links=[link])
    for issuer in (ci, other):
        token = issuer.token(repository="acme/shop", jti="the-same")
        assert (await ask(provider, client, token)).status == 200
    acme = provider.in_tenant(await provider.tenants.create("acme", "Acme", CAUSE))
    await provider.snapshots.poll()
    there_client, there = await workload(acme)
    token = there.token(repository="acme/shop", jti="the-same")
    answer = await ask(acme, there_client, token)
    assert decoded(answer.json["access_token"])["iss"] == acme.tenant.issuer
