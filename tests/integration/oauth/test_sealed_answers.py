"""ID tokens, userinfo and introspection that only their client can read, or that are signed.

OpenID Connect Core §10.2, RFC 9701.
"""

import json
from typing import Any

import pytest
from tests.support.oauth import API, CAUSE, REDIRECT, Answer, Provider, decoded, header_of

from limen.oauth.api import Client
from limen.oauth.options import ClientOptions
from limen.platform.jose.encryption import CONTENT_ALGS, DecryptionKey, decrypt, encrypt_for

KEYS = {family: DecryptionKey.generate(family) for family in ("ECDH-ES", "RSA-OAEP-256")}
JWKS = {"keys": [dict(key.jwk) for key in KEYS.values()]}
OURS = {key.kid: key for key in KEYS.values()}
ALGS = ["RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"]
ACCEPT = ("accept", "application/token-introspection+jwt")


async def client_of(provider: Provider, **options: Any) -> Client:
    chosen = ClientOptions(jwks=options.pop("jwks", JWKS), **options)
    for alg in chosen.keys_needed:
        await provider.keys.ensure(provider.store, alg, CAUSE)
    return await provider.client(skip_consent=True, options=chosen)


async def signed_in(provider: Provider) -> str:
    return (await provider.sign_in(await provider.person()))[0]


async def believed(provider: Provider, token: str) -> dict[str, Any]:
    """Return what a token says that a published key of ours has signed."""
    keys = (await provider.keys.published(provider.store)).keys
    assert header_of(token)["kid"] in keys
    return decoded(token)


@pytest.mark.parametrize("alg", ALGS)
async def test_an_id_token_is_signed_and_then_encrypted(provider: Provider, alg: str) -> None:
    """R038, R045: nested (Core §2), with the client's own algorithms, and nothing readable."""
    secret = await signed_in(provider)
    for enc in CONTENT_ALGS:
        client = await client_of(
            provider, id_token_encrypted_response_alg=alg, id_token_encrypted_response_enc=enc
        )
        token = (await provider.tokens(client, secret))["id_token"]
        header = header_of(token)
        assert (header["alg"], header["enc"], header["cty"]) == (alg, enc, "JWT")
        claims = await believed(provider, decrypt(token, OURS))
        assert (claims["aud"], claims["nonce"]) == (client.client_id, "the-nonce")


async def test_an_encrypted_id_token_is_a_hint(provider: Provider) -> None:
    """Core §3.1.2.1: opened by its client, or sealed to us; what it cannot open is no hint."""
    client = await client_of(provider, id_token_encrypted_response_alg="ECDH-ES")
    await provider.keys.ensure(provider.store, "ECDH-ES", CAUSE)
    secret = await signed_in(provider)
    token = (await provider.tokens(client, secret))["id_token"]
    inner = decrypt(token, OURS)
    ours = (await provider.send("GET", "/oauth2/jwks")).json
    for hint, found in (
        (inner, "code"), (encrypt_for(ours, "ECDH-ES", None, inner), "code"), (token, "error"),
    ):  # fmt: skip
        asked = provider.authorization(client, id_token_hint=hint, prompt="none")
        assert found in (await provider.authorize(asked, secret)).query


FOREIGN: list[dict[str, Any]] = [
    {"keys": [dict(KEYS["RSA-OAEP-256"].jwk)]},
    {"keys": [{**KEYS["ECDH-ES"].jwk, "use": "sig"}]},
    {"keys": [{**KEYS["ECDH-ES"].jwk, "alg": "ES256"}]},
]


@pytest.mark.parametrize("jwks", FOREIGN)
async def test_without_a_fitting_key_nothing_is_issued(
    provider: Provider, jwks: dict[str, Any]
) -> None:
    """R038: never readable instead, and the code is not used up by it."""
    client = await client_of(provider, jwks=jwks, id_token_encrypted_response_alg="ECDH-ES")
    code = await provider.code(client, await signed_in(provider))
    for _ in range(2):
        answer = await provider.token(provider.redemption(client, code))
        assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    assert await provider.reasons("token.issued") == []


@pytest.mark.parametrize(
    "alg", ["RSA1_5", "RSA-OAEP", "A128KW", "dir", "PBES2-HS256+A128KW", "none"]
)
@pytest.mark.parametrize("kind", ["id_token", "userinfo", "introspection"])
async def test_weak_algorithms_cannot_be_registered(
    provider: Provider, alg: str, kind: str
) -> None:
    """R038, A095: no RSA1_5, nothing symmetric or by password."""
    manager = await provider.client("m2m", scopes=["clients:write"])
    await provider.role(manager)
    token = (await provider.machine_token(manager))["access_token"]
    body = {"name": "x", "type": "web", "redirect_uris": [REDIRECT],
            "options": {"jwks": JWKS, f"{kind}_encrypted_response_alg": alg}}  # fmt: skip
    answer = await provider.api_call(token, "POST", "/api/v1/clients", body)
    assert answer.status == 422
    assert answer.json["errors"][0]["field"] == f"options.{kind}_encrypted_response_alg"


# Userinfo


async def userinfo(provider: Provider, client: Client) -> Answer:
    tokens = await provider.tokens(client, await signed_in(provider), scope="openid profile")
    return await provider.userinfo(tokens["access_token"])


async def test_userinfo_is_signed_for_its_client(provider: Provider) -> None:
    """Core §5.3.2: iss and aud beside the claims; it is no ID token and no access token (R041)."""
    client = await client_of(provider, userinfo_signed_response_alg="ES256")
    answer = await userinfo(provider, client)
    assert answer.headers["content-type"] == "application/jwt"
    token = answer.body.decode()
    claims = await believed(provider, token)
    assert (claims["iss"], claims["aud"]) == (provider.tenant.issuer, client.client_id)
    assert claims["name"] == "Ada Lovelace"
    assert (await provider.userinfo(token)).status == 401
    hinted = provider.authorization(client, id_token_hint=token)
    assert (await provider.authorize(hinted)).query["error"] == "invalid_request"


@pytest.mark.parametrize("signed", [None, "ES256"])
async def test_userinfo_is_encrypted(provider: Provider, signed: str | None) -> None:
    """Core §5.3.2: what is inside is the signed token, or the JSON itself."""
    client = await client_of(
        provider, userinfo_signed_response_alg=signed, userinfo_encrypted_response_alg="ECDH-ES",
        userinfo_encrypted_response_enc="A256GCM",
    )  # fmt: skip
    answer = await userinfo(provider, client)
    assert answer.headers["content-type"] == "application/jwt"
    token = answer.body.decode()
    inner = decrypt(token, OURS)
    claims = json.loads(inner) if signed is None else await believed(provider, inner)
    assert claims["name"] == "Ada Lovelace"
    assert header_of(token).get("cty") == (None if signed is None else "JWT")
    assert ("aud" in claims) == (signed is not None)


async def test_userinfo_is_not_readable_instead(provider: Provider) -> None:
    """R038: a client without its key gets an error."""
    client = await client_of(provider, jwks=FOREIGN[1], userinfo_encrypted_response_alg="ECDH-ES")
    answer = await userinfo(provider, client)
    assert answer.status == 400
    assert b"Lovelace" not in answer.body


# Introspection


async def asked(provider: Provider, client: Client, token: str, accept: str) -> Answer:
    return await provider.form(
        "/oauth2/introspect", {"token": token}, provider.basic(client), ("accept", accept)
    )


async def test_introspection_is_signed_for_whoever_accepts_it(provider: Provider) -> None:
    """R048, RFC 9701: typ, iss, aud and iat; the answer is inside, and no sub or exp beside."""
    await provider.api()
    server = await provider.client("m2m", audiences=[API])
    machine = await provider.client("m2m", scopes=["orders:read"])
    token = (await provider.machine_token(machine, resource=API))["access_token"]
    answer = await asked(provider, server, token, ACCEPT[1])
    assert answer.headers["content-type"] == ACCEPT[1]
    said = answer.body.decode()
    claims = await believed(provider, said)
    assert header_of(said)["typ"] == "token-introspection+jwt"
    assert claims.keys() == {"iss", "aud", "iat", "token_introspection"}
    assert claims["aud"] == server.client_id
    assert claims["token_introspection"]["client_id"] == machine.client_id
    assert claims["token_introspection"]["active"] is True
    assert (await provider.userinfo(said)).status == 401
    stranger = await provider.client("m2m")
    nothing = await believed(
        provider, (await asked(provider, stranger, token, ACCEPT[1])).body.decode()
    )
    assert nothing["token_introspection"] == {"active": False}


@pytest.mark.parametrize(
    ("accept", "is_signed"),
    [
        ("application/json", False), ("*/*", False), ("application/*", False), ("", False),
        ("application/token-introspection+jwt;q=0", False),
        ("application/token-introspection+jwt;q=0.0, application/json", False),
        ("application/json, application/token-introspection+jwt;q=0.5", True),
        ("Application/Token-Introspection+JWT", True),
    ],
)  # fmt: skip
async def test_only_who_names_it_gets_it(provider: Provider, accept: str, is_signed: bool) -> None:
    """RFC 9701 §4: a pattern, or a refusal by weight, means JSON."""
    client = await provider.client("m2m")
    answer = await asked(provider, client, "x.y.z", accept)
    assert answer.status == 200
    assert (answer.headers["content-type"] == ACCEPT[1]) == is_signed


async def test_introspection_is_encrypted_to_its_client(provider: Provider) -> None:
    """RFC 9701 §6: nested, with the registered algorithms; never readable instead."""
    options = {"introspection_signed_response_alg": "EdDSA",
               "introspection_encrypted_response_alg": "RSA-OAEP-256"}  # fmt: skip
    client = await client_of(provider, **options)
    answer = await asked(provider, client, "x", ACCEPT[1])
    inner = decrypt(answer.body.decode(), OURS)
    assert header_of(inner)["alg"] == "EdDSA"
    assert (await believed(provider, inner))["token_introspection"] == {"active": False}
    without = await client_of(provider, jwks=FOREIGN[1], **options)
    assert (await asked(provider, without, "x", ACCEPT[1])).status == 400
