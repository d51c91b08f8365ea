"""private_key_jwt at the endpoints: keys by value, and every way to forge an assertion.

RFC 7523 §2.2, §3; OpenID Connect Core §9.
"""

import asyncio
import json
from base64 import b64encode
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.support.assertions import (
    ISSUER,
    Keys,
    asserted,
    by_secret,
    claims_of,
    compact,
)
from tests.support.dpop import ProofKey
from tests.support.oauth import CAUSE, Provider

from limen.kernel.tenant import Tenant
from limen.oauth.api import Client
from limen.oauth.options import ClientOptions
from limen.platform.db import OpenDatabase
from limen.platform.jose.algorithms import ALGS, Alg

_IPS = count()


async def machine(provider: Provider, keys: Keys, **options: Any) -> Client:
    return await provider.client(
        "m2m", auth_method="private_key_jwt", options=ClientOptions(jwks=keys.jwks, **options)
    )


async def refused(provider: Provider, fields: dict[str, str], *headers: tuple[str, str]) -> str:
    """Return the reason in the log of a refusal that says no more than that it is one."""
    ip = f"198.51.100.{next(_IPS) % 250}"  # the log takes thirty a minute from each
    answer = await provider.form("/oauth2/token", fields, *headers, client=ip)
    assert (answer.status, answer.json["error"]) == (401, "invalid_client"), answer.body
    assert answer.json["error_description"] == "Client authentication failed."
    assert answer.headers["cache-control"] == "no-store"
    return (await provider.reasons("token.refused"))[-1] or ""


@pytest.mark.parametrize("alg", ALGS)
async def test_an_assertion_authenticates_once(provider: Provider, alg: Alg) -> None:
    """R051, R052: every algorithm of ours; the same assertion again is a replay."""
    keys = Keys(alg)
    client = await machine(provider, keys)
    fields = asserted(keys.token(claims_of(client, provider.clock)))
    answer = await provider.token(fields)
    assert answer.status == 200, answer.body
    assert await refused(provider, fields) == "client_assertion_replayed"
    again = asserted(keys.token(claims_of(client, provider.clock), typ="JWT"))
    assert (await provider.token(again | {"client_id": client.client_id})).status == 200


async def test_no_secret_is_made_for_keys(provider: Provider) -> None:
    """R053, R056: nothing that could leak; and nothing to rotate."""
    client = await machine(provider, Keys())
    assert provider.secrets[client.id] is None
    chief = await provider.client("m2m", scopes=["clients:write"])
    await provider.role(chief)
    token = (await provider.machine_token(chief))["access_token"]
    answer = await provider.api_call(token, "POST", f"/api/v1/clients/{client.id}/secret", {})
    assert answer.status == 409


async def test_one_use_across_all_endpoints_however_many_race(provider: Provider) -> None:
    """R052, A019: a hundred at once, at three endpoints: exactly one is believed."""
    keys = Keys()
    client = await machine(provider, keys)
    fields = asserted(keys.token(claims_of(client, provider.clock)), token="x")
    paths = ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"]
    answers = await asyncio.gather(*[provider.form(paths[n % 3], fields) for n in range(100)])
    assert sorted(answer.status for answer in answers) == [200] + [401] * 99


async def test_a_replay_is_known_after_a_restart_and_by_the_next_process(
    provider: Provider, database: OpenDatabase, tenant: Tenant, open_second: Any
) -> None:
    """R052: the store remembers, not the process."""
    keys = Keys()
    client = await machine(provider, keys)
    fields = asserted(keys.token(claims_of(client, provider.clock)))
    assert (await provider.token(fields)).status == 200
    second = await open_second(database)
    door = replace(provider.door, database=second)
    other = replace(provider, database=second, store=second.tenant(tenant.id), door=door)
    assert await refused(other, fields) == "client_assertion_replayed"


async def test_the_jti_of_one_client_is_free_for_another(provider: Provider) -> None:
    """R052: nobody uses up another's identifiers."""
    keys = Keys()
    for client in [await machine(provider, keys), await machine(provider, keys)]:
        claims = claims_of(client, provider.clock, jti="the-same")
        assert (await provider.token(asserted(keys.token(claims)))).status == 200


async def test_it_works_at_every_endpoint_by_its_own_address(provider: Provider) -> None:
    """R042, R051: the issuer, the token endpoint's URL, and that of the endpoint asked."""
    keys = Keys()
    client = await machine(provider, keys)
    for path, audience in [
        ("/oauth2/introspect", ISSUER),
        ("/oauth2/introspect", ISSUER + "/oauth2/introspect"),
        ("/oauth2/revoke", ISSUER + "/oauth2/token"),
        ("/oauth2/token", [ISSUER, ISSUER + "/oauth2/token"]),
    ]:
        token = keys.token(claims_of(client, provider.clock, aud=audience))
        assert (await provider.form(path, asserted(token, token="x"))).status == 200
    token = keys.token(claims_of(client, provider.clock, aud=ISSUER + "/oauth2/revoke"))
    assert await refused(provider, asserted(token)) == "client_assertion_aud"


async def test_a_strict_client_is_strict(provider: Provider) -> None:
    """R052: FAPI: the issuer as the only audience, and its algorithms."""
    keys, rsa = Keys(), Keys("RS256")
    client = await machine(provider, keys, profile="fapi2", dpop_bound_access_tokens=True)
    good = keys.token(claims_of(client, provider.clock))
    assert (await provider.token(asserted(good), ProofKey(provider).header())).status == 200
    for audience in (ISSUER + "/oauth2/token", [ISSUER]):
        token = keys.token(claims_of(client, provider.clock, aud=audience))
        assert await refused(provider, asserted(token)) == "client_assertion_aud"
    other = await machine(provider, rsa, profile="fapi2", dpop_bound_access_tokens=True)
    token = rsa.token(claims_of(other, provider.clock))
    assert await refused(provider, asserted(token)) == "client_assertion_alg"


async def test_a_strict_tenant_is_strict_with_all(provider: Provider) -> None:
    """R052: the tenant's policy holds, whatever the client says."""
    keys = Keys()
    lax, client = await machine(provider, keys, profile="oauth21"), await machine(provider, keys)
    chief = await provider.client("m2m", scopes=["settings:write"])
    await provider.role(chief)
    admin = (await provider.machine_token(chief))["access_token"]
    body = {"profile": "fapi2"}
    answer = await provider.api_call(admin, "PATCH", "/api/v1/oauth-policy", body)
    assert answer.status == 200, answer.body
    token = keys.token(claims_of(client, provider.clock, aud=ISSUER + "/oauth2/token"))
    assert await refused(provider, asserted(token)) == "client_assertion_aud"
    token = keys.token(claims_of(lax, provider.clock, aud=ISSUER + "/oauth2/token"))
    assert await refused(provider, asserted(token)) == "client_assertion_aud"


# Forgeries


async def test_no_algorithm_and_no_confusion(provider: Provider) -> None:
    """A095: none in every spelling; HS256 with the public key as its secret; swapped kinds."""
    for alg in ("ES256", "RS256"):
        keys: Keys = Keys(alg)
        client = await machine(provider, keys)
        claims = claims_of(client, provider.clock)
        for none in ("none", "None", "nOnE", "NONE", ""):
            forged = compact({"alg": none, "kid": "k1"}, claims, lambda message: b"x")
            assert await refused(provider, asserted(forged)) == "client_assertion_alg"
        for missing in ({"kid": "k1"}, {"alg": ["ES256"]}, {"alg": None}, {"alg": 1}):
            forged = compact(missing, claims, keys.sign)
            assert await refused(provider, asserted(forged)) == "client_assertion_malformed"
        public = keys.key.public.public
        secrets = [
            public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).strip(),
            public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        ]
        for secret in secrets:
            forged = by_secret(secret.decode("latin-1"), claims, kid="k1")
            assert await refused(provider, asserted(forged)) == "client_assertion_alg"
        for other in {"ES256", "RS256", "PS256", "EdDSA", "ES384", "HS512", "RS1"} - {alg}:
            forged = compact({"alg": other, "kid": "k1"}, claims, keys.sign)
            assert (await refused(provider, asserted(forged))).startswith("client_assertion_")


async def test_a_token_brings_no_key_of_its_own(provider: Provider) -> None:
    """R039, A097: jwk, jku, x5u, x5c and crit are refused, whatever they hold; nothing is asked."""
    keys, evil = Keys(), Keys()
    client = await machine(provider, keys)
    claims = claims_of(client, provider.clock)
    url = "http://localhost:1/keys"
    for extra in ({"jwk": evil.jwk}, {"jku": url}, {"x5u": url}, {"x5c": ["MII"]}, {"crit": ["b64"]},
                  {"b64": False}, {"jwk": None}, {"crit": []}):  # fmt: skip
        for signer in (keys, evil):
            header = {"alg": "ES256", "kid": "k1", **extra}
            forged = compact(header, claims, signer.sign)
            assert await refused(provider, asserted(forged)) == "client_assertion_malformed"


KIDS = [
    "k2",
    "",
    "K1",
    "../../dev/null",
    "k1' OR '1'='1",
    "k1\0",
    "http://localhost:1/",
    "x" * 4000,
]


async def test_a_kid_only_chooses_among_the_registered(provider: Provider) -> None:
    """A097: an unknown kid, however it looks, finds nothing; without one, one key must fit."""
    keys = Keys()
    client = await machine(provider, keys)
    for kid in KIDS:
        forged = keys.token(claims_of(client, provider.clock), kid=kid)
        assert await refused(provider, asserted(forged)) == "client_assertion_kid"
    for kid in (7, ["k1"], {"k": 1}):
        forged = keys.token(claims_of(client, provider.clock), kid=kid)
        assert await refused(provider, asserted(forged)) == "client_assertion_malformed"
    bare = compact({"alg": "ES256"}, claims_of(client, provider.clock), keys.sign)
    assert (await provider.token(asserted(bare))).status == 200
    two = Keys()
    both = await provider.client(
        "m2m", auth_method="private_key_jwt",
        options=ClientOptions(jwks={"keys": [keys.jwk, two.jwk | {"kid": "k2"}]}),
    )  # fmt: skip
    bare = compact({"alg": "ES256"}, claims_of(both, provider.clock), keys.sign)
    assert await refused(provider, asserted(bare)) == "client_assertion_kid"
    named = two.token(claims_of(both, provider.clock), kid="k2")
    assert (await provider.token(asserted(named))).status == 200


async def test_another_signature_form_or_kind_is_refused(provider: Provider) -> None:
    """A099, R041: changed, cut, five parts, JSON, repeated names, another typ."""
    keys, evil = Keys(), Keys()
    client = await machine(provider, keys)
    good = keys.token(claims_of(client, provider.clock))
    head, body, signature = good.split(".")
    text = claims_of(client, provider.clock)
    twice = ('{"sub":"x",' + json.dumps(text)[1:]).encode()
    for forged in (
        evil.token(text), f"{head}.{body}.{signature[:-4]}AAAA", f"{head}.{body}.", f"{head}.{body}",
        f"{head}.{body}.{signature}.x.y", f"{good}.", f".{good}", f" {good}", f"{good}\n", f"{good}=",
        "{}", "x", "...", f"{head}.{body}.{signature}é", b64encode(good.encode()).decode(),
        keys.token(twice), keys.token(b"[]"), keys.token(b'"x"'), keys.token(b"{"),
    ):  # fmt: skip
        reason = await refused(provider, asserted(forged))
        assert reason in ("client_assertion_malformed", "client_assertion_signature")
    for typ in ("dpop+jwt", "at+jwt", "logout+jwt", "oauth-authz-req+jwt", "secevent+jwt", ""):
        forged = keys.token(claims_of(client, provider.clock), typ=typ)
        assert await refused(provider, asserted(forged)) == "client_assertion_typ"
    for typ in ("JWT", "jwt", "client-authentication+jwt", "application/client-authentication+jwt"):
        token = keys.token(claims_of(client, provider.clock), typ=typ)
        assert (await provider.token(asserted(token))).status == 200
    assert (await provider.token(asserted(good))).status == 200  # nothing above used it up


async def test_a_huge_assertion_is_not_parsed(provider: Provider) -> None:
    """A121: the size is looked at before anything else."""
    keys = Keys()
    client = await machine(provider, keys)
    claims = claims_of(client, provider.clock, pad="x" * 9000)
    answer = await provider.token(asserted(keys.token(claims)))
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    for depth in (100, 700, 900, 950):
        deep = keys.token(b'{"a":' * depth + b"1" + b"}" * depth)
        assert await refused(provider, asserted(deep)) == "client_assertion_malformed"
    over = await provider.token(asserted("x" * 70_000))
    assert over.status == 413


async def test_whose_assertion_it_is(provider: Provider) -> None:
    """R055, A023: iss, sub and client_id agree, and the client is of this method and known."""
    keys = Keys()
    client, other = await machine(provider, keys), await machine(provider, Keys())
    basic = await provider.client("m2m")
    for changes, reason in [
        ({"sub": other.client_id}, "client_assertion_malformed"),
        ({"iss": other.client_id}, "client_assertion_malformed"),
        ({"iss": other.client_id, "sub": other.client_id}, "client_assertion_signature"),
        ({"iss": basic.client_id, "sub": basic.client_id}, "client_auth_method"),
        ({"iss": "nobody", "sub": "nobody"}, "client_unknown"),
        ({"sub": None}, "client_assertion_malformed"),
    ]:
        token = keys.token(claims_of(client, provider.clock, **changes))
        assert await refused(provider, asserted(token)) == reason
    token = keys.token(claims_of(client, provider.clock))
    fields = asserted(token, client_id=other.client_id)
    assert await refused(provider, fields) == "client_assertion_client_id"
    assert (await provider.token(asserted(token, client_id=client.client_id))).status == 200


async def test_exactly_one_method(provider: Provider) -> None:
    """R051, R054: an assertion beside a secret, without its type, of another type, in the query."""
    keys = Keys()
    client = await machine(provider, keys)
    basic = await provider.client("m2m")
    good = asserted(keys.token(claims_of(client, provider.clock)))
    mixed = good | {"client_id": client.client_id, "client_secret": "x"}
    for fields, headers in ((mixed, ()), (good, (provider.basic(basic),))):
        answer = await provider.token(fields, *headers)
        assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    for name in ("client_assertion", "client_assertion_type"):
        partial = {k: v for k, v in good.items() if k != name} | {"client_id": client.client_id}
        assert await refused(provider, partial) == "client_auth_malformed"
    saml = good | {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"
    }
    assert await refused(provider, saml) == "client_auth_malformed"
    named = {"grant_type": "client_credentials", "client_id": client.client_id}
    assert await refused(provider, named) == "client_auth_method"
    secret = named | {"client_secret": "x"}
    assert await refused(provider, secret) == "client_auth_method"
    twice = "&".join(f"{k}={v}" for k, v in [*good.items(), ("client_assertion", "x")])
    assert (await provider.token(twice)).json["error"] == "invalid_request"
    assert (await provider.token(good)).status == 200


async def test_a_registered_algorithm_is_the_only_one(provider: Provider) -> None:
    """R038: token_endpoint_auth_signing_alg; a JWK's own alg and use hold too."""
    rsa = Keys("RS256")
    plain = {k: v for k, v in rsa.jwk.items() if k != "alg"}
    options = ClientOptions(jwks={"keys": [plain]}, token_endpoint_auth_signing_alg="PS256")
    client = await provider.client("m2m", auth_method="private_key_jwt", options=options)
    token = rsa.token(claims_of(client, provider.clock))
    assert await refused(provider, asserted(token)) == "client_assertion_alg"
    rsa.alg = "PS256"
    assert (
        await provider.token(asserted(rsa.token(claims_of(client, provider.clock))))
    ).status == 200
    for limits in ({"alg": "RS256"}, {"use": "enc"}, {"key_ops": ["encrypt"]}, {"alg": "RSA-OAEP"}):
        options = ClientOptions(jwks={"keys": [plain | limits]})
        client = await provider.client("m2m", auth_method="private_key_jwt", options=options)
        token = rsa.token(claims_of(client, provider.clock))
        assert await refused(provider, asserted(token)) == "client_assertion_kid"


async def test_a_disabled_or_deleted_client_is_refused(provider: Provider) -> None:
    """A033: with a right assertion, before its jti is kept."""
    keys = Keys()
    client = await machine(provider, keys)
    chief = await provider.client("m2m", scopes=["clients:write", "clients:read"])
    await provider.role(chief)
    token = (await provider.machine_token(chief))["access_token"]
    path = f"/api/v1/clients/{client.id}"
    fields = asserted(keys.token(claims_of(client, provider.clock)))
    assert (await provider.api_call(token, "POST", path + "/disable", {})).status == 200
    assert await refused(provider, fields) == "client_disabled"
    assert (await provider.api_call(token, "POST", path + "/enable", {})).status == 200
    assert (await provider.token(fields)).status == 200
    assert (await provider.api_call(token, "DELETE", path)).status == 204
    fresh = asserted(keys.token(claims_of(client, provider.clock)))
    assert await refused(provider, fresh) == "client_unknown"


async def test_changed_keys_count_at_once(provider: Provider) -> None:
    """R116: a key that was taken out of the registration works no more."""
    old, new = Keys(), Keys(kid="k2")
    client = await machine(provider, old)
    chief = await provider.client("m2m", scopes=["clients:write", "clients:read"])
    await provider.role(chief)
    token = (await provider.machine_token(chief))["access_token"]
    body = {"options": {"jwks": new.jwks}}
    answer = await provider.api_call(token, "PATCH", f"/api/v1/clients/{client.id}", body)
    assert answer.status == 200, answer.body
    gone = asserted(old.token(claims_of(client, provider.clock)))
    assert await refused(provider, gone) == "client_assertion_kid"
    assert (
        await provider.token(asserted(new.token(claims_of(client, provider.clock))))
    ).status == 200


async def test_another_tenants_client_is_unknown(provider: Provider) -> None:
    """R118, A077: and an assertion for one tenant is none for the other."""
    keys = Keys()
    other = provider.in_tenant(await provider.tenants.create("acme", "Acme", CAUSE))
    there = await machine(other, keys)
    here = await machine(provider, keys)
    foreign = keys.token(claims_of(there, provider.clock))
    assert await refused(provider, asserted(foreign)) == "client_unknown"
    for audience in (ISSUER, ISSUER + "/oauth2/token"):
        token = keys.token(claims_of(there, provider.clock, aud=audience))
        answer = await other.token(asserted(token))
        assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    token = keys.token(claims_of(here, provider.clock, aud=other.tenant.issuer))
    assert await refused(provider, asserted(token)) == "client_assertion_aud"
    good = keys.token(claims_of(there, provider.clock, aud=other.tenant.issuer))
    assert (await other.token(asserted(good))).status == 200


async def test_an_expired_assertion_is_refused_to_the_second(provider: Provider) -> None:
    """R040, A101: no grace for exp."""
    keys = Keys()
    client = await machine(provider, keys)
    early = asserted(keys.token(claims_of(client, provider.clock)))
    late = asserted(keys.token(claims_of(client, provider.clock)))
    provider.clock.advance(59)
    assert (await provider.token(early)).status == 200
    provider.clock.advance(1)
    assert await refused(provider, late) == "client_assertion_expired"
