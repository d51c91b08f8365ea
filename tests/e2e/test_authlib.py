"""Authlib's client against a running server."""

import httpx
import pytest
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.support.server import Server, sign_in, sign_up, somebody

CALLBACK = "http://127.0.0.1:9/authlib"


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_the_code_flow_with_both_secret_methods(server: Server, method: str) -> None:
    """R021, R023, R045, R051: and the ID token verifies with the served keys."""
    app = server.cli(
        "app", "create", "--name", "Authlib", "--type", "web", "--redirect-uri", CALLBACK,
        "--auth-method", method, "--scope", "openid", "--scope", "profile",
    )  # fmt: skip
    client = OAuth2Client(
        app["client_id"], app["client_secret"], token_endpoint_auth_method=method,
        scope="openid profile", redirect_uri=CALLBACK, code_challenge_method="S256",
    )  # fmt: skip
    metadata = httpx.get(f"{server.url}/.well-known/openid-configuration").json()
    verifier = "v" * 64
    url, state = client.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce="n-1"
    )
    person = somebody()
    browser = sign_up(server, person).go(url)
    sign_in(browser, person)
    browser.submit()
    token = client.fetch_token(
        metadata["token_endpoint"], authorization_response=browser.left_for, state=state,
        code_verifier=verifier,
    )  # fmt: skip
    keys = KeySet.import_key_set(httpx.get(metadata["jwks_uri"]).json())
    claims = jwt.decode(token["id_token"], keys, algorithms=["ES256"]).claims
    assert claims["nonce"] == "n-1"
    assert claims["aud"] == app["client_id"]
    me = client.get(metadata["userinfo_endpoint"]).json()
    client.close()
    assert me["sub"] == claims["sub"]
