"""Protected resource metadata (RFC 9728), ours and of registered APIs."""

import pytest
from tests.support.issuers import manage
from tests.support.oauth import API, CAUSE, Provider, decoded, header_of

WELL_KNOWN = "/.well-known/oauth-protected-resource"


async def api_id(provider: Provider) -> str:
    listed = await manage(provider, "GET", "/api/v1/apis")
    return listed.json["data"][0]["id"]


async def test_our_api_says_whose_tokens_it_takes(provider: Provider) -> None:
    """R036, R042: from a refused call to the authorization server, with nothing configured."""
    refused = await provider.send("GET", "/api/v1/clients")
    assert refused.status == 401
    where = f"{provider.tenant.issuer}{WELL_KNOWN}/api/v1"
    assert f', resource_metadata="{where}", ' in refused.headers["www-authenticate"]
    document = (await provider.send("GET", f"{WELL_KNOWN}/api/v1")).json
    assert document["resource"] == f"{provider.tenant.issuer}/api/v1"
    assert document["authorization_servers"] == [provider.tenant.issuer]
    assert document["bearer_methods_supported"] == ["header"]
    assert "users:read" in document["scopes_supported"]
    assert (await provider.send("GET", WELL_KNOWN)).json["resource"] == provider.tenant.issuer


async def test_what_is_said_is_signed(provider: Provider) -> None:
    """RFC 9728 §2.2: by the issuer's key, and for what it says and nothing else."""
    document = (await provider.send("GET", f"{WELL_KNOWN}/api/v1")).json
    signed = document.pop("signed_metadata")
    claims = decoded(signed)
    assert {name: claims[name] for name in document} == document
    assert claims["iss"] == provider.tenant.issuer
    header = header_of(signed)
    assert header["typ"] == "protected-resource-metadata+jwt"
    assert header["kid"] in (await provider.keys.published(provider.store)).keys
    assert (await provider.userinfo(signed)).status == 401


async def test_a_registered_api_is_published(provider: Provider) -> None:
    await provider.api()
    path = f"/oauth2/resources/{await api_id(provider)}"
    answer = await provider.send("GET", path)
    assert answer.status == 200
    assert (answer.json["resource"], answer.json["scopes_supported"]) == (API, ["orders:read"])
    assert answer.headers["access-control-allow-origin"] == "*"
    discovery = (await provider.send("GET", "/.well-known/openid-configuration")).json
    assert discovery["protected_resources"] == [f"{provider.tenant.issuer}/api/v1", API]


async def test_an_api_says_what_it_asks_of_tokens(provider: Provider) -> None:
    await provider.api()
    one = await api_id(provider)
    options = {
        "dpop_bound_access_tokens": True, "documentation_uri": "https://docs.example/",
        "tls_client_certificate_bound_access_tokens": True,
    }  # fmt: skip
    changed = await manage(provider, "PATCH", f"/api/v1/apis/{one}", {"options": options})
    assert changed.status == 200, changed.body
    await provider.snapshots.poll()
    document = (await provider.send("GET", f"/oauth2/resources/{one}")).json
    assert document["dpop_bound_access_tokens_required"] is True
    assert document["tls_client_certificate_bound_access_tokens"] is True
    assert document["resource_documentation"] == "https://docs.example/"


async def test_an_api_can_be_kept_to_oneself(provider: Provider) -> None:
    """R114: as if it were not there."""
    await provider.api()
    one = await api_id(provider)
    await manage(provider, "PATCH", f"/api/v1/apis/{one}", {"options": {"published": False}})
    await provider.snapshots.poll()
    hidden = await provider.send("GET", f"/oauth2/resources/{one}")
    nowhere = await provider.send("GET", "/oauth2/resources/019a0000-0000-7000-8000-00000000dead")
    assert hidden.status == nowhere.status == 404
    assert hidden.json == nowhere.json
    discovery = (await provider.send("GET", "/.well-known/openid-configuration")).json
    assert API not in discovery["protected_resources"]


async def test_tenants_have_resources_of_their_own(provider: Provider) -> None:
    """R118, RFC 9728 §3.1: under the tenant's path, and where the standard inserts it."""
    await provider.api()
    one = await api_id(provider)
    acme = provider.in_tenant(await provider.tenants.create("acme", "Acme", CAUSE))
    await provider.snapshots.poll()
    assert (await acme.send("GET", f"/oauth2/resources/{one}")).status == 404
    under = await acme.send("GET", f"{WELL_KNOWN}/api/v1")
    inserted = await provider.send("GET", f"{WELL_KNOWN}/t/acme/api/v1")
    assert under.json["resource"] == inserted.json["resource"] == f"{acme.tenant.issuer}/api/v1"
    assert (await provider.send("GET", f"{WELL_KNOWN}/t/acme")).json[
        "resource"
    ] == acme.tenant.issuer


@pytest.mark.parametrize(
    "path", ["/x", "/api/v1/", "/t/", "/t//api/v1", "/t/acme/", "/t/nobody/api/v1", "//api/v1"]
)
async def test_nothing_else_is_there(provider: Provider, path: str) -> None:
    """A079"""
    await provider.tenants.create("acme", "Acme", CAUSE)
    assert (await provider.send("GET", WELL_KNOWN + path)).status == 404
