"""Bound tokens where they are used, and refresh tokens and codes that only one key redeems."""

import asyncio
from typing import Any

import pytest
from tests.support.dpop import ProofKey
from tests.support.oauth import Answer, Provider, decoded

from limen.oauth.api import Client
from limen.oauth.options import ClientOptions

USERINFO = "/oauth2/userinfo"
ME = "/api/v1/clients"


async def signed_in(
    provider: Provider, key: ProofKey, type_: str = "spa", **changes: str | None
) -> tuple[Client, dict[str, Any]]:
    """Return a client and its bound tokens."""
    client = await provider.client(type_, skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    code = await provider.code(client, secret, **changes)
    answer = await provider.token(provider.redemption(client, code), key.header())
    assert answer.status == 200, answer.body
    assert answer.json["token_type"] == "DPoP"
    return client, answer.json


async def userinfo(provider: Provider, *headers: tuple[str, str], method: str = "GET") -> Answer:
    return await provider.send(method, USERINFO, headers=headers)


async def manager(provider: Provider, key: ProofKey) -> str:
    """Return a machine's bound token for the management API."""
    client = await provider.client("m2m", scopes=["clients:read"])
    await provider.role(client)
    fields = {"grant_type": "client_credentials", **provider.credentials(client)}
    answer = await provider.token(fields, key.header())
    return answer.json["access_token"]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_userinfo_takes_a_bound_token_with_its_proof(provider: Provider, method: str) -> None:
    """R029, RFC 9449 §7.1."""
    key = ProofKey(provider)
    _, tokens = await signed_in(provider, key)
    headers = key.using(tokens["access_token"], USERINFO, method)
    answer = await userinfo(provider, *headers, method=method)
    assert answer.status == 200, answer.body


async def test_the_management_api_takes_a_bound_token_with_its_proof(provider: Provider) -> None:
    """R029, RFC 9449 §7.1: with the scheme in any case, and a proof for each request."""
    key = ProofKey(provider)
    token = await manager(provider, key)
    answer = await provider.send("GET", ME, headers=key.using(token, ME))
    assert answer.status == 200, answer.body
    headers = [("authorization", f"dPoP {token}"), key.header(ME, "GET", token=token)]
    assert (await provider.send("GET", ME, query="limit=1", headers=headers)).status == 200


async def misuses(provider: Provider, key: ProofKey, token: str, other: str, path: str) -> Any:
    """Return every wrong way to use `token`, with the error that the challenge names."""
    thief, using = ProofKey(provider), f"DPoP {token}"
    bad = "invalid_dpop_proof"
    once = key.using(token, path)
    await provider.send("GET", path, headers=once)
    return {
        "as a bearer token": ([("authorization", f"Bearer {token}")], "invalid_token"),
        "as a bearer token with a proof": (
            [("authorization", f"Bearer {token}"), key.header(path, "GET", token=token)],
            "invalid_token",
        ),
        "without a proof": ([("authorization", using)], bad),
        "two proofs": ([*key.using(token, path), key.header(path, "GET", token=token)], bad),
        "another key": (thief.using(token, path), bad),
        "another method": (key.using(token, path, "DELETE"), bad),
        "another address": (key.using(token, path + "/more"), bad),
        "without ath": ([("authorization", using), key.header(path, "GET")], bad),
        "another token's proof": (
            [("authorization", using), key.header(path, "GET", token=other)], bad,
        ),
        "a proof of the token endpoint": ([("authorization", using), key.header()], bad),
        "twice": (once, bad),
        "an altered token": (key.using(token[:-4] + "AAAA", path), "invalid_token"),
    }  # fmt: skip


@pytest.mark.parametrize("where", ["userinfo", "api"])
async def test_a_stolen_bound_token_opens_nothing(provider: Provider, where: str) -> None:
    """R029, R030, RFC 9449 §7: no other way than by the key; challenges say what is wrong."""
    key = ProofKey(provider)
    if where == "userinfo":
        path = USERINFO
        client, tokens = await signed_in(provider, key)
        token = tokens["access_token"]
        fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        again = await provider.token(fields | provider.credentials(client), key.header())
        other = again.json["access_token"]
    else:
        path, token = ME, await manager(provider, key)
        other = await manager(provider, key)
    for name, (headers, error) in (await misuses(provider, key, token, other, path)).items():
        answer = await provider.send("GET", path, headers=headers)
        assert answer.status == 401, name
        challenge = answer.headers["www-authenticate"]
        assert f'error="{error}"' in challenge, name
        assert 'algs="ES256 RS256 PS256 EdDSA"' in challenge, name
    assert (await provider.send("GET", path, headers=key.using(token, path))).status == 200


@pytest.mark.parametrize("where", ["userinfo", "api"])
async def test_a_bearer_token_is_not_made_stronger_by_a_scheme(
    provider: Provider, where: str
) -> None:
    """RFC 9449 §7.1: what is bound to nothing is no DPoP token, with or without a proof."""
    key = ProofKey(provider)
    if where == "userinfo":
        client = await provider.client(skip_consent=True)
        secret, _ = await provider.sign_in(await provider.person())
        token, path = (await provider.tokens(client, secret))["access_token"], USERINFO
    else:
        client = await provider.client("m2m", scopes=["clients:read"])
        await provider.role(client)
        token, path = (await provider.machine_token(client))["access_token"], ME
    for headers in ([("authorization", f"DPoP {token}")], key.using(token, path)):
        answer = await provider.send("GET", path, headers=headers)
        assert answer.status == 401
        assert (
            'DPoP realm="http://localhost:8400", error="invalid_token"'
            in (answer.headers["www-authenticate"])
        )
    assert (
        await provider.send("GET", path, headers=[("authorization", f"Bearer {token}")])
    ).status == 200


@pytest.mark.parametrize("path", [USERINFO, ME])
async def test_whoever_brings_no_token_learns_both_schemes(provider: Provider, path: str) -> None:
    """RFC 9449 §7.2: Bearer and DPoP, without an error."""
    for headers in ([], [("authorization", "Basic eDp5")], [("authorization", "DPoP")]):
        answer = await provider.send("GET", path, headers=headers)
        assert answer.status == 401
        challenge = answer.headers["www-authenticate"]
        assert challenge.startswith('Bearer realm="http://localhost:8400", ')
        assert challenge.endswith(', DPoP algs="ES256 RS256 PS256 EdDSA"')
        assert "error" not in challenge


async def test_of_a_hundred_uses_of_one_proof_one_is_let_in(provider: Provider) -> None:
    """R030, A019: at a resource as at the token endpoint."""
    key = ProofKey(provider)
    _, tokens = await signed_in(provider, key)
    headers = key.using(tokens["access_token"], USERINFO)
    answers = await asyncio.gather(*(userinfo(provider, *headers) for _ in range(100)))
    assert sorted(answer.status for answer in answers) == [200] + [401] * 99


async def test_introspection_tells_how_a_token_is_bound(provider: Provider) -> None:
    """R048, RFC 9449 §6.2: cnf, and the type."""
    key = ProofKey(provider)
    client, tokens = await signed_in(provider, key, "web")
    found = await provider.introspect(client, tokens["access_token"])
    assert (found["token_type"], found["cnf"]) == ("DPoP", {"jkt": key.jkt})
    assert found["acr"] == "aal1"
    assert found["auth_time"]


async def test_a_bound_token_is_revoked_as_any(provider: Provider) -> None:
    """R048: its client needs no proof to end it."""
    key = ProofKey(provider)
    client, tokens = await signed_in(provider, key, "web")
    token = tokens["access_token"]
    answer = await provider.form("/oauth2/revoke", {"token": token}, provider.basic(client))
    assert answer.status == 200
    assert (await userinfo(provider, *key.using(token, USERINFO))).status == 401


async def refreshed(provider: Provider, client: Client, token: str, *headers: Any) -> Answer:
    fields = {"grant_type": "refresh_token", "refresh_token": token}
    return await provider.token(fields | provider.credentials(client), *headers)


async def test_a_public_clients_refresh_token_is_its_keys(provider: Provider) -> None:
    """R030, RFC 9449 §5: stolen, it is of no use without the key, and its owner goes on."""
    key, thief = ProofKey(provider), ProofKey(provider)
    client, tokens = await signed_in(provider, key)
    token = tokens["refresh_token"]
    for headers in ([], [thief.header()]):
        answer = await refreshed(provider, client, token, *headers)
        assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
    answer = await refreshed(provider, client, token, key.header())
    assert answer.json["token_type"] == "DPoP"
    assert decoded(answer.json["access_token"])["cnf"] == {"jkt": key.jkt}
    again = await refreshed(provider, client, answer.json["refresh_token"], key.header())
    assert again.status == 200


async def test_a_confidential_clients_refresh_token_is_its_own(provider: Provider) -> None:
    """RFC 9449 §5: bound by its authentication; the key may change, and binds the new token."""
    key, other = ProofKey(provider), ProofKey(provider)
    client, tokens = await signed_in(provider, key, "web")
    answer = await refreshed(provider, client, tokens["refresh_token"], other.header())
    assert decoded(answer.json["access_token"])["cnf"] == {"jkt": other.jkt}


async def test_a_client_that_must_be_bound_does_not_refresh_to_a_bearer_token(
    provider: Provider,
) -> None:
    """R029: no downgrade, for a confidential client either; nothing is rotated."""
    options = ClientOptions(dpop_bound_access_tokens=True)
    key = ProofKey(provider)
    client = await provider.client(skip_consent=True, options=options)
    secret, _ = await provider.sign_in(await provider.person())
    code = await provider.code(client, secret)
    refused = await provider.token(provider.redemption(client, code))
    assert refused.json["error"] == "invalid_dpop_proof"
    tokens = (await provider.token(provider.redemption(client, code), key.header())).json
    refused = await refreshed(provider, client, tokens["refresh_token"])
    assert refused.json["error"] == "invalid_dpop_proof"
    assert (await refreshed(provider, client, tokens["refresh_token"], key.header())).status == 200


async def test_an_unbound_family_does_not_become_anothers(provider: Provider) -> None:
    """R031: a public client's refresh token that is bound to nothing gets no key later."""
    client = await provider.client("spa", skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    tokens = await provider.tokens(client, secret)
    answer = await refreshed(provider, client, tokens["refresh_token"], ProofKey(provider).header())
    assert answer.json["error"] == "invalid_grant"


async def test_a_code_for_one_key_is_redeemed_by_no_other(provider: Provider) -> None:
    """RFC 9449 §10, R023: dpop_jkt; a wrong redemption does not use the code up."""
    key, thief = ProofKey(provider), ProofKey(provider)
    client = await provider.client("spa", skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    code = await provider.code(client, secret, dpop_jkt=key.jkt)
    for headers in ([], [thief.header()]):
        answer = await provider.token(provider.redemption(client, code), *headers)
        assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
    answer = await provider.token(provider.redemption(client, code), key.header())
    assert answer.status == 200
    assert "dpop_jkt_mismatch" in await provider.reasons("token.refused")


@pytest.mark.parametrize("value", ["x", "x" * 42, "x" * 44, "x" * 42 + "+", "x" * 42 + "="])
async def test_a_malformed_dpop_jkt_is_refused(provider: Provider, value: str) -> None:
    """RFC 9449 §10: 43 base64url characters; the refusal goes to the client."""
    client = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    answer = await provider.authorize(provider.authorization(client, dpop_jkt=value), secret)
    assert answer.query["error"] == "invalid_request"


async def test_discovery_names_the_algorithms(provider: Provider) -> None:
    """RFC 9449 §5.1: none of them symmetric (A095)."""
    answer = await provider.send("GET", "/.well-known/openid-configuration")
    assert answer.json["dpop_signing_alg_values_supported"] == ["ES256", "RS256", "PS256", "EdDSA"]


async def test_a_browser_may_send_proofs_and_read_nonces(provider: Provider) -> None:
    """R006, RFC 9449 §8: CORS lets the header through for a registered origin."""
    await provider.client("spa", origins=["https://app.example"])
    asked = [
        ("origin", "https://app.example"), ("access-control-request-method", "POST"),
        ("access-control-request-headers", "dpop"),
    ]  # fmt: skip
    answer = await provider.send("OPTIONS", "/oauth2/token", headers=asked)
    assert "dpop" in answer.headers["access-control-allow-headers"]
    answer = await provider.form("/oauth2/token", {}, ("origin", "https://app.example"))
    assert "dpop-nonce" in answer.headers["access-control-expose-headers"]


async def test_many_refreshes_at_once_get_one_successor(provider: Provider) -> None:
    """A031, R030: each with a proof of its own by the family's key, and thieves among them."""
    key, thief = ProofKey(provider), ProofKey(provider)
    client, tokens = await signed_in(provider, key)
    token = tokens["refresh_token"]
    answers = await asyncio.gather(
        *(
            refreshed(provider, client, token, (thief if i % 4 == 0 else key).header())
            for i in range(40)
        )
    )
    mine = [a for i, a in enumerate(answers) if i % 4]
    assert {a.status for a in mine} == {200}
    assert len({a.json["refresh_token"] for a in mine}) == 1
    assert {a.json["error"] for i, a in enumerate(answers) if i % 4 == 0} == {"invalid_grant"}
    assert (
        await refreshed(provider, client, mine[0].json["refresh_token"], key.header())
    ).status == 200
