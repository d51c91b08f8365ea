"""Tokens bound to the TLS certificate of the connection (RFC 8705 §3)."""

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import pytest
from tests.support.certificates import make
from tests.support.dpop import ProofKey, b64
from tests.support.oauth import Answer, Provider, build, decoded

from limen.kernel.tenant import Tenant
from limen.oauth.api import Client
from limen.oauth.options import ClientOptions
from limen.platform.mtls.settings import MtlsSettings

MINE, OTHER = make("mine").der, make("other").der
BOUND = ClientOptions(tls_client_certificate_bound_access_tokens=True)
USERINFO, API = "/oauth2/userinfo", "/api/v1/clients"


def thumbprint(der: bytes) -> str:
    return b64(sha256(der).digest())


@pytest.fixture
async def tls(database: Any, store: Any, clock: Any, tenant: Tenant) -> AsyncIterator[Provider]:
    """A provider whose listener for certificates has an address of its own."""
    settings = MtlsSettings(header="Client-Cert", url="https://mtls.example")
    yield await build(database, store, clock, tenant, settings)


async def machine(provider: Provider, **changes: Any) -> Client:
    changes = {"scopes": ["clients:read"], "options": BOUND, **changes}
    client = await provider.client("m2m", **changes)
    await provider.role(client)
    return client


async def ask(provider: Provider, client: Client, **changes: str) -> Answer:
    fields = {"grant_type": "client_credentials", **provider.credentials(client), **changes}
    return await provider.token(fields)


async def test_a_token_is_bound_to_the_connections_certificate(provider: Provider) -> None:
    """R029, RFC 8705 §3.1: cnf x5t#S256, in the token and in introspection; its type is Bearer."""
    client = await machine(provider)
    provider.send.certificate = MINE
    answer = await ask(provider, client)
    assert answer.json["token_type"] == "Bearer"
    token = answer.json["access_token"]
    assert decoded(token)["cnf"] == {"x5t#S256": thumbprint(MINE)}
    found = await provider.introspect(client, token)
    assert (found["token_type"], found["cnf"]) == ("Bearer", {"x5t#S256": thumbprint(MINE)})


async def test_without_a_certificate_there_is_no_token(provider: Provider) -> None:
    """R029, RFC 8705 §3.4: a client that registered for bound tokens gets no others."""
    client = await machine(provider)
    answer = await ask(provider, client)
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    assert await provider.reasons("token.refused") == ["certificate_missing"]


async def test_other_clients_tokens_are_not_bound_by_chance(provider: Provider) -> None:
    """RFC 8705 §3: a certificate alone binds nothing."""
    client = await machine(provider, options=ClientOptions())
    provider.send.certificate = MINE
    assert "cnf" not in decoded((await ask(provider, client)).json["access_token"])


@pytest.mark.parametrize("certificate", [None, OTHER])
async def test_a_stolen_token_opens_nothing(provider: Provider, certificate: bytes | None) -> None:
    """R029, RFC 8705 §3: at the API and at userinfo, on another connection, it is invalid."""
    provider.send.certificate = MINE
    token = (await ask(provider, await machine(provider))).json["access_token"]
    client = await provider.client(skip_consent=True, options=BOUND)
    secret, _ = await provider.sign_in(await provider.person())
    personal = (await provider.tokens(client, secret))["access_token"]
    for held, path in ((token, API), (personal, USERINFO)):
        headers = [("authorization", f"Bearer {held}")]
        provider.send.certificate = MINE
        assert (await provider.send("GET", path, headers=headers)).status == 200
        provider.send.certificate = certificate
        answer = await provider.send("GET", path, headers=headers)
        assert answer.status == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_a_public_clients_refresh_token_is_its_certificates(provider: Provider) -> None:
    """RFC 8705 §4: nobody refreshes on another connection; the owner goes on."""
    client = await provider.client("native", skip_consent=True, options=BOUND)
    secret, _ = await provider.sign_in(await provider.person())
    provider.send.certificate = MINE
    tokens = await provider.tokens(client, secret)
    fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    for certificate, error in ((OTHER, "invalid_grant"), (None, "invalid_request")):
        provider.send.certificate = certificate
        answer = await provider.token(fields | provider.credentials(client))
        assert (answer.status, answer.json["error"]) == (400, error)
    provider.send.certificate = MINE
    answer = await provider.token(fields | provider.credentials(client))
    assert decoded(answer.json["access_token"])["cnf"] == {"x5t#S256": thumbprint(MINE)}


async def test_an_api_can_demand_bound_tokens(provider: Provider) -> None:
    """R029, RFC 8705 §3.3: whoever asks, and only for its tokens."""
    api = "https://api.example.com/bound"
    await provider.api(api, ("bound:read",), tls_client_certificate_bound_access_tokens=True)
    client = await provider.client("m2m", scopes=["bound:read"])
    answer = await ask(provider, client, resource=api)
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    provider.send.certificate = MINE
    answer = await ask(provider, client, resource=api)
    assert decoded(answer.json["access_token"])["cnf"] == {"x5t#S256": thumbprint(MINE)}
    assert "cnf" not in decoded((await ask(provider, client)).json["access_token"])


async def test_bound_twice_is_proven_twice(provider: Provider) -> None:
    """R029: a DPoP proof on a connection with a certificate binds to both."""
    client, key = await machine(provider), ProofKey(provider)
    provider.send.certificate = MINE
    fields = {"grant_type": "client_credentials", **provider.credentials(client)}
    token = (await provider.token(fields, key.header())).json["access_token"]
    assert decoded(token)["cnf"] == {"jkt": key.jkt, "x5t#S256": thumbprint(MINE)}
    assert (await provider.send("GET", API, headers=key.using(token, API))).status == 200
    bearer = [("authorization", f"Bearer {token}")]
    assert (await provider.send("GET", API, headers=bearer)).status == 401
    provider.send.certificate = OTHER
    assert (await provider.send("GET", API, headers=key.using(token, API))).status == 401


async def test_discovery_says_so_where_certificates_can_come(
    tls: Provider,
) -> None:
    """RFC 8705 §3.3."""
    name, path = "tls_client_certificate_bound_access_tokens", "/.well-known/openid-configuration"
    assert (await tls.send("GET", path)).json[name] is True
    plain = await build(tls.database, tls.store, tls.clock, tls.tenant, is_new=False)
    assert name not in (await plain.send("GET", path)).json


async def test_a_proof_may_name_the_address_for_certificates(tls: Provider) -> None:
    """RFC 8705 §5, RFC 9449 §4.3: the alias is the same endpoint; another path there is not."""
    client, key = await tls.client("m2m"), ProofKey(tls)
    fields = {"grant_type": "client_credentials", **tls.credentials(client)}
    answer = await tls.token(fields, key.header(htu="https://mtls.example/oauth2/token"))
    assert answer.status == 200
    answer = await tls.token(fields, key.header(htu="https://mtls.example/oauth2/par"))
    assert answer.json["error"] == "invalid_dpop_proof"


async def test_the_api_answers_where_certificates_are_shown(tls: Provider) -> None:
    """RFC 8705 §3, R003: a bound token can be used there; pages stay where people are."""
    tls.send.certificate, tls.send.host = MINE, "mtls.example"
    token = (await ask(tls, await machine(tls))).json["access_token"]
    headers = [("authorization", f"Bearer {token}")]
    assert (await tls.send("GET", API, headers=headers)).status == 200
    assert (await tls.send("GET", "/oauth2/authorize")).status == 421
