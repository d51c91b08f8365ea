"""Proofs at the token endpoint: right ones once, and every wrong one never."""

import asyncio
import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.support.dpop import ProofKey, b64
from tests.support.oauth import Provider, build, decoded

from limen.oauth.api import Client
from limen.oauth.options import ClientOptions
from limen.platform.jose.algorithms import ALGORITHMS


async def ask(provider: Provider, client: Client, *headers: tuple[str, str]) -> Any:
    fields = {"grant_type": "client_credentials", **provider.credentials(client)}
    return await provider.token(fields, *headers)


async def machine(provider: Provider, **options: Any) -> Client:
    return await provider.client("m2m", **options)


@pytest.mark.parametrize("alg", ["ES256", "RS256", "PS256", "EdDSA"])
async def test_a_proof_binds_the_token_to_its_key(provider: Provider, alg: Any) -> None:
    """R029, R030, RFC 9449 §5: token_type DPoP and cnf.jkt (RFC 7638)."""
    client, key = await machine(provider), ProofKey(provider, alg)
    answer = await ask(provider, client, key.header())
    assert answer.status == 200, answer.body
    assert answer.json["token_type"] == "DPoP"
    assert decoded(answer.json["access_token"])["cnf"] == {"jkt": key.jkt}


WRONG: dict[str, Any] = {
    "method": {"htm": "GET"},
    "method in another case": {"htm": "post"},
    "address": {"htu": "http://localhost:8400/oauth2/introspect"},
    "host": {"htu": "http://evil.example/oauth2/token"},
    "scheme": {"htu": "https://localhost:8400/oauth2/token"},
    "port": {"htu": "http://localhost:8401/oauth2/token"},
    "user in the address": {"htu": "http://me@localhost:8400/oauth2/token"},
    "another tenant's address": {"htu": "http://localhost:8400/t/other/oauth2/token"},
    "address with dots": {"htu": "http://localhost:8400/x/../oauth2/token"},
    "no address": {"htu": "/oauth2/token"},
    "broken address": {"htu": "http://[/oauth2/token"},
    "without htu": {"htu": None},
    "without htm": {"htm": None},
    "without jti": {"jti": None},
    "empty jti": {"jti": ""},
    "long jti": {"jti": "x" * 257},
    "jti that is no text": {"jti": 7},
    "jti with half a character": {"jti": "\ud800"},
    "without iat": {"iat": None},
    "iat as text": {"iat": "1700000000"},
    "iat as truth": {"iat": True},
    "iat of the end of time": {"iat": 1e308},
    "old": {"iat": -61},
    "from the future": {"iat": 11},
}


@pytest.mark.parametrize("case", WRONG)
async def test_what_a_proof_says_must_be_right(provider: Provider, case: str) -> None:
    """R030, A101, RFC 9449 §4.3: for another request, or too old, it is none; nothing is issued."""
    client, key = await machine(provider), ProofKey(provider)
    claims = dict(WRONG[case])
    if case in ("old", "from the future"):
        claims["iat"] += int(provider.clock.now().timestamp())
    answer = await ask(provider, client, key.header(**claims))
    assert (answer.status, answer.json["error"]) == (400, "invalid_dpop_proof")
    assert await provider.data("token.issued") == []
    assert (await provider.reasons("token.refused")) == ["dpop_proof_invalid"]


@pytest.mark.parametrize("iat", [-60, 0, 10])
async def test_clocks_may_differ_a_little(provider: Provider, iat: int) -> None:
    """R030: up to 60 s old, and 10 s ahead."""
    client, key = await machine(provider), ProofKey(provider)
    now = int(provider.clock.now().timestamp())
    assert (await ask(provider, client, key.header(iat=now + iat))).status == 200


@pytest.mark.parametrize(
    "htu",
    [
        "HTTP://LOCALHOST:8400/oauth2/token",
        "http://localhost:8400/oauth2/token?x=1#y",
        "http://localhost:8400/%6Fauth2/token",
    ],
)
async def test_addresses_are_compared_in_normal_form(provider: Provider, htu: str) -> None:
    """RFC 9449 §4.3: query and fragment do not count, nor how the same address is spelled."""
    client, key = await machine(provider), ProofKey(provider)
    assert (await ask(provider, client, key.header(htu=htu))).status == 200


HEADERS: dict[str, Any] = {
    "typ": {"typ": "JWT"},
    "no typ": {"typ": None},
    "alg none": {"alg": "none"},
    "HS256": {"alg": "HS256"},
    "another family": {"alg": "RS256"},
    "no alg": {"alg": None},
    "crit": {"crit": ["exp"]},
    "no key": {"jwk": None},
    "key by address": {"jwk": None, "jku": "https://evil.example/jwks"},
    "key as text": {"jwk": "key"},
    "empty key": {"jwk": {}},
    "symmetric key": {"jwk": {"kty": "oct", "k": "c2VjcmV0"}},
    "another curve": {"jwk": {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}},
    "off the curve": {"jwk": {"kty": "EC", "crv": "P-256", "x": b64(b"\1" * 32), "y": b64(b"\2" * 32)}},
}  # fmt: skip


@pytest.mark.parametrize("case", HEADERS)
async def test_the_header_of_a_proof_chooses_nothing(provider: Provider, case: str) -> None:
    """R030, A095, A097: asymmetric algorithms of ours only, by the key that lies in the proof."""
    client, key = await machine(provider), ProofKey(provider)
    answer = await ask(provider, client, key.header(header=HEADERS[case]))
    assert (answer.status, answer.json["error"]) == (400, "invalid_dpop_proof")


@pytest.mark.parametrize("member", ["d", "p", "k"])
async def test_a_private_key_has_no_place_in_a_proof(provider: Provider, member: str) -> None:
    """RFC 9449 §4.3, 7: whoever shows it has lost it."""
    client, key = await machine(provider), ProofKey(provider)
    header = {"jwk": {**key.jwk, member: b64(b"\1" * 32)}}
    answer = await ask(provider, client, key.header(header=header))
    assert (answer.status, answer.json["error"]) == (400, "invalid_dpop_proof")


@pytest.mark.parametrize("kid", ["../../etc/passwd", "' OR 1=1 --", "x" * 100])
async def test_a_kid_means_nothing(provider: Provider, kid: str) -> None:
    """A097: keys of proofs are not looked up anywhere."""
    client, key = await machine(provider), ProofKey(provider)
    answer = await ask(
        provider, client, key.header(header={"kid": kid, "jwk": {**key.jwk, "kid": kid}})
    )
    assert decoded(answer.json["access_token"])["cnf"] == {"jkt": key.jkt}


async def test_another_keys_signature_is_none(provider: Provider) -> None:
    """R030: neither by another key, nor altered, nor cut, nor padded, nor in pieces."""
    client, key, other = await machine(provider), ProofKey(provider), ProofKey(provider)
    good = key.proof()
    head, body, signature = good.split(".")
    foreign = other.proof(header={"jwk": key.jwk})
    for wrong in (
        foreign, f"{head}.{body}.{signature[:-2]}", f"{head}.{body}.{signature}=", f"{head}.{body}.",
        f"{head}.{body}", f"{good}.x", "", "x", "é" + good, good + "x" * 6144, f"{head}.{body[:-4]}.{signature}",
    ):  # fmt: skip
        answer = await ask(provider, client, ("dpop", wrong))
        assert (answer.status, answer.json["error"]) == (400, "invalid_dpop_proof"), wrong[:40]


async def test_a_repeated_name_in_a_proof_is_refused(provider: Provider) -> None:
    """A099: two parsers could read it differently."""
    client, key = await machine(provider), ProofKey(provider)
    head, body, _ = key.proof().split(".")
    twice = b64(b'{"htm":"GET",' + base64.urlsafe_b64decode(body + "==")[1:])
    signature = b64(ALGORITHMS["ES256"].sign(key.key.private, f"{head}.{twice}".encode()))
    answer = await ask(provider, client, ("dpop", f"{head}.{twice}.{signature}"))
    assert answer.json["error"] == "invalid_dpop_proof"


async def test_two_proofs_are_none(provider: Provider) -> None:
    """RFC 9449 §4.3, 1: not more than one DPoP header."""
    client, key = await machine(provider), ProofKey(provider)
    answer = await ask(provider, client, key.header(), key.header())
    assert (answer.status, answer.json["error"]) == (400, "invalid_dpop_proof")


async def test_an_rsa_key_that_is_too_small_is_refused(provider: Provider) -> None:
    """A103: 1024 bits are none."""
    client, key = await machine(provider), ProofKey(provider, "RS256")
    numbers = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
    jwk = {"kty": "RSA", "n": b64(numbers.n.to_bytes(128, "big")), "e": "AQAB"}
    answer = await ask(provider, client, key.header(header={"jwk": jwk}))
    assert answer.json["error"] == "invalid_dpop_proof"


async def test_of_a_hundred_at_once_one_is_the_first(provider: Provider) -> None:
    """R030, A019: a proof is accepted once, whatever races."""
    client, key = await machine(provider), ProofKey(provider)
    proof = key.proof()
    answers = await asyncio.gather(*(ask(provider, client, ("dpop", proof)) for _ in range(100)))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 99
    refused = {answer.json["error"] for answer in answers if answer.status == 400}
    assert refused == {"invalid_dpop_proof"}
    assert set(await provider.reasons("token.refused")) == {"dpop_proof_replayed"}


async def test_a_restart_forgets_no_proof(provider: Provider) -> None:
    """R030: another process on the same store knows it too."""
    client, key = await machine(provider), ProofKey(provider)
    proof = key.proof()
    assert (await ask(provider, client, ("dpop", proof))).status == 200
    again = await build(
        provider.database, provider.store, provider.clock, provider.tenant, is_new=False
    )
    again.secrets = provider.secrets
    answer = await ask(again, client, ("dpop", proof))
    assert (answer.status, answer.json["error"]) == (400, "invalid_dpop_proof")


async def test_nobody_uses_up_anothers_jti(provider: Provider) -> None:
    """R030: a jti is its key's own, so that guessing one locks nobody out."""
    client = await machine(provider)
    for _ in range(2):
        assert (await ask(provider, client, ProofKey(provider).header(jti="1"))).status == 200


async def test_a_proof_for_another_tenant_is_none(provider: Provider) -> None:
    """R030, R043: neither with the other's address, nor at the other's."""
    client, key = await machine(provider), ProofKey(provider)
    proof = key.proof(htu=provider.tenant.issuer + "/t/other/oauth2/token")
    assert (await ask(provider, client, ("dpop", proof))).status == 400


async def test_whoever_must_prove_a_key_gets_nothing_without(provider: Provider) -> None:
    """R029, RFC 9449 §5.2: dpop_bound_access_tokens, of a client and of an API."""
    bound = await machine(provider, options=ClientOptions(dpop_bound_access_tokens=True))
    answer = await ask(provider, bound)
    assert (answer.status, answer.json["error"]) == (400, "invalid_dpop_proof")
    api = "https://api.example.com/bound"
    await provider.api(api, ("bound:read",), dpop_bound_access_tokens=True)
    client, key = await machine(provider, scopes=["bound:read"]), ProofKey(provider)
    fields = {"grant_type": "client_credentials", "resource": api, **provider.credentials(client)}
    answer = await provider.token(fields)
    assert (answer.status, answer.json["error"]) == (400, "invalid_dpop_proof")
    answer = await provider.token(fields, key.header())
    assert decoded(answer.json["access_token"])["cnf"] == {"jkt": key.jkt}
