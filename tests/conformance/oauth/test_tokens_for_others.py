"""Our tokens as other implementations read them, by what is published and nothing else."""

import json
from typing import Any

import jwt
import pytest
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet
from tests.support.oauth import API, CAUSE, Provider

ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")


async def issued(provider: Provider, alg: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Return tokens, JWKS and the client's id."""
    await provider.keys.ensure(provider.store, alg, CAUSE)
    await provider.api()
    client = await provider.client(
        skip_consent=True, id_token_alg=alg, access_token_alg=alg, scopes=["openid", "orders:read"]
    )
    secret, _ = await provider.sign_in(await provider.person())
    tokens = await provider.tokens(client, secret, scope="openid orders:read", resource=API)
    jwks = (await provider.send("GET", "/oauth2/jwks")).json
    return tokens, jwks, client.client_id


@pytest.mark.parametrize("alg", ALGORITHMS)
async def test_a_relying_party_believes_the_id_token(provider: Provider, alg: str) -> None:
    """R045, OpenID Connect Core §3.1.3.7: by PyJWT, with the key of the published set."""
    tokens, jwks, client_id = await issued(provider, alg)
    token = tokens["id_token"]
    header = jwt.get_unverified_header(token)
    key = next(key for key in jwks["keys"] if key["kid"] == header["kid"])
    claims = jwt.decode(
        token, jwt.PyJWK(key), algorithms=[alg], audience=client_id,
        issuer=provider.tenant.issuer,
        options={"require": ["exp", "iat", "iss", "aud", "sub"], "verify_exp": False,
                 "verify_iat": False},
    )  # fmt: skip
    assert claims["azp"] == client_id
    assert claims["nonce"] == "the-nonce"
    assert isinstance(claims["auth_time"], int)


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # RFC 9864 names Ed25519 now
@pytest.mark.parametrize("alg", ALGORITHMS)
async def test_a_resource_server_believes_the_access_token(provider: Provider, alg: str) -> None:
    """R028, RFC 9068 §4: by joserfc: typ, issuer, audience, and every required claim."""
    tokens, jwks, client_id = await issued(provider, alg)
    token = joserfc_jwt.decode(
        tokens["access_token"], KeySet.import_key_set(json.loads(json.dumps(jwks))),
        algorithms=[alg],
    )  # fmt: skip
    assert token.header["typ"] == "at+jwt"
    claims = joserfc_jwt.JWTClaimsRegistry(
        now=int(provider.clock.now().timestamp()),
        iss={"essential": True, "value": provider.tenant.issuer},
        aud={"essential": True, "value": API},
        exp={"essential": True}, sub={"essential": True}, iat={"essential": True},
        jti={"essential": True}, client_id={"essential": True, "value": client_id},
    )  # fmt: skip
    claims.validate(token.claims)
    assert token.claims["scope"] == "openid orders:read"
    assert token.claims["amr"] == ["pwd"]
