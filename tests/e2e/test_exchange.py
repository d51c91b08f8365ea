"""openid-client exchanges tokens and brings assertions, against a running server."""

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from tests.e2e.test_openid_client import CALLBACK, RelyingParty
from tests.support.server import Server, sign_in, sign_up, somebody

TYPE = "urn:ietf:params:oauth:token-type:"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
IDP = "https://idp.example.com"


@pytest.fixture
def party() -> Iterator[RelyingParty]:
    running = RelyingParty()
    yield running
    running.close()


def register(server: Server, name: str, kind: str, *more: str) -> dict[str, Any]:
    return server.cli("app", "create", "--name", name, "--type", kind, *more)


def discover(server: Server, party: RelyingParty, app: dict[str, Any]) -> None:
    party.call("discover", issuer=server.url, clientId=app["client_id"],
               clientSecret=app["client_secret"])  # fmt: skip


def api(server: Server, name: str) -> str:
    identifier = f"https://{name}-{uuid.uuid4().hex[:8]}.example.com"
    server.cli("api", "create", "--identifier", identifier, "--name", name, "--scope", "read")
    return identifier


@pytest.mark.service
def test_a_person_s_token_travels(server: Server, party: RelyingParty) -> None:
    """R117, RFC 8693: signed in by the pages, exchanged by the service behind, and as an ID-JAG."""
    orders, stock = api(server, "orders"), api(server, "stock")
    crossing = [{"audience": IDP, "client_id": "there", "scopes": ["chat"]}]
    shop = register(
        server, "Exchanging shop", "web", "--redirect-uri", CALLBACK, "--skip-consent",
        "--grant", "authorization_code", "--grant", EXCHANGE,
        "--scope", "openid", "--scope", "email", "--scope", "read",
        "--option", f"cross_app_access={json.dumps(crossing)}",
    )  # fmt: skip
    service = register(
        server, "Orders service", "m2m", "--scope", "read", "--audience", orders,
        "--grant", "client_credentials", "--grant", EXCHANGE,
        "--option", f"token_exchange_audiences={json.dumps([stock])}",
    )  # fmt: skip
    person = somebody()
    browser = sign_up(server, person)
    discover(server, party, shop)
    asked = {"resource": orders}
    url = party.call("authorize", redirectUri=CALLBACK, scope="openid email read", extra=asked)
    browser.go(url["url"])
    if browser.left_for is None:
        sign_in(browser, person)
    assert browser.left_for is not None
    tokens = party.call("callback", url=browser.left_for)
    subject = tokens["claims"]["sub"]

    answer = party.ask("grant", type=EXCHANGE, parameters={
        "subject_token": tokens["tokens"]["id_token"], "subject_token_type": TYPE + "id_token",
        "requested_token_type": TYPE + "id-jag", "audience": IDP,
    })  # fmt: skip
    if "ok" in answer:  # newer releases know that N_A is no access token
        assert answer["ok"]["issued_token_type"] == TYPE + "id-jag"
    else:
        assert "token_type" in json.dumps(answer) or "UNSUPPORTED" in json.dumps(answer)

    discover(server, party, service)
    made = party.call("grant", type=EXCHANGE, parameters={
        "subject_token": tokens["tokens"]["access_token"],
        "subject_token_type": TYPE + "access_token", "audience": stock,
    })  # fmt: skip
    assert made["issued_token_type"] == TYPE + "access_token"
    shown = party.call("introspect", token=made["access_token"])
    assert (shown["active"], shown["sub"], shown["aud"]) == (True, subject, stock)
    assert shown["act"] == {"sub": service["client_id"]}
    wider = party.ask("grant", type=EXCHANGE, parameters={
        "subject_token": tokens["tokens"]["access_token"],
        "subject_token_type": TYPE + "access_token", "audience": orders,
    })  # fmt: skip
    assert "error" in wider


@pytest.mark.service
def test_an_assertion_becomes_a_token(server: Server, party: RelyingParty, tmp_path: Path) -> None:
    """RFC 7523 §2.1: of a person of another issuer, once."""
    chat = api(server, "chat")
    guest = register(
        server, "Guest", "web", "--redirect-uri", CALLBACK, "--scope", "openid", "--scope", "read",
        "--grant", "authorization_code", "--grant", JWT_BEARER,
    )  # fmt: skip
    person, key = somebody(), ECKey.generate_key("P-256", {"kid": "k1", "alg": "ES256"})
    sign_up(server, person)
    keys, issuer = tmp_path / "keys.json", f"{IDP}/{uuid.uuid4().hex}"
    keys.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    server.cli("issuer", "create", "--name", "Other", "--issuer", issuer, "--jwks-file", str(keys),
               "--scope", "read")  # fmt: skip
    server.cli("issuer", "link-user", issuer, "u-1", person.email)
    now = int(time.time())
    claims = {"iss": issuer, "sub": "u-1", "aud": server.url, "jti": uuid.uuid4().hex,
              "iat": now, "exp": now + 60}  # fmt: skip
    assertion = jwt.encode({"alg": "ES256", "kid": "k1"}, claims, key)
    discover(server, party, guest)
    parameters = {"assertion": assertion, "resource": chat}
    made = party.call("grant", type=JWT_BEARER, parameters=parameters)
    shown = party.call("introspect", token=made["access_token"])
    assert (shown["active"], shown["aud"], shown["scope"]) == (True, chat, "read")
    assert "error" in party.ask("grant", type=JWT_BEARER, parameters=parameters)
    server.cli("issuer", "disable", issuer)
    again = party.call("introspect", token=made["access_token"])
    assert again["active"] is False
    assert httpx.get(f"{server.url}/readyz").status_code == 200
