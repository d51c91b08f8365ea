"""Clients that register themselves and hide nothing: oauth4webapi, and Authlib with a key."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import RSAKey
from tests.e2e.test_openid_client import RelyingParty
from tests.support.server import Server, sign_in, sign_up, somebody

HERE = Path(__file__).parent
FORM = "application/x-www-form-urlencoded"
CALLBACK = "https://registered.example/callback"


class PlainClient(RelyingParty):
    script = "plain_client.mjs"


@pytest.fixture
def party() -> Iterator[PlainClient]:
    running = PlainClient()
    yield running
    running.close()


def initial_token(server: Server) -> str:
    made = server.cli("app", "registration-token", "--name", "Tests")
    return made["initial_access_token"]


def approved(server: Server, url: str) -> str:
    """Return where a new person is sent who signs in and consents."""
    person = somebody()
    browser = sign_up(server, person).go(url)
    sign_in(browser, person)
    if browser.left_for is None:
        browser.submit()
    assert browser.left_for is not None, browser.trail
    return browser.left_for


@pytest.mark.service
def test_oauth4webapi_registers_pushes_proves_and_asks(server: Server, party: PlainClient) -> None:
    """R016, R030, R048, R057, RFC 7591, 7592, 7662, 7009, 9126, 9207, 9449: as it reads them."""
    metadata: dict[str, Any] = {
        "redirect_uris": [CALLBACK], "client_name": "Plain", "scope": "openid offline_access",
        "grant_types": ["authorization_code", "refresh_token"],
        "dpop_bound_access_tokens": True, "require_pushed_authorization_requests": True,
    }  # fmt: skip
    made = party.call(
        "register", issuer=server.url, initialAccessToken=initial_token(server), metadata=metadata
    )
    assert made["client_secret"] and made["dpop_bound_access_tokens"] is True
    asked = party.call("authorize", redirectUri=CALLBACK, scope="openid offline_access")
    assert 5 <= asked["expiresIn"] <= 600
    got = party.call("callback", url=approved(server, asked["url"]))
    assert got["type"] == "dpop" and got["sub"] == got["told"]
    told = party.call("introspect", token="access_token")
    assert told["active"] is True and told["token_type"] == "DPoP" and told["cnf"]["jkt"]
    assert party.call("refresh")["type"] == "dpop"
    party.call("revoke", token="refresh_token")
    assert party.call("introspect", token="access_token") == {"active": False}
    assert party.call("manage", method="GET")["client_name"] == "Plain"
    renamed = party.call("manage", method="PUT", body=metadata | {"client_name": "Plainer"})
    assert (renamed["status"], renamed["client_name"]) == (200, "Plainer")
    assert party.call("manage", method="DELETE")["status"] == 204
    assert party.call("manage", method="GET")["status"] == 401
    assert "error" in party.ask("introspect", token="access_token")


def test_authlib_registers_a_key_and_pushes(server: Server) -> None:
    """R016, R051, R052, R057: registration, PAR and the token endpoint by private_key_jwt."""
    key = RSAKey.generate_key(2048, {"kid": "k1", "alg": "RS256", "use": "sig"})
    found = httpx.get(f"{server.url}/.well-known/openid-configuration").json()
    answer = httpx.post(
        found["registration_endpoint"],
        headers={"authorization": f"Bearer {initial_token(server)}"},
        json={
            "redirect_uris": [CALLBACK], "client_name": "Authlib", "scope": "openid",
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [key.as_dict(private=False)]},
        },
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    client_id = answer.json()["client_id"]
    pem = key.as_pem(private=True).decode()
    with OAuth2Client(
        client_id, pem, token_endpoint_auth_method="private_key_jwt", scope="openid",
        redirect_uri=CALLBACK, code_challenge_method="S256",
    ) as client:  # fmt: skip
        client.register_client_auth_method(PrivateKeyJWT(found["token_endpoint"]))
        url, state = client.create_authorization_url(
            found["authorization_endpoint"], code_verifier="v" * 64
        )
        asked = dict(httpx.URL(url).params)
        address = found["pushed_authorization_request_endpoint"]
        _, headers, body = client.client_auth("private_key_jwt").prepare(
            "POST", address, {"content-type": FORM}, urlencode(asked)
        )
        pushed = httpx.post(address, headers=headers, content=body)
        assert pushed.status_code == 201, pushed.text
        short = urlencode({"client_id": client_id, "request_uri": pushed.json()["request_uri"]})
        left_for = approved(server, f"{found['authorization_endpoint']}?{short}")
        token = client.fetch_token(
            found["token_endpoint"], authorization_response=left_for, state=state,
            code_verifier="v" * 64,
        )  # fmt: skip
        me = client.get(found["userinfo_endpoint"]).json()
    assert me["sub"] and json.dumps(token["scope"]) == '"openid"'
