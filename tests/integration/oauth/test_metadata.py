"""Discovery, JWKS and cross-origin reads.

RFC 8414, OpenID Connect Discovery §4, RFC 7517 §5.
"""

from tests.support.oauth import Provider

METADATA = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")


async def test_discovery_is_the_same_at_both_addresses(provider: Provider) -> None:
    """R008, R020: exact issuer, every endpoint, what is supported and nothing else."""
    first, second = [await provider.send("GET", path) for path in METADATA]
    assert first.body == second.body
    document = first.json
    issuer = provider.tenant.issuer
    assert document["issuer"] == issuer
    assert document["authorization_endpoint"] == f"{issuer}/oauth2/authorize"
    assert document["response_types_supported"] == ["code", "code id_token"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True
    assert {"authorization_code", "client_credentials", "refresh_token"} <= set(
        document["grant_types_supported"]
    )
    assert not {"password", "implicit"} & set(document["grant_types_supported"])  # R046, R047
    assert {"client_secret_basic", "client_secret_post", "none"} <= set(
        document["token_endpoint_auth_methods_supported"]
    )
    assert set(document["id_token_signing_alg_values_supported"]) == {
        "ES256", "RS256", "PS256", "EdDSA",
    }  # fmt: skip
    assert not {"none", "HS256"} & set(document["id_token_signing_alg_values_supported"])


async def test_metadata_is_cached_by_its_etag(provider: Provider) -> None:
    """R050: five minutes, and 304 for whoever has it."""
    for path in (*METADATA, "/oauth2/jwks"):
        first = await provider.send("GET", path)
        assert first.headers["cache-control"] == "public, max-age=300"
        assert first.headers["access-control-allow-origin"] == "*"
        again = await provider.send("GET", path, headers=[("if-none-match", first.headers["etag"])])
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]


async def test_the_jwks_holds_public_keys_only(provider: Provider) -> None:
    """R039, R141: no private member is ever published."""
    for key in (await provider.send("GET", "/oauth2/jwks")).json["keys"]:
        assert key["use"] == "sig"
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)


async def test_registered_origins_may_read_and_no_others(provider: Provider) -> None:
    """Contract: CORS on token, revocation, userinfo; a disabled client's origin is none."""
    client = await provider.client("spa")
    assert client.origins == ("https://app.example",)
    for path in ("/oauth2/token", "/oauth2/revoke", "/oauth2/userinfo"):
        for origin, allowed in (("https://app.example", True), ("https://evil.test", False)):
            headers = [("origin", origin), ("access-control-request-method", "POST")]
            preflight = await provider.send("OPTIONS", path, headers=headers)
            assert preflight.headers.get("access-control-allow-origin") == (
                origin if allowed else None
            )
            answer = await provider.form(path, {}, ("origin", origin))
            assert answer.headers.get("access-control-allow-origin") == (
                origin if allowed else None
            )
    headers = [("origin", "https://app.example"), ("access-control-request-method", "POST")]
    refused = await provider.send("OPTIONS", "/oauth2/introspect", headers=headers)
    assert "access-control-allow-origin" not in refused.headers
